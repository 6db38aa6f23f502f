/** What of an offer matters to packets: payload types and ids of header extensions. */
import type { Jingle } from '@conclave/signaling';
import { type ExtensionIds, NO_EXTENSIONS } from '@conclave/videobridge';

export interface Formats {
  readonly opus: number;
  readonly vp8: number;
  /** Retransmissions of VP8; 0: none. */
  readonly rtx: number;
  readonly extensions: ExtensionIds;
}

const uris = {
  transportCc: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  audioLevel: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
} as const;

export function readFormats({ contents }: Jingle): Formats {
  const types = contents.flatMap(({ description }) => description?.payloadTypes ?? []);
  const extensions = contents.flatMap(({ description }) => description?.headerExtensions ?? []);
  const type = (codec: string): number => types.find(({ name }) => name.toLowerCase() === codec)?.id ?? 0;
  const extension = (uri: string): number => extensions.find((each) => each.uri === uri)?.id ?? 0;
  const vp8 = type('vp8');
  return {
    opus: type('opus'),
    vp8,
    rtx: types.find(({ name, parameters }) => name === 'rtx' && parameters['apt'] === String(vp8))?.id ?? 0,
    extensions: {
      ...NO_EXTENSIONS,
      transportCc: extension(uris.transportCc),
      audioLevel: extension(uris.audioLevel),
    },
  };
}
