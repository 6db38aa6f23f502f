import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.js';
import { type ConferenceEvent, type ConferenceState, transition } from './lifecycle.js';
import { startMuted } from './start-muted.js';

describe('the state of a conference', () => {
  it.each<[ConferenceState, ConferenceEvent, ConferenceState]>([
    ['joining', 'joined', 'waiting'],
    ['waiting', 'inviting', 'running'],
    ['running', 'idle', 'waiting'],
    ['joining', 'stop', 'stopped'],
    ['waiting', 'stop', 'stopped'],
    ['running', 'stop', 'stopped'],
    ['joining', 'inviting', 'joining'],
    ['waiting', 'idle', 'waiting'],
    ['stopped', 'joined', 'stopped'],
    ['stopped', 'inviting', 'stopped'],
  ])('%s, when %s, is %s', (state, event, next) => expect(transition(state, event)).toBe(next));
});

describe('the wait after failures', () => {
  it('is none at first, then doubles up to a limit, and starts anew after quiet', () => {
    const backoff = new Backoff();
    let now = 0;
    const waits = Array.from({ length: 8 }, () => backoff.next((now += 1_000)));
    expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(backoff.next(now + 60_000)).toBe(30_000);
    expect(backoff.next(now + 120_001)).toBe(0);
  });
});

describe('starting muted', () => {
  const limits = { maxAudioSenders: 10, maxVideoSenders: 5 };

  it('concerns participants beyond the smaller of limit and wish', () => {
    expect(startMuted(6, limits, {})).toEqual({ audio: false, video: true });
    expect(startMuted(6, limits, { startAudioMuted: 5, startVideoMuted: 9 })).toEqual({
      audio: true,
      video: true,
    });
    expect(startMuted(5, limits, { startAudioMuted: 5 })).toEqual({ audio: false, video: false });
    expect(startMuted(1, limits, { startAudioMuted: 0 })).toMatchObject({ audio: true });
  });
});
