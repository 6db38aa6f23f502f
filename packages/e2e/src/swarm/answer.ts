/** What a participant answers to an offer: its sources, and an ICE and DTLS transport, behind which nobody stands unless it has media. */
import type { IceTransport, Jingle, JingleContent } from '@conclave/signaling';
import { type LocalSource, signalledSources } from './local-source.js';
import type { Random } from './random.js';

const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');

export function nobodysTransport(random: Random): IceTransport {
  return {
    ufrag: random.hex(8),
    pwd: random.hex(24),
    rtcpMux: true,
    candidates: [],
    fingerprints: [{ hash: 'sha-256', setup: 'active', value: fingerprint }],
    webSockets: [],
  };
}

export function answerContents(
  offer: Jingle,
  sources: readonly LocalSource[],
  transport: IceTransport,
): readonly JingleContent[] {
  return offer.contents.map((content) => ({
    ...content,
    creator: 'responder',
    ...(content.description && {
      description: {
        ...content.description,
        sources: signalledSources(sources, content.description.media),
      },
    }),
    transport,
  }));
}
