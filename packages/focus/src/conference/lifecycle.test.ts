import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.js';
import { type ConferenceEvent, type ConferenceState, transition } from './lifecycle.js';
import type { ConferenceWishes } from '../request/conference-request.js';
import { NO_METADATA } from './room-metadata.js';
import { type Newcomer, startMuted } from './start-muted.js';

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
  const newcomer = (count: number): Newcomer => ({ count, isNew: true, restricted: new Set() });
  const start = (who: Newcomer, wishes: ConferenceWishes = {}, metadata = NO_METADATA) =>
    startMuted(who, limits, wishes, metadata);

  it('concerns participants beyond the smaller of limit and wish', () => {
    expect(start(newcomer(6))).toEqual({ audio: false, video: true });
    expect(start(newcomer(6), { startAudioMuted: 5, startVideoMuted: 9 })).toEqual({
      audio: true,
      video: true,
    });
    expect(start(newcomer(5), { startAudioMuted: 5 })).toEqual({ audio: false, video: false });
    expect(start(newcomer(1), { startAudioMuted: 0 })).toMatchObject({ audio: true });
  });

  it('concerns newcomers where the room wants it, but nobody whose session is only replaced', () => {
    const metadata = { ...NO_METADATA, startMuted: { audio: true, video: false } };
    expect(start(newcomer(1), {}, metadata)).toEqual({ audio: true, video: false });
    expect(start({ ...newcomer(1), isNew: false }, {}, metadata)).toEqual({ audio: false, video: false });
  });

  it('concerns whoever may not send', () => {
    const restricted = new Set(['audio', 'desktop'] as const);
    expect(start({ count: 1, isNew: false, restricted })).toEqual({ audio: true, video: false });
  });
});
