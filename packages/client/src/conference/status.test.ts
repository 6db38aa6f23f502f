import { describe, expect, it } from 'vitest';
import { type ConferenceEvent, type ConferenceStatus, transition } from './status.js';

const after = (...events: ConferenceEvent[]): ConferenceStatus =>
  events.reduce<ConferenceStatus>(transition, { kind: 'connecting' });

describe('the way into a conference and out of it', () => {
  it('leads a guest over the waiting room into the conference', () => {
    expect(after({ kind: 'host-missing' })).toEqual({ kind: 'waiting-for-host' });
    expect(after({ kind: 'host-missing' }, { kind: 'host-missing' }, { kind: 'entered' })).toEqual({
      kind: 'joined',
    });
  });

  it('asks for the password until it fits', () => {
    expect(after({ kind: 'password-needed', wrong: false })).toEqual({
      kind: 'password-required',
      wrong: false,
    });
    expect(after({ kind: 'password-needed', wrong: false }, { kind: 'password-given' })).toEqual({
      kind: 'connecting',
    });
  });

  it('goes on where it was when the connection is resumed', () => {
    const lost = after({ kind: 'entered' }, { kind: 'connection-lost' });
    expect(lost).toEqual({ kind: 'reconnecting', before: { kind: 'joined' } });
    expect(transition(lost, { kind: 'connection-lost' })).toBe(lost);
    expect(transition(lost, { kind: 'connection-resumed' })).toEqual({ kind: 'joined' });
    const waiting = after(
      { kind: 'host-missing' },
      { kind: 'connection-lost' },
      { kind: 'connection-resumed' },
    );
    expect(waiting).toEqual({ kind: 'waiting-for-host' });
  });

  it('begins anew on the way between a conference and its visitors', () => {
    const moving = after({ kind: 'entered' }, { kind: 'moving' });
    expect(moving).toEqual({ kind: 'connecting' });
    expect(transition(moving, { kind: 'entered' })).toEqual({ kind: 'joined' });
  });

  it('is still connecting when the first connection breaks', () => {
    expect(after({ kind: 'connection-lost' })).toEqual({ kind: 'connecting' });
  });

  it('ends once', () => {
    const kicked = after({ kind: 'entered' }, { kind: 'kicked', by: 'Ann', reason: 'noise' });
    expect(kicked).toEqual({ kind: 'kicked', by: 'Ann', reason: 'noise' });
    for (const event of [{ kind: 'entered' }, { kind: 'left' }, { kind: 'connection-lost' }] as const) {
      expect(transition(kicked, event)).toBe(kicked);
    }
  });
});
