import { parse } from 'ltx';
import { describe, expect, it } from 'vitest';
import { isFocus, mutedIn, readRoomPresence } from './occupant.js';

const room = 'r1@conference.meet.example';
const presence = (inside: string, attributes = `from='${room}/1a2b3c4d'`) =>
  parse(`<presence xmlns='jabber:client' ${attributes}>${inside}</presence>`);
const user = (inside: string) => `<x xmlns='http://jabber.org/protocol/muc#user'>${inside}</x>`;
const item = `<item affiliation='none' role='participant' jid='u@guest/r'/>`;

describe('a presence from the room', () => {
  it('tells who is there, and what of it is muted', () => {
    const read = readRoomPresence(
      presence(
        `<nick xmlns='http://jabber.org/protocol/nick'>Ann</nick>
         <SourceInfo>{"1a2b3c4d-a0":{"muted":true},"1a2b3c4d-v0":{"muted":false,"videoType":"desktop"}}</SourceInfo>
         ${user(`${item}<status code='110'/>`)}`,
      ),
      room,
    );
    expect(read).toMatchObject({
      kind: 'present',
      occupant: { nick: '1a2b3c4d', displayName: 'Ann', role: 'participant', jid: 'u@guest/r' },
    });
    if (read?.kind !== 'present') throw new Error('unreachable');
    expect(read.statusCodes).toContain(110);
    expect(mutedIn(read.occupant, 'audio')).toBe(true);
    expect(mutedIn(read.occupant, 'video')).toBe(false);
  });

  it('shows names without what could disguise them', () => {
    const name = `<nick xmlns='http://jabber.org/protocol/nick'>\u202Enna \u0085${'x'.repeat(200)}</nick>`;
    const read = readRoomPresence(presence(name + user(item)), room);
    expect(read?.kind === 'present' && read.occupant.displayName).toMatch(/^nna x{96}$/);
  });

  it.each(['', '{', '[]', 'null', '{"other-a0":{"muted":false}}', '{"1a2b3c4d-a0":7}'])(
    'counts everything as muted that is not said properly: %s',
    (sourceInfo) => {
      const read = readRoomPresence(presence(`<SourceInfo>${sourceInfo}</SourceInfo>${user(item)}`), room);
      expect(read?.kind === 'present' && mutedIn(read.occupant, 'audio')).toBe(true);
    },
  );

  it.each([
    [`<status code='110'/>`, 'left'],
    [`<status code='307'/><status code='110'/>`, 'kicked'],
    [`<status code='301'/>`, 'kicked'],
    [`<destroy><reason>over</reason></destroy>`, 'destroyed'],
  ])('that it ends with %s: %s', (inside, how) => {
    const gone = presence(user(item + inside), `from='${room}/1a2b3c4d' type='unavailable'`);
    expect(readRoomPresence(gone, room)).toMatchObject({ kind: 'gone', how });
  });

  it('names who kicked, and why', () => {
    const kick = `<item affiliation='none' role='none'><actor nick='9f'/><reason>noise</reason></item><status code='307'/>`;
    const gone = presence(user(kick), `from='${room}/1a2b3c4d' type='unavailable'`);
    expect(readRoomPresence(gone, room)).toMatchObject({ by: '9f', reason: 'noise' });
  });

  it('is not taken from elsewhere, or without what the service says', () => {
    expect(
      readRoomPresence(presence(user(item), `from='other@conference.meet.example/x'`), room),
    ).toBeUndefined();
    expect(readRoomPresence(presence(user(item), `from='${room}.evil/x'`), room)).toBeUndefined();
    expect(readRoomPresence(presence(''), room)).toBeUndefined();
  });
});

describe('the focus', () => {
  const occupant = (nick: string, jid?: string) => ({
    nick,
    role: 'moderator' as const,
    sources: new Map(),
    ...(jid !== undefined && { jid }),
  });

  it.each([
    ['focus', 'focus@auth.meet.example/f', true],
    ['focus', 'focus@auth.meet.example', false],
    ['focus', 'focus@auth.meet.example.evil/f', false],
    ['focus', undefined, false],
    ['someone', 'focus@auth.meet.example/f', false],
  ])('as %s with the address %s: %s', (nick, jid, is) => {
    expect(isFocus(occupant(nick, jid), 'focus@auth.meet.example')).toBe(is);
  });

  it.each([
    ['12', 12],
    ['-1', undefined],
    ['1e99', undefined],
    ['many', undefined],
  ])('says how many look on: %s', (value, visitors) => {
    const properties = `<conference-properties xmlns='http://jitsi.org/protocol/focus'><property key='visitor-count' value='${value}'/></conference-properties>`;
    const read = readRoomPresence(presence(properties + user(item)), room);
    expect(read?.kind === 'present' && read.occupant.visitors).toBe(visitors);
  });

  it('is nobody before its address is known', () => {
    expect(isFocus(occupant('focus', 'focus@auth.meet.example/f'), undefined)).toBe(false);
  });
});
