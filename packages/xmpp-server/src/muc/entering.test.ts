import { expect, it } from 'vitest';
import { join, room, verona } from './testing/verona.js';

it('creates a room for the first who enters, and makes it the owner', () => {
  const { romeo } = verona();
  romeo.sends(join('romeo'));
  romeo.receives(`
    <presence from='${room}/romeo'>
      <x xmlns='http://jabber.org/protocol/muc#user'>
        <item affiliation='owner' role='moderator' jid='romeo@verona.lit/orchard'/>
        <status code='100'/><status code='110'/><status code='201'/>
      </x>
    </presence>`);
  romeo.receives(`<message type='groupchat' from='${room}'><subject/></message>`);
  romeo.receivesNothing();
});

it('tells a newcomer of the others, then of itself, then the history, and the subject last', () => {
  const { romeo, juliet } = verona();
  romeo.joins(room, 'romeo');
  romeo.sends(`<message type='groupchat' to='${room}'><body>But soft!</body></message>`);
  romeo.sends(`<message type='groupchat' to='${room}'><subject>The balcony</subject></message>`);
  romeo.ignoresAll();
  juliet.sends(join('juliet'));
  juliet.receives(`<presence from='${room}/romeo'/>`);
  juliet.receives(`
    <presence from='${room}/juliet'>
      <x xmlns='http://jabber.org/protocol/muc#user'>
        <item affiliation='none' role='participant' jid='juliet@verona.lit/balcony'/>
        <status code='100'/><status code='110'/>
      </x>
    </presence>`);
  juliet.receives(`
    <message type='groupchat' from='${room}/romeo'>
      <body>But soft!</body><delay xmlns='urn:xmpp:delay' from='${room}'/>
    </message>`);
  juliet.receives(`<message type='groupchat' from='${room}/romeo'><subject>The balcony</subject></message>`);
  juliet.receivesNothing();
  const news = romeo.receives(`<presence from='${room}/juliet'/>`);
  expect(news.toString()).not.toContain('code="110"');
  romeo.receivesNothing();
});

it('passes on what it does not know word for word, and strips what only a room may say', () => {
  const { romeo, juliet } = verona();
  romeo.joins(room, 'romeo');
  juliet.sends(
    join(
      'juliet',
      `<stats-id>Jule-x1</stats-id>
       <jitsi_participant_e2ee.idKey.ed25519>k=</jitsi_participant_e2ee.idKey.ed25519>
       <SourceInfo>{"juliet-a0":{"muted":true}}</SourceInfo>
       <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/></x>
       <occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>
       <x xmlns='vcard-temp:x:update'><photo/></x>`,
    ),
  );
  const presence = romeo.receives(`
    <presence from='${room}/juliet' to='romeo@verona.lit/orchard'>
      <stats-id>Jule-x1</stats-id>
      <jitsi_participant_e2ee.idKey.ed25519>k=</jitsi_participant_e2ee.idKey.ed25519>
      <SourceInfo>{"juliet-a0":{"muted":true}}</SourceInfo>
      <x xmlns='vcard-temp:x:update'><photo/></x>
      <occupant-id xmlns='urn:xmpp:occupant-id:0'/>
    </presence>`);
  expect(presence.toString()).not.toContain('forged');
  const [first, ...others] = presence.getChildren('x');
  expect(first?.attrs['xmlns']).toBe('http://jabber.org/protocol/muc#user');
  expect(others).toHaveLength(1);
  expect(first?.getChild('item')?.attrs['affiliation']).toBe('none');
});

it.each([
  ['blank', '\u2003'],
  ['invisible', '\u200b'],
  ['padded', ' romeo'],
  ['reordering', 'ro\u202emeo'],
  ['endless', 'o'.repeat(500)],
])('refuses a %s nickname and leaves no room behind', (_kind, nick) => {
  const { romeo, service } = verona();
  romeo.sends(join(nick));
  romeo.receives(`<presence type='error'><error type='modify'><jid-malformed/></error></presence>`);
  expect(service.rooms.size).toBe(0);
});

