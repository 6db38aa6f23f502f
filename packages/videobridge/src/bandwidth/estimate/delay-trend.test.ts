import { beforeEach, describe, expect, it } from 'vitest';

import { DelayTrend } from './delay-trend.js';

const INTERVAL = 20;
const DELAY = 30;

let trend: DelayTrend;
let sent: number;
let usages: Set<string>;

/** Packets 20 ms apart, each of which takes `grows` ms longer than the one before; `between` is called after each. */
function pass(packets: number, delay: number, grows = 0, between?: (index: number) => void): void {
  for (let index = 0; index < packets; index++) {
    sent += INTERVAL;
    trend.packet(sent, sent + delay + index * grows);
    between?.(index);
    usages.add(trend.usage);
  }
}

beforeEach(() => {
  trend = new DelayTrend();
  sent = 0;
  usages = new Set();
  pass(60, DELAY);
  expect(usages).toEqual(new Set(['normal']));
});

describe('packets that take ever longer', () => {
  beforeEach(() => {
    pass(60, DELAY, 5);
    expect(trend.usage).toBe('overuse');
  });

  it('mean that the link is overused, and as the queue goes down again that it is not', () => {
    pass(60, DELAY + 300, -5);
    expect(trend.usage).toBe('underuse');
    pass(60, DELAY);
    expect(trend.usage).toBe('normal');
  });

  it('say nothing any more after a pause of two seconds', () => {
    sent += 2500;
    pass(1, DELAY);
    expect(trend.usage).toBe('normal');
    usages.clear();
    pass(40, DELAY);
    expect(usages).toEqual(new Set(['normal']));
  });
});

it('Packets that come after those that were sent later say nothing of the delay', () => {
  pass(60, DELAY, 0, () => trend.packet(sent - 2 * INTERVAL, sent + DELAY + 14));
  expect(usages).toEqual(new Set(['normal']));
});
