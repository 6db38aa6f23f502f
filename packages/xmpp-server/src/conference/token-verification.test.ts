/** Which room a token is for. That others are refused stands with the tokens themselves. */
import { parseJid } from '@conclave/signaling';
import { RoomNames } from '../muc/room-names.js';
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

const rooms = new RoomNames('conference.meet.example', true);

function isAdmitted(token: ReturnType<typeof identity>, room: string, subject?: string): boolean {
  const jid = rooms.addressOf(room) ?? parseJid('none@nowhere');
  return admits(token, jid, rooms.tenantOf(jid.domain), subject);
}

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
    ['[acme]standup', '[umbrella]standup', false],
    ['[acme]standup', 'standup', false],
  ])('by the name %j to the room %j: %j', (name, room, expected) => {
    expect(isAdmitted(identity(name), room)).toBe(expected);
  });

  it.each([
    ['meet.example', 'standup', true],
    ['Meet.Example', 'standup', true],
    ['*', '[acme]standup', true],
    ['acme', '[acme]standup', true],
    ['other.example', 'standup', false],
    ['meet.example', '[acme]standup', false],
    ['acme', 'standup', false],
    ['acme', '[umbrella]standup', false],
    ['acme', '[umbrella][acme]standup', false],
  ])('by the subject %j to the room %j: %j', (subject, room, expected) => {
    expect(isAdmitted(identity('*', subject), room, 'meet.example')).toBe(expected);
  });

  it.each([
    ['team%-%d+', 'team-7', true],
    ['team%-%d+', '[acme]team-7', true],
    ['team%-%d+', 'team-x', false],
    ['*', 'whatever', true],
    ['[', 'whatever', false],
  ])('by the pattern %j to the room %j: %j', (roomPattern, room, expected) => {
    const token = { ...identity(roomPattern), roomPattern };
    expect(isAdmitted(token, room, 'meet.example')).toBe(expected);
    // Where it is not looked at whom the token is for, a name is a name.
    expect(isAdmitted(token, room)).toBe(roomPattern === '*');
  });
});