it('asks for a nickname', () => {
  const { romeo, service } = verona();
  romeo.sends(`<presence to='${room}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  romeo.receives(
    `<presence type='error' from='${room}'>
       <error type='modify'><jid-malformed/></error><x xmlns='http://jabber.org/protocol/muc'/>
     </presence>`,
  );
  expect(service.rooms.size).toBe(0);
});

it('tells who has lost its seat that it is not in the room', () => {
  const { romeo, juliet } = verona();
  juliet.sends(`<presence to='${room}/juliet'/>`);
  juliet.receives(`<presence type='error'><error type='cancel'><item-not-found/></error></presence>`);
  romeo.joins(room, 'romeo');
  juliet.sends(`<presence to='${room}/juliet'/>`);
  juliet.receives(`<presence type='error'><error type='cancel'><item-not-found/></error></presence>`);
  romeo.receivesNothing();
});

it('gives a nickname to one person at a time', () => {
  const { romeo, juliet } = verona();
  romeo.joins(room, 'romeo');
  juliet.sends(join('romeo'));
  juliet.receives(
    `<presence type='error' from='${room}/romeo'><error type='cancel'><conflict/></error></presence>`,
  );
  romeo.receivesNothing();
});

it('tells everything again to a session that asks to enter twice, and the others only an update', () => {
  const { romeo, juliet } = verona();
  romeo.joins(room, 'romeo');
  juliet.joins(room, 'juliet');
  juliet.sends(join('juliet', '<nick xmlns="http://jabber.org/protocol/nick">Jule</nick>'));
  juliet.receives(`<presence from='${room}/romeo'/>`);
  juliet.receives(`<presence from='${room}/juliet'><x><status code='110'/></x></presence>`);
  juliet.receives(`<message><subject/></message>`);
  juliet.receivesNothing();
  romeo.receives(`<presence from='${room}/juliet'><nick>Jule</nick></presence>`);
  romeo.receivesNothing();
});

it('seats several sessions of one person under one nickname', () => {
  const { stage, romeo, juliet } = verona({ limits: { sessionsPerNick: 2 } });
  romeo.joins(room, 'romeo');
  juliet.joins(room, 'juliet');
  const phone = stage.actor('juliet@verona.lit/phone');
  phone.sends(join('juliet'));
  phone.receives(`<presence from='${room}/romeo'/>`);
  phone.receives(`<presence from='${room}/juliet'><x><status code='110'/></x></presence>`);
  phone.receives(`<message><subject/></message>`);
  romeo.receives(`
    <presence from='${room}/juliet'>
      <x><item jid='juliet@verona.lit/balcony'/><item jid='juliet@verona.lit/phone'/></x>
    </presence>`);
  juliet.receives(`<presence from='${room}/juliet'><x><status code='110'/></x></presence>`);

  const tablet = stage.actor('juliet@verona.lit/tablet');
  tablet.sends(join('juliet'));
  tablet.receives(`<presence type='error'><error type='cancel'><conflict/></error></presence>`);

  juliet.leaves(`${room}/juliet`);
  juliet.receives(
    `<presence type='unavailable' from='${room}/juliet'><x><status code='110'/></x></presence>`,
  );
  const update = romeo.receives(
    `<presence from='${room}/juliet'><x><item jid='juliet@verona.lit/phone'/></x></presence>`,
  );
  expect(update.attrs['type']).toBeUndefined();
  phone.leaves(`${room}/juliet`);
  romeo.receives(`<presence type='unavailable' from='${room}/juliet'/>`);
});

it('refuses a presence that is too large', () => {
  const { romeo, service } = verona({ limits: { presenceSize: 500 } });
  romeo.sends(join('romeo', `<status>${'o'.repeat(500)}</status>`));
  romeo.receives(`<presence type='error'><error><policy-violation/></error></presence>`);
  expect(service.rooms.size).toBe(0);
});

it('answers a probe with the presence asked for', () => {
  const { romeo, juliet } = verona();
  romeo.joins(room, 'romeo');
  juliet.sends(`<presence type='probe' to='${room}/romeo'/>`);
  juliet.receives(`<presence type='error'><error><not-acceptable/></error></presence>`);
  juliet.joins(room, 'juliet');
  juliet.sends(`<presence type='probe' to='${room}/romeo'/>`);
  juliet.receives(`<presence from='${room}/romeo'><x><item affiliation='owner'/></x></presence>`);
  juliet.sends(`<presence type='subscribe' to='${room}/romeo'/>`);
  juliet.receives(`<presence type='error'><error><bad-request/></error></presence>`);
});

it('is no room itself', () => {
  const { romeo, service } = verona();
  romeo.sends(join('romeo').replace(room, 'rooms.verona.lit'));
  romeo.receives(`<presence type='error'><error type='modify'><jid-malformed/></error></presence>`);
  romeo.leaves('rooms.verona.lit');
  romeo.receivesNothing();
  expect(service.rooms.size).toBe(0);
});
