import { describe, expect, it } from 'vitest';
import { roomFault } from './room-name.js';
import { trueSender } from './sender.js';

const PROXY = 'focus.meet.example';
const sender = (from: string | undefined) => trueSender(from, PROXY)?.toString();

describe('the true sender of a request', () => {
  it('is the resource of the proxy that relayed it', () => {
    expect(sender('focus.meet.example/host@meet.example/h1')).toBe('host@meet.example/h1');
  });

  it('is the sender itself when nobody relayed it', () => {
    expect(sender('g1@guest.meet.example/r1')).toBe('g1@guest.meet.example/r1');
  });

  it.each([
    ['another domain', 'evil.example/host@meet.example/h1'],
    ['a subdomain of the proxy', 'x.focus.meet.example/host@meet.example/h1'],
    ['a user at the proxy', 'u@focus.meet.example/host@meet.example/h1'],
    ['a proxy within the proxy', 'focus.meet.example/focus.meet.example/host@meet.example/h1'],
    ['a bare JID', 'focus.meet.example/host@meet.example'],
    ['a malformed JID', 'focus.meet.example/@/'],
    ['the proxy alone', 'focus.meet.example'],
    ['a bare sender', 'g1@guest.meet.example'],
    ['nobody', undefined],
  ])('is never believed from %s', (_, from) => {
    expect(sender(from)).not.toBe('host@meet.example/h1');
    expect([undefined, from]).toContain(sender(from));
  });
});

describe('the room of a request', () => {
  const fault = (room: string) =>
    roomFault(room, {
      conferenceService: 'conference.meet.example',
      breakoutService: 'breakout.meet.example',
      maxRoomNameBytes: 20,
    })?.condition;

  it('is a bare JID on the conference service', () => {
    expect(fault('room1@conference.meet.example')).toBeUndefined();
    expect(fault('zimmer-ü@conference.meet.example')).toBeUndefined();
    expect(fault('room1@conference.acme.meet.example')).toBeUndefined();
  });

  it.each([
    ['no room', 'conference.meet.example', 'jid-malformed'],
    ['an occupant', 'room1@conference.meet.example/focus', 'jid-malformed'],
    ['upper case', 'Room1@conference.meet.example', 'jid-malformed'],
    ['two @', 'a@b@conference.meet.example', 'jid-malformed'],
    ['a space', 'a b@conference.meet.example', 'jid-malformed'],
    ['an empty name', '@conference.meet.example', 'jid-malformed'],
    ['a long name', `${'ü'.repeat(11)}@conference.meet.example`, 'jid-malformed'],
    ['the brewery', 'jvbbrewery@internal.auth.meet.example', 'item-not-found'],
    ['a tenant of another service', 'room1@breakout.acme.meet.example', 'item-not-found'],
    ['a tenant of two labels', 'room1@conference.acme.corp.meet.example', 'item-not-found'],
    ['another server', 'room1@conference.evil.example', 'item-not-found'],
  ])('is not %s', (_, room, condition) => expect(fault(room)).toBe(condition));
});
