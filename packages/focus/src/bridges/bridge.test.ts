import { describe, expect, it } from 'vitest';
import { Bridge } from './bridge.js';
import { LOAD } from './bridge-load.test.support.js';

const bridge = (jid: string, stats: Record<string, string> = {}) => {
  const made = new Bridge(jid, LOAD);
  made.report({ drain: 'false', ...stats });
  return made;
};

describe('a bridge', () => {
  it('keeps what it reported last', () => {
    const one = bridge('one', { region: 'eu', version: '2.3' });
    one.report({ stress_level: '0.5', release: '7' });
    expect([one.region, one.version, one.stress(0)]).toEqual(['eu', '2.3-7', 0.5]);
  });

  it('counts as draining until it says otherwise', () => {
    const one = new Bridge('one', LOAD);
    expect(one.draining).toBe(true);
    one.report({ drain: 'false' });
    expect(one.draining).toBe(false);
  });

  it('never takes shutting down back', () => {
    const one = bridge('one', { graceful_shutdown: 'true', shutting_down: 'true' });
    one.report({ graceful_shutdown: 'false', shutting_down: 'false' });
    expect([one.gracefulShutdown, one.shuttingDown]).toEqual([true, true]);
  });

  it('is stressed by endpoints it has just been given, until they show in its own report', () => {
    const one = bridge('one', { stress_level: '0.79' });
    expect(one.overloaded(0)).toBe(false);
    one.endpointAdded(0);
    expect(one.stress(19_999)).toBeCloseTo(0.8);
    expect(one.overloaded(19_999)).toBe(true);
    expect(one.stress(20_000)).toBe(0.79);
    one.report({ average_participant_stress: '0.2' });
    one.endpointAdded(30_000);
    expect(one.stress(30_000)).toBeCloseTo(0.99);
  });

  it.each(['NaN', 'much', ''])('ignores a stress of %j', (stress_level) =>
    expect(bridge('one', { stress_level }).stress(0)).toBe(0),
  );

  it('that failed is operational again only by a health check passed long enough after', () => {
    const one = bridge('one');
    one.failed(1_000);
    one.report({ stress_level: '0' });
    expect(one.operational).toBe(false);
    expect(one.passedHealthCheck(60_999)).toBe(false);
    expect(one.operational).toBe(false);
    expect(one.passedHealthCheck(61_000)).toBe(true);
    expect(one.operational).toBe(true);
    expect(one.passedHealthCheck(61_001)).toBe(false);
  });

  it('that fell silent is believed sooner, but no sooner than a failure before allows', () => {
    const one = bridge('one');
    one.fellSilent(1_000);
    expect(one).toMatchObject({ unwell: true, operational: false });
    expect(one.passedHealthCheck(10_999)).toBe(false);
    expect(one.unwell).toBe(false);
    expect(one.passedHealthCheck(11_000)).toBe(true);
    one.failed(20_000);
    one.fellSilent(21_000);
    expect(one.passedHealthCheck(79_999)).toBe(false);
    expect(one.passedHealthCheck(80_000)).toBe(true);
  });

  it('ails the more the less it has to say for itself, and failing at something makes that no better', () => {
    const one = bridge('one');
    const ailments = [one.ailment];
    for (const happen of [
      'failed',
      'fellIll',
      'failed',
      'fellSilent',
      'failed',
      'passedHealthCheck',
    ] as const) {
      one[happen](0);
      ailments.push(one.ailment);
    }
    expect(ailments).toEqual([0, 1, 2, 2, 3, 3, 1]);
  });
});

describe('a bridge on which participants want to restart', () => {
  const filled = (endpoints: number) => {
    const one = bridge('one', { stress_level: '0.2', average_participant_stress: '0' });
    for (let n = 0; n < endpoints; n += 1) one.endpointAdded(0);
    return one;
  };
  const wanted = (one: Bridge, count: number, now = 0) => {
    for (let n = 0; n < count; n += 1) one.restartRequested({}, now);
  };

  it('counts as overloaded for a while when more than a tenth do', () => {
    const one = filled(30);
    wanted(one, 3);
    expect(one.overloaded(0)).toBe(false);
    wanted(one, 1);
    expect(one.stress(0)).toBeCloseTo(0.81);
    expect(one.overloaded(599_999)).toBe(true);
    expect(one.overloaded(600_000)).toBe(false);
  });

  it('is not judged by few, by one who wants it often, nor by what was long ago', () => {
    const small = filled(29);
    wanted(small, 29);
    expect(small.overloaded(0)).toBe(false);
    const nagged = filled(30);
    const nag = {};
    for (let n = 0; n < 30; n += 1) nagged.restartRequested(nag, n);
    wanted(nagged, 2, 60_000);
    wanted(nagged, 1, 120_030);
    expect(nagged.overloaded(120_030)).toBe(false);
    const left = filled(40);
    left.endpointsRemoved(20);
    wanted(left, 20);
    expect(left.overloaded(0)).toBe(false);
  });
});
