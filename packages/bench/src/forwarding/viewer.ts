/** A connection of the load that receives: it counts, asks how long packets took, and reports like browsers when they have arrived. */
import { isRtcp, TransportCcRecorder } from '@conclave/videobridge';
import type { Track } from 'node-datachannel';

import { RTX, stampOf, TRANSPORT_CC_HEAD, TRANSPORT_CC_OFFSET } from './packets.js';

/** One packet in so many is asked how long it took. */
const SAMPLED = 8;
const MAX_SAMPLES = 40_000;

/** What all viewers have received together. */
export const arrivals = {
  packets: 0,
  /** Ms that a sample of the packets took. */
  latencies: [] as number[],
};

export class Viewer {
  readonly #recorder = new TransportCcRecorder();

  constructor(private readonly track: Track) {}

  receive(packet: Buffer): void {
    if (isRtcp(packet)) return;
    // Janus has numbers of its own for the formats.
    if (((packet[1] ?? 0) & 0x7f) === RTX) return;
    arrivals.packets += 1;
    const now = performance.now();
    if (arrivals.packets % SAMPLED === 0 && arrivals.latencies.length < MAX_SAMPLES) {
      arrivals.latencies.push(now - stampOf(packet));
    }
    if (packet[TRANSPORT_CC_OFFSET - 1] === TRANSPORT_CC_HEAD) this.#acknowledge(packet, now);
  }

  /** Never at the end of a frame: browsers report every 100 ms. */
  #acknowledge(packet: Buffer, now: number): void {
    if (!this.#recorder.record(packet.readUInt16BE(TRANSPORT_CC_OFFSET), false, now)) return;
    for (const feedback of this.#recorder.feedback(1, packet.readUInt32BE(8), now)) {
      this.track.sendMessageBinary(feedback);
    }
  }
}
