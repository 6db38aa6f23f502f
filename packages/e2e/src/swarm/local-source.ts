/** What a participant says that it sends: a microphone, a camera (plain or in three layers) or a screen, with no media behind it. */
import type { JingleContent, MediaSources, MediaType, Source, SourceGroup } from '@conclave/signaling';
import type { Random } from './random.js';

export type LocalSourceKind = 'microphone' | 'camera' | 'screen';

export interface LocalSource {
  readonly kind: LocalSourceKind;
  readonly media: MediaType;
  readonly signalled: MediaSources;
  /** SSRCs that others should hear of: of simulcast the first layer and its retransmission (client contract 4.3). */
  readonly visible: readonly number[];
}

const names = { microphone: 'a0', camera: 'v0', screen: 'v1' } as const;

/** @param layers of simulcast; each has its retransmission */
function videoSources(name: string, msid: string, layers: number, random: Random): MediaSources {
  const pairs = Array.from({ length: layers }, () => [random.ssrc(), random.ssrc()] as const);
  const videoType = name.endsWith('v1') ? 'desktop' : 'camera';
  const sources = pairs.flat().map((ssrc): Source => ({ ssrc, name, msid, videoType }));
  const fid = pairs.map((ssrcs): SourceGroup => ({ semantics: 'FID', ssrcs }));
  const sim: SourceGroup = { semantics: 'SIM', ssrcs: pairs.map(([primary]) => primary) };
  return { sources, groups: layers === 1 ? fid : [sim, ...fid] };
}

export function makeSource(kind: LocalSourceKind, endpoint: string, random: Random): LocalSource {
  const name = `${endpoint}-${names[kind]}`;
  const msid = `${name}-${random.hex(8)} ${random.hex(8)}`;
  if (kind === 'microphone') {
    const ssrc = random.ssrc();
    const signalled = { sources: [{ ssrc, name, msid }], groups: [] };
    return { kind, media: 'audio', signalled, visible: [ssrc] };
  }
  const layers = kind === 'camera' && random.chance(0.5) ? 3 : 1;
  const signalled = videoSources(name, msid, layers, random);
  return { kind, media: 'video', signalled, visible: signalled.sources.slice(0, 2).map(({ ssrc }) => ssrc) };
}

/** All sources of one medium together. */
export function signalledSources(sources: readonly LocalSource[], media: MediaType): MediaSources {
  const own = sources.filter((source) => source.media === media);
  return {
    sources: own.flatMap(({ signalled }) => signalled.sources),
    groups: own.flatMap(({ signalled }) => signalled.groups),
  };
}

/** The contents of a source-add or source-remove. */
export function sourceContents({ media, signalled }: LocalSource): readonly JingleContent[] {
  const nothingElse = { payloadTypes: [], headerExtensions: [], extmapAllowMixed: false, rtcpMux: false };
  return [
    {
      name: media,
      creator: 'responder',
      senders: 'both',
      description: { media, ...nothingElse, sources: signalled },
    },
  ];
}
