import { describe, expect, it } from 'vitest';

import { HealthWatch } from './health.js';
import { Lifecycle } from './lifecycle.js';
import { type Load, LoadReduction } from './load-reduction.js';

describe('the end of a bridge', () => {
  const limits = { gracePeriod: 86_400_000, announcement: 60_000 };

  it('waits for the last endpoint, and refuses new conferences meanwhile', () => {
    const lifecycle = new Lifecycle(limits);
    expect(lifecycle.admits).toBe(true);
    lifecycle.shutDown(true, 0);
    expect([lifecycle.advance(3, 1000), lifecycle.admits]).toEqual(['graceful-shutdown', false]);
    expect(lifecycle.advance(0, 2000)).toBe('shutting-down');
    expect(lifecycle.advance(0, 2001)).toBe('ended');
  });

  it('does not wait for ever, and announces itself', () => {
    const lifecycle = new Lifecycle({ gracePeriod: 1000, announcement: 100 });
    lifecycle.shutDown(true, 0);
    expect(lifecycle.advance(1, 999)).toBe('graceful-shutdown');
    expect(lifecycle.advance(1, 1000)).toBe('shutting-down');
    expect(lifecycle.advance(1, 1099)).toBe('shutting-down');
    expect(lifecycle.advance(1, 1100)).toBe('ended');
  });

  it('at once goes over a graceful one, and not the other way round', () => {
    const lifecycle = new Lifecycle(limits);
    lifecycle.shutDown(true, 0);
    lifecycle.shutDown(false, 10);
    expect(lifecycle.state).toBe('shutting-down');
    lifecycle.shutDown(true, 20);
    expect(lifecycle.state).toBe('shutting-down');
  });

  it('is not draining, which refuses nothing', () => {
    const lifecycle = new Lifecycle(limits);
    lifecycle.draining = true;
    expect([lifecycle.admits, lifecycle.advance(0, 1e9)]).toEqual([true, 'running']);
  });
});

describe('the reduction of load', () => {
  const busy = { stress: 1.2, work: 1 };
  /** The measurements of the quarter of a minute that ends at `now`. */
  const measured = (reduction: LoadReduction, load: Load, most: number, now: number): boolean =>
    [now - 10_000, now - 5000, now].map((at) => reduction.update(load, most, at)).some(Boolean);

  it('sends three quarters of the videos, a minute later again, down to one', () => {
    const reduction = new LoadReduction();
    expect(measured(reduction, busy, 20, 0)).toBe(true);
    expect(reduction.lastN).toBe(15);
    expect(measured(reduction, busy, 15, 59_999)).toBe(false);
    expect(reduction.lastN).toBe(15);
    const steps = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((minute) => {
      measured(reduction, busy, reduction.lastN, minute * 60_000 + 15_000);
      return reduction.lastN;
    });
    expect(steps).toEqual([11, 8, 6, 4, 3, 2, 1, 1, 1, 1]);
  });

  it('sends more again once there is room, and lastly everything', () => {
    const reduction = new LoadReduction();
    measured(reduction, { stress: 2, work: 2 }, 40, 0);
    reduction.update({ stress: 0.9, work: 0.9 }, 30, 60_000);
    expect(reduction.lastN).toBe(30);
    expect(reduction.update({ stress: 0.5, work: 0.5 }, 30, 120_000)).toBe(true);
    expect(reduction.lastN).toBe(37);
    reduction.update({ stress: 0.5, work: 0.5 }, 37, 180_000);
    expect(reduction.lastN).toBe(-1);
  });

  it('changes nothing while nobody is sent any video, nor where one is all that anybody is sent', () => {
    const reduction = new LoadReduction();
    expect(measured(reduction, busy, 0, 0)).toBe(false);
    expect(measured(reduction, busy, 1, 100_000)).toBe(false);
    expect(reduction.lastN).toBe(-1);
  });

  it('does not answer a busy moment', () => {
    const reduction = new LoadReduction();
    for (let now = 0; now < 600_000; now += 5000) {
      const load = now % 15_000 === 0 ? { stress: 0.9, work: 0.9 } : busy;
      expect(reduction.update(load, 20, now)).toBe(false);
    }
  });

  it('sends everything while it is others that keep the processors busy: fewer videos would not help', () => {
    const reduction = new LoadReduction();
    expect(measured(reduction, { stress: 1.1, work: 0.1 }, 20, 0)).toBe(false);
    expect(reduction.lastN).toBe(-1);
  });
});

describe('health', () => {
  it('fails when the loop does not come round, and comes back', () => {
    const watch = new HealthWatch(0);
    watch.inBrewery(true, 0);
    for (let now = 1000; now <= 5000; now += 1000) watch.turn(now);
    expect(watch.check(5500)).toEqual({ healthy: true });
    expect(watch.check(9000)).toEqual({ healthy: false, reason: 'the event loop is stuck' });
    watch.turn(9001);
    expect(watch.check(9002).healthy).toBe(false);
    for (let now = 10_000; now <= 20_000; now += 1000) watch.turn(now);
    expect(watch.check(20_001).healthy).toBe(true);
  });

  it('fails when media does not come through twice in a row, until it does', () => {
    const watch = new HealthWatch(0);
    watch.inBrewery(true, 0);
    watch.mediaPasses(false);
    expect(watch.check(100)).toEqual({ healthy: true });
    watch.mediaPasses(false);
    expect(watch.check(100)).toEqual({ healthy: false, reason: 'no media comes through the media port' });
    watch.mediaPasses(true);
    expect(watch.check(100)).toEqual({ healthy: true });
  });

  it('fails when the brewery is out of reach for long', () => {
    const watch = new HealthWatch(0);
    watch.inBrewery(true, 100);
    watch.inBrewery(false, 1000);
    for (let now = 1000; now <= 100_000; now += 1000) watch.turn(now);
    expect(watch.check(90_900).healthy).toBe(true);
    expect(watch.check(100_000)).toEqual({ healthy: false, reason: 'not in the brewery' });
  });
});
