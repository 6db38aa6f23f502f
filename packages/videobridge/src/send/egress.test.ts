import { describe, expect, it } from 'vitest';

import { buildTransportCc } from '../rtp/transport-cc.js';
import { Egress } from './egress.js';

/** A receiver whose link carries whatever it is sent. */
class Receiver {
  now = 0;
  readonly sent: Buffer[] = [];
  readonly egress = new Egress({ send: (packet) => this.sent.push(Buffer.from(packet)) > 0 });
  #reported = 1;

  /** A packet of `size` octets with a transport-wide sequence number. */
  packet(size: number): Buffer {
    return Buffer.alloc(size);
  }

  /** Reports that everything has arrived, one packet every `spacing` ms. */
  report(spacing: number): void {
    const arrivals = Array.from(
      { length: this.sent.length + 1 - this.#reported },
      (_, index) => (1000 + (this.#reported + index) * spacing) * 4,
    );
    const { packet } = buildTransportCc(1, 2, 0, this.#reported, arrivals);
    this.#reported = this.sent.length + 1;
    expect(this.egress.transportFeedback(packet.subarray(12), this.now)).toBe(true);
  }
}

describe('what a receiver is sent', () => {
  it('leaves to video what sound does not take', () => {
    const { egress } = new Receiver();
    expect(egress.videoBandwidth(0)).toBeUndefined();
    egress.remb(500_000);
    for (let now = 0; now < 2000; now += 20) egress.sendAudio(Buffer.alloc(100), 0, now);
    expect(egress.videoBandwidth(2000)).toBeGreaterThan(455_000);
    expect(egress.videoBandwidth(2000)).toBeLessThan(465_000);
    egress.remb(30_000);
    expect(egress.videoBandwidth(2000)).toBe(0);
  });

  it('is paced more carefully where less passes than is wanted', () => {
    const { egress } = new Receiver();
    egress.remb(500_000);
    expect(egress.pacer.rate).toBe(1_250_000);
    egress.want(400_000, 2_000_000, 0);
    egress.remb(500_000);
    expect(egress.pacer.rate).toBe(550_000);
  });

  it('is padded only while more is wanted, and more was never refused', () => {
    const receiver = new Receiver();
    const { egress } = receiver;
    const probed = (): number => {
      let octets = 0;
      for (const end = receiver.now + 1000; receiver.now < end; receiver.now += 5) {
        octets += egress.tick(receiver.now);
        if (receiver.now % 20 === 0) egress.sendRtp(receiver.packet(1000), 12, receiver.now);
        if (receiver.now % 100 === 0 && receiver.now > 0) receiver.report(20);
      }
      return octets;
    };
    egress.want(400_000, 6_000_000, 0);
    egress.tick(0);
    expect(probed()).toBeGreaterThan(0);
    egress.want(400_000, 400_000, receiver.now);
    expect(probed()).toBe(0);
  });
});
