import { makeJid, parseJid } from '@conclave/signaling';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoomNames } from './room-names.js';

const names = new RoomNames('conference.meet.example', true);
const nameOf = (jid: string) => names.nameOf(parseJid(jid));
const addressOf = (name: string) => names.addressOf(name)?.toString();

describe('the name of a room', () => {
  it.each([
    ['garden@conference.meet.example', 'garden'],
    ['garden@conference.verona.meet.example', '[verona]garden'],
    ['garden@conference.a_b.meet.example', '[a_b]garden'],
    // The tenant is who has the domain, whatever the room is called there.
    ['[padua]garden@conference.verona.meet.example', '[verona][padua]garden'],
  ])('%s is %s, and the other way round', (jid, name) => {
    expect(nameOf(jid)).toBe(name);
    expect(addressOf(name)).toBe(jid);
  });

  it.each([
    'conference.meet.example',
    'conference.verona.meet.example',
    // Two rooms would have one name.
    '[verona]garden@conference.meet.example',
    '[garden@conference.meet.example',
    // One label, and in that place.
    'garden@conference.a.b.meet.example',
    'garden@verona.conference.meet.example',
    'garden@conference.meet.example.evil.example',
    'garden@lobby.verona.meet.example',
    'garden@meet.example',
    `${'x'.repeat(1020)}@conference.verona.meet.example`,
  ])('is not there for %s', (jid) => expect(nameOf(jid)).toBeUndefined());

  it.each(['', '[verona]', '[]garden', '[a.b]garden', '[a[b]garden', '[verona', 'a@b', 'a/b', '[a b]c'])(
    'is not %j',
    (name) => expect(addressOf(name)).toBeUndefined(),
  );

  it('stands for one address only', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '[', ']', '.', '_', '-', '@'), maxLength: 6 });
    fc.assert(
      fc.property(part, fc.option(part), (local, tenant) => {
        let jid;
        try {
          jid = makeJid(local, tenant === null ? 'conference.d' : `conference.${tenant}.d`);
        } catch {
          return;
        }
        const few = new RoomNames('conference.d', true);
        const name = few.nameOf(jid);
        if (name !== undefined) expect(few.addressOf(name)?.toString()).toBe(jid.toString());
      }),
    );
  });

  it('is the local part, brackets or not, where there are no tenants', () => {
    const none = new RoomNames('conference.meet.example', false);
    expect(none.nameOf(parseJid('[a]b@conference.meet.example'))).toBe('[a]b');
    expect(none.addressOf('[a]b')?.toString()).toBe('[a]b@conference.meet.example');
    expect(none.nameOf(parseJid('b@conference.a.meet.example'))).toBeUndefined();
  });
});
