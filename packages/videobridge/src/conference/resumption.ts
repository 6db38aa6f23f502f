/**
 * Two clients that speak to each other directly suspend what they send here, and go on later. What the bridge wants of them meanwhile
 * Jitsi's take for wishes of the other side, and go on by what was wanted before, which may be nothing. So whoever sends again after
 * a pause is told once more how high each source is wanted.
 */
import type { Endpoint } from './endpoint.js';
import type { ConferenceCore, ConferencePart } from './part.js';

/** No packet for so long (ms) is a pause; sound that is silent has one every 400 ms (RFC 7587 s.3.1.3). */
const PAUSE = 1000;

interface Progress {
  readonly packets: number;
  /** When there was the last new packet, in ms. */
  readonly at: number;
}

export class Resumption implements ConferencePart {
  readonly #progress = new Map<string, Progress>();

  constructor(private readonly core: Pick<ConferenceCore, 'endpoints'>) {}

  report(now: number): void {
    for (const endpoint of this.core.endpoints.values()) {
      const packets = packetsOf(endpoint);
      const last = this.#progress.get(endpoint.id);
      if (packets === last?.packets) continue;
      this.#progress.set(endpoint.id, { packets, at: now });
      if (last === undefined || now - last.at <= PAUSE) continue;
      for (const source of endpoint.sources) if (source.type === 'video') endpoint.constrain(source);
    }
  }

  left(endpointId: string): void {
    this.#progress.delete(endpointId);
  }
}

/** A number that grows with each packet of any of its sources. */
function packetsOf({ sources }: Endpoint): number {
  let packets = 0;
  for (const source of sources) {
    if (source.type === 'audio') packets += source.stream.last;
    else for (const { stream } of source.encodings) packets += stream.last;
  }
  return packets;
}
