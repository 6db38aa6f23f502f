import { describe, expect, it } from 'vitest';

import { HealthWatch } from './health.js';
import { Lifecycle } from './lifecycle.js';
import { LoadReduction } from './load-reduction.js';

describe('the end of a bridge', () => {
  it('waits for the last endpoint, and refuses new conferences meanwhile', () => {
    const lifecycle = new Lifecycle();
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
    const lifecycle = new Lifecycle();
    lifecycle.shutDown(true, 0);
    lifecycle.shutDown(false, 10);
    expect(lifecycle.state).toBe('shutting-down');
    lifecycle.shutDown(true, 20);
    expect(lifecycle.state).toBe('shutting-down');
  });

  it('is not draining, which refuses nothing', () => {
    const lifecycle = new Lifecycle();
    lifecycle.draining = true;
    expect([lifecycle.admits, lifecycle.advance(0, 1e9)]).toEqual([true, 'running']);
  });
});

describe('the reduction of load', () => {
  it('sends three quarters of the videos, a minute later again, down to one', () => {
    const reduction = new LoadReduction();
    reduction.update(1.2, 20, 0);
    expect(reduction.lastN).toBe(15);
    reduction.update(1.2, 15, 59_999);
    expect(reduction.lastN).toBe(15);
    const steps = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((minute) => {
      reduction.update(1.2, reduction.lastN, minute * 60_000);
      return reduction.lastN;
    });
    expect(steps).toEqual([11, 8, 6, 4, 3, 2, 1, 1, 1, 1]);
  });

  it('sends more again once there is room, and lastly everything', () => {
    const reduction = new LoadReduction();
    reduction.update(2, 40, 0);
    reduction.update(0.9, 30, 60_000);
    expect(reduction.lastN).toBe(30);
    reduction.update(0.5, 30, 120_000);
    expect(reduction.lastN).toBe(37);
    reduction.update(0.5, 37, 180_000);
    expect(reduction.lastN).toBe(-1);
  });

  it('changes nothing while nobody is sent any video', () => {
    const reduction = new LoadReduction();
    reduction.update(5, 0, 0);
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

  it('fails when the brewery is out of reach for long', () => {
    const watch = new HealthWatch(0);
    watch.inBrewery(true, 100);
    watch.inBrewery(false, 1000);
    for (let now = 1000; now <= 100_000; now += 1000) watch.turn(now);
    expect(watch.check(90_900).healthy).toBe(true);
    expect(watch.check(100_000)).toEqual({ healthy: false, reason: 'not in the brewery' });
  });
});
