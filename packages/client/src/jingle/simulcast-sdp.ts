/**
 * Simulcast in our answer, in the one form that tells the SSRCs beforehand, which the focus wants to announce: a SIM group of
 * sources (draft-ietf-mmusic-rfc4566 era, RFC 5576 s.4.2), which Chromium takes from its local description. Elsewhere one encoding
 * is sent.
 */
import { type MediaDescription, parse, write } from 'sdp-transform';

/** Encodings that the bridge takes of one camera. */
const encodings = 3;

/** The primary SSRCs, lowest first, each with that of its retransmissions where there are any. */
export type SimulcastSsrcs = readonly (readonly number[])[];

/** SSRCs for simulcast beside those that the browser has chosen. Undefined where the answer sends no video. */
export function chooseSsrcs(sdp: string, random: () => number): SimulcastSsrcs | undefined {
  const video = sendingVideo(parse(sdp).media);
  const own = video && primaryAndRtx(video);
  if (!own || own.length === 0) return undefined;
  const taken = new Set(own);
  const fresh = (): number => {
    const ssrc = Math.floor(random() * 0xfffffffe) + 1;
    if (taken.has(ssrc)) return fresh();
    taken.add(ssrc);
    return ssrc;
  };
  return [own, ...Array.from({ length: encodings - 1 }, () => own.map(fresh))];
}

/** The answer with these SSRCs sent as simulcast. */
export function withSimulcast(sdp: string, ssrcs: SimulcastSsrcs): string {
  const session = parse(sdp);
  const video = sendingVideo(session.media);
  if (!video || video.ssrcGroups?.some(({ semantics }) => semantics === 'SIM') === true) return sdp;
  const [own] = primaryAndRtx(video);
  const attributes = (video.ssrcs ?? []).filter(({ id }) => id === own);
  video.ssrcs = ssrcs.flat().flatMap((id) => attributes.map((attribute) => ({ ...attribute, id })));
  video.ssrcGroups = [
    { semantics: 'SIM', ssrcs: ssrcs.map(([primary]) => primary).join(' ') },
    ...ssrcs.filter(({ length }) => length > 1).map((pair) => ({ semantics: 'FID', ssrcs: pair.join(' ') })),
  ];
  return write(session);
}

function sendingVideo(media: readonly MediaDescription[]): MediaDescription | undefined {
  return media.find(
    ({ mid, direction }) => mid === 'video' && (direction === 'sendrecv' || direction === 'sendonly'),
  );
}

function primaryAndRtx({ ssrcs, ssrcGroups }: MediaDescription): number[] {
  const pair = ssrcGroups
    ?.find(({ semantics }) => semantics === 'FID')
    ?.ssrcs.split(' ')
    .map(Number);
  return pair ?? (ssrcs ?? []).slice(0, 1).map(({ id }) => id);
}
