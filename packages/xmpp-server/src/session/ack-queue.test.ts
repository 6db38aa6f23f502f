/** What is sent and not acknowledged (XEP-0198 s.4, s.5). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AckQueue } from './ack-queue.js';

const roomy = { stanzas: 100, bytes: 10_000 };

function filled(count: number, max = roomy): AckQueue {
  const queue = new AckQueue(max);
  for (let i = 0; i < count; i++) queue.push({ xml: `<${i}>`, sentAt: 0 });
  return queue;
}

function held(queue: AckQueue): string[] {
  return Array.from(queue, ({ xml }) => xml);
}

describe('the queue', () => {
  it('holds what is not acknowledged', () => {
    const queue = filled(3);
    expect(queue.acknowledge(2)).toBe(true);
    expect(held(queue)).toEqual(['<2>']);
    expect(queue.sent).toBe(3);
  });

  it.each([4, -1, 1.5, 2 ** 32 - 1, 2 ** 32, Number.NaN])('does not believe h=%d', (h) => {
    const queue = filled(3);
    expect(queue.acknowledge(h)).toBe(false);
    expect(held(queue)).toHaveLength(3);
  });

  it('does not mind when less was handled than before', () => {
    const queue = filled(3);
    queue.acknowledge(2);
    expect(queue.acknowledge(0)).toBe(true);
    expect(held(queue)).toEqual(['<2>']);
    expect(queue.acknowledge(3)).toBe(true);
    expect(queue.isEmpty).toBe(true);
  });

  it('lets the oldest go when it is full, and knows that they are missing', () => {
    const queue = filled(5, { stanzas: 3, bytes: 10_000 });
    expect(held(queue)).toEqual(['<2>', '<3>', '<4>']);
    expect(queue.complete).toBe(false);
    queue.acknowledge(2);
    expect(queue.complete).toBe(true);
    expect(filled(5, { stanzas: 100, bytes: 7 }).complete).toBe(false);
  });

  it('is what a plain list would be', () => {
    const step = fc.oneof(fc.constant('send' as const), fc.nat(6));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const queue = new AckQueue(roomy);
        let list: string[] = [];
        let sent = 0;
        for (const each of steps) {
          if (each === 'send' && list.length < 100) {
            list.push(`<${sent++}>`);
            queue.push({ xml: list.at(-1) ?? '', sentAt: 0 });
          } else if (each !== 'send' && each <= list.length) {
            list = list.slice(each);
            expect(queue.acknowledge(sent - list.length)).toBe(true);
          }
          expect(queue.sent).toBe(sent);
        }
        expect(held(queue)).toEqual(list);
      }),
    );
  });
});
