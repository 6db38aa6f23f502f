import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Probing } from './probing.js';

const PACKET = 1100;

/** Sends what is due for `ms`, every 5 ms in packets of 1,100 octets; answers how many octets went when. */
function send(probing: Probing, estimate: number, wanted: number, ms: number, from = 0): [number, number][] {
  const sent: [number, number][] = [];
  for (let now = from; now < from + ms; now += 5) {
    for (let due = probing.due(estimate, wanted, true, now); due > 0; due -= PACKET) {
      probing.cluster?.packetSent(PACKET, now);
      sent.push([now, PACKET]);
    }
  }
  return sent;
}

const total = (sent: readonly [number, number][]): number =>
  sent.reduce((sum, [, octets]) => sum + octets, 0);

describe('a probe', () => {
  it('begins where more is wanted than is known to pass, and nothing queues', () => {
    expect(new Probing().due(500_000, 2_000_000, true, 0)).toBeGreaterThan(0);
    expect(new Probing().due(500_000, 500_000, true, 0)).toBe(0);
    expect(new Probing().due(500_000, 2_000_000, false, 0)).toBe(0);
    // Beyond this a probe would show nothing new.
    expect(new Probing().due(6_000_000, 50_000_000, true, 0)).toBe(0);
  });

  it('waits for a while after the link was found too full', () => {
    const probing = new Probing();
    probing.overused(1000);
    expect(probing.due(500_000, 2_000_000, true, 2900)).toBe(0);
    expect(probing.due(500_000, 2_000_000, true, 3000)).toBeGreaterThan(0);
  });

  it('is repeated at once when it has passed, else ever less often', () => {
    const pass = (arrival: (sent: number) => number) => {
      const probing = new Probing();
      const sent = send(probing, 500_000, 5_000_000, 200);
      for (const [time, octets] of sent) probing.cluster?.packetArrived(time, arrival(time), octets);
      const result = probing.take(500_000, 300);
      return { result, again: probing.due(500_000, 5_000_000, true, 300) };
    };
    const free = pass((time) => time + 20);
    expect(free.result).toBeGreaterThan(650_000);
    expect(free.again).toBeGreaterThan(0);
    const full = pass((time) => 20 + time * 1.6);
    expect(full.result).toBeLessThan(550_000);
    expect(full.again).toBe(0);
  });

  it('is given up when nobody tells what became of it', () => {
    const probing = new Probing();
    send(probing, 500_000, 5_000_000, 100);
    expect(probing.take(500_000, 900)).toBeUndefined();
    expect(probing.cluster).toBeDefined();
    probing.take(500_000, 1100);
    expect(probing.cluster).toBeUndefined();
  });

  it('never fills a queue of 300 ms, whatever the link', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100_000, max: 5_900_000 }),
        fc.integer({ min: 100_000, max: 50_000_000 }),
        (estimate, wanted) => {
          const sent = send(new Probing(), estimate, wanted, 1000);
          if (sent.length === 0) return;
          const [first, last] = [sent[0]![0], sent.at(-1)![0]];
          // What is still in the queue when the last packet of it has come, at a link of just that rate.
          const queued = (total(sent) * 8000) / estimate - (last - first);
          expect(queued).toBeLessThan(200);
        },
      ),
    );
  });
});
