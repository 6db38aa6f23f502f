/** Which room a token is for. That others are refused stands with the tokens themselves. */
import { parseJid } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';
import { admits } from './token-verification.js';

const identity = (room: string | undefined, subject = '*') => ({
  issuer: 'app',
  subject,
  room,
  user: undefined,
  features: undefined,
  group: undefined,
  tenant: undefined,
});

describe('a token admits', () => {
  it.each([
    ['standup', 'standup', true],
    ['standup', '[acme]standup', true],
    ['[acme]standup', '[acme]standup', true],
    ['*', 'whatever', true],
    [undefined, 'whatever', true],
    ['standup', 'standup2', false],
    ['stand', 'standup', false],
    ['', 'standup', false],
    ['.*', 'standup', false],
  ])('by the name %j to the room %j: %j', (name, room, expected) => {
    expect(admits(identity(name), parseJid(`${room}@conference.meet.example`), undefined)).toBe(expected);
  });

  it.each([
    ['meet.example', 'standup', true],
    ['Meet.Example', 'standup', true],
    ['*', '[acme]standup', true],
    ['acme', '[acme]standup', true],
    ['other.example', 'standup', false],
    ['meet.example', '[acme]standup', false],
    ['acme', 'standup', false],
  ])('by the subject %j to the room %j: %j', (subject, room, expected) => {
    const jid = parseJid(`${room}@conference.meet.example`);
    expect(admits(identity('*', subject), jid, 'meet.example')).toBe(expected);
  });

  it.each([
    ['team%-%d+', 'team-7', true],
    ['team%-%d+', '[acme]team-7', true],
    ['team%-%d+', 'team-x', false],
    ['*', 'whatever', true],
    ['[', 'whatever', false],
  ])('by the pattern %j to the room %j: %j', (roomPattern, room, expected) => {
    const jid = parseJid(`${room}@conference.meet.example`);
    const token = { ...identity(roomPattern), roomPattern };
    expect(admits(token, jid, 'meet.example')).toBe(expected);
    // Where it is not looked at whom the token is for, a name is a name.
    expect(admits(token, jid, undefined)).toBe(roomPattern === '*');
  });
});
