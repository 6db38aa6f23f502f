/** The named sources of an endpoint (a camera, a screen, a microphone), made from what the focus has signalled. */
import type { MediaSource, SourceVideoType } from '@conclave/signaling';

import { AudioSource } from './audio-source.js';
import type { EndpointFormats } from './formats.js';
import { type SignalledEncoding, VideoSource } from './video-source.js';

export type SentSource = AudioSource | VideoSource;

/**
 * The encodings of a signalled source, lowest first: the members of its SIM group, else the first SSRC of its FID group,
 * else its only SSRC. Empty when it names no SSRC.
 */
export function encodingsOf({ sources, groups }: MediaSource): SignalledEncoding[] {
  const pairs = groups.filter(({ semantics, ssrcs }) => semantics === 'FID' && ssrcs.length === 2);
  const simulcast = groups.find(({ semantics, ssrcs }) => semantics === 'SIM' && ssrcs.length > 0);
  const first = pairs[0]?.ssrcs[0] ?? sources[0]?.ssrc;
  const primaries = simulcast?.ssrcs ?? (first === undefined ? [] : [first]);
  return primaries.map((ssrc) => ({ ssrc, rtx: pairs.find(({ ssrcs }) => ssrcs[0] === ssrc)?.ssrcs[1] }));
}

/** SSRC and retransmission SSRC of each encoding of `source`. */
export function encodingsIn(source: SentSource): readonly SignalledEncoding[] {
  return source.type === 'audio' ? [source.encoding] : source.encodings;
}

/** Whether a service makes it, rather than its owner. */
export function isSynthetic(source: SentSource): source is AudioSource {
  return source.type === 'audio' && source.synthetic;
}

/**
 * The source that `signalled` describes: `known`, with its history, where it says the same; undefined when it names no SSRC.
 */
export function sourceOf(
  owner: string,
  signalled: MediaSource,
  formats: EndpointFormats,
  known: SentSource | undefined,
): SentSource | undefined {
  const [lowest, ...others] = encodingsOf(signalled);
  if (lowest === undefined) return undefined;
  const encodings = [lowest, ...others] as const;
  const videoType = videoTypeOf(signalled);
  const synthetic = signalled.synthetic === true;
  const isKnown = known?.type === signalled.type && same(encodingsIn(known), encodings);
  if (isKnown && isSynthetic(known) === synthetic) return known;
  return signalled.type === 'audio'
    ? new AudioSource(owner, signalled.id, lowest, formats, synthetic)
    : new VideoSource(owner, signalled.id, encodings, formats, videoType);
}

function videoTypeOf({ sources }: MediaSource): SourceVideoType {
  return sources.find(({ videoType }) => videoType !== undefined)?.videoType ?? 'camera';
}

function same(left: readonly SignalledEncoding[], right: readonly SignalledEncoding[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ ssrc, rtx }, index) => right[index]?.ssrc === ssrc && right[index].rtx === rtx)
  );
}
