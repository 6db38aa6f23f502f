import { expect, it } from 'vitest';
import { administers, done, garden, join, refusal, room, verona } from './testing/verona.js';

it('passes the parting words on, and confirms the departure to who leaves', () => {
  const { romeo, juliet } = garden();
  juliet.sends(`<presence type='unavailable' to='${room}/juliet'><status>Good night</status></presence>`);
  juliet.receives(`
    <presence type='unavailable' from='${room}/juliet'>
      <status>Good night</status>
      <x><item affiliation='none' role='none'/><status code='110'/></x>
    </presence>`);
  const seen = romeo.receives(
    `<presence type='unavailable' from='${room}/juliet'><status>Good night</status><x><item role='none'/></x></presence>`,
  );
  expect(seen.toString()).not.toContain('code="110"');
});

it('ends the room with its last occupant, and begins it anew with the next', () => {
  const { romeo, juliet, service } = verona();
  romeo.joins(room, 'romeo');
  romeo.sends(`<message type='groupchat' to='${room}'><body>Alone</body></message>`);
  romeo.leaves(`${room}/romeo`);
  expect(service.rooms.size).toBe(0);
  juliet.sends(join('juliet'));
  juliet.receives(
    `<presence from='${room}/juliet'><x><item affiliation='owner'/><status code='201'/></x></presence>`,
  );
  juliet.receives(`<message><subject/></message>`);
  juliet.receivesNothing();
});

it('ignores the departure of who is not there', () => {
  const { romeo, juliet } = verona();
  juliet.leaves(`${room}/juliet`);
  romeo.joins(room, 'romeo');
  juliet.leaves(`${room}/juliet`);
  juliet.receivesNothing();
  romeo.receivesNothing();
});

it('shows out whoever cannot be reached any more (333)', () => {
  const { romeo, juliet } = garden();
  juliet.sends(
    `<message type='error' to='${room}/romeo'><error type='cancel'><recipient-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
  );
  romeo.receives(`<presence type='unavailable' from='${room}/juliet'><x><status code='333'/></x></presence>`);
});

it('keeps who merely dislikes a stanza', () => {
  const { romeo, juliet } = garden();
  juliet.sends(
    `<message type='error' to='${room}/romeo'><error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
  );
  romeo.receivesNothing();
});

const destroys = `
  <iq type='set' id='d1' to='${room}'>
    <query xmlns='http://jabber.org/protocol/muc#owner'>
      <destroy jid='tomb@rooms.verona.lit'><reason>Over</reason></destroy>
    </query>
  </iq>`;

it('destroys a room for its owner, and points everybody elsewhere', () => {
  const { romeo, juliet, service } = garden();
  juliet.sends(destroys);
  juliet.receives(refusal('iq', 'auth', 'forbidden'));
  romeo.sends(destroys);
  const seen = (nick: string) => `
    <presence type='unavailable' from='${room}/${nick}'>
      <x>
        <item affiliation='none' role='none'/>
        <destroy jid='tomb@rooms.verona.lit'><reason>Over</reason></destroy>
        <status code='110'/>
      </x>
    </presence>`;
  romeo.receives(seen('romeo'));
  romeo.receives(done);
  juliet.receives(seen('juliet'));
  juliet.receivesNothing();
  expect(service.rooms.size).toBe(0);
});

it('tells everybody when the service ends (332)', () => {
  const { stage, romeo, juliet, service } = garden();
  stage.unload();
  romeo.receives(
    `<presence type='unavailable' from='${room}/romeo'><x><status code='110'/><status code='332'/></x></presence>`,
  );
  romeo.receivesNothing();
  juliet.receives(
    `<presence type='unavailable' from='${room}/juliet'><x><status code='332'/></x></presence>`,
  );
  expect(service.rooms.size).toBe(0);
  juliet.sends(join('juliet'));
  juliet.receivesNothing();
});

it('is over for a room whose last occupant kicks himself', () => {
  const { romeo, service } = verona();
  romeo.joins(room, 'romeo');
  administers(romeo, `<item nick='romeo' role='none'/>`);
  romeo.receives(`<presence type='unavailable'><x><status code='110'/><status code='307'/></x></presence>`);
  romeo.receives(done);
  expect(service.rooms.size).toBe(0);
});

it('gives the seat of an ended session to its successor, and does not take the last word of the one for that of the other', () => {
  const { stage, romeo, juliet } = garden();
  const again = stage.actor('juliet@verona.lit/balcony');
  again.sends(join('juliet'));
  romeo.receives(`<presence from='${room}/juliet'/>`);
  romeo.receivesNothing();
  again.receives(`<presence from='${room}/romeo'/>`);
  juliet.ignoresAll();
  again.ignoresAll();
  juliet.leaves(room);
  romeo.receivesNothing();
  romeo.sends(`<message type='chat' to='${room}/juliet'><body>Psst</body></message>`);
  again.receives(`<message><body>Psst</body></message>`);
  juliet.receivesNothing();
});
