import { el, stanzaError } from '@conclave/signaling';
import { expect, it } from 'vitest';
import { garden, refusal, room } from './testing/verona.js';

it('carries a request to an occupant, and the answer back under the id it was asked with', () => {
  const { romeo, juliet } = garden();
  romeo.sends(`
    <iq type='set' id='j1' to='${room}/juliet'>
      <jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s1'><content name='audio'/></jingle>
    </iq>`);
  const request = juliet.receives(`
    <iq type='set' from='${room}/romeo' to='juliet@verona.lit/balcony'>
      <jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s1'><content name='audio'/></jingle>
    </iq>`);
  const id = String(request.attrs['id']);
  expect(request.toString()).not.toContain('romeo@verona.lit');
  juliet.sends(`<iq type='result' id='${id}' to='${room}/romeo'><done xmlns='a:b'/></iq>`);
  romeo.receives(
    `<iq type='result' id='j1' from='${room}/juliet' to='romeo@verona.lit/orchard'><done xmlns='a:b'/></iq>`,
  );
});

it('carries errors back as well', () => {
  const { romeo, juliet } = garden();
  romeo.sends(`<iq type='get' id='v.1.x' to='${room}/juliet'><query xmlns='jabber:iq:version'/></iq>`);
  const id = String(juliet.receives(`<iq type='get'/>`).attrs['id']);
  juliet.sends(
    `<iq type='error' id='${id}' to='${room}/romeo'><error type='cancel'><service-unavailable/></error></iq>`,
  );
  romeo.receives(
    `<iq type='error' id='v.1.x' from='${room}/juliet'><error type='cancel'><service-unavailable/></error></iq>`,
  );
});

it('brings the answer to the session that asked, whichever of a nickname it was', () => {
  const { stage, romeo, juliet } = garden();
  const phone = stage.actor('romeo@verona.lit/phone');
  phone.joins(room, 'romeo');
  phone.sends(`<iq type='get' id='q' to='${room}/juliet'><query xmlns='jabber:iq:version'/></iq>`);
  romeo.sends(`<iq type='get' id='q' to='${room}/juliet'><query xmlns='jabber:iq:version'/></iq>`);
  const first = juliet.receives('<iq/>');
  const second = juliet.receives('<iq/>');
  expect(first.attrs['id']).not.toBe(second.attrs['id']);
  juliet.sends(`<iq type='result' id='${String(first.attrs['id'])}' to='${room}/romeo'/>`);
  phone.receives(`<iq type='result' id='q'/>`);
  romeo.receivesNothing();
});

it('takes an answer from nobody but whom was asked', () => {
  const { stage, romeo, juliet } = garden();
  const tybalt = stage.actor('tybalt@verona.lit/street');
  tybalt.joins(room, 'tybalt');
  romeo.sends(`<iq type='get' id='q' to='${room}/juliet'><query xmlns='jabber:iq:version'/></iq>`);
  const id = String(juliet.receives('<iq/>').attrs['id']);
  tybalt.sends(`<iq type='result' id='${id}' to='${room}/romeo'/>`);
  tybalt.sends(`<iq type='result' id='q' to='${room}/romeo'/>`);
  juliet.sends(`<iq type='result' id='${id.replace('.q', '.r')}' to='${room}/romeo'/>`);
  romeo.receivesNothing();
  const stranger = stage.actor('paris@verona.lit/hall');
  stranger.sends(`<iq type='result' id='${id}' to='${room}/romeo'/>`);
  romeo.receivesNothing();
});

it('tells who asks into the void', () => {
  const { stage, romeo } = garden();
  const tybalt = stage.actor('tybalt@verona.lit/street');
  const version = (to: string) => `<iq type='get' id='v' to='${to}'><query xmlns='jabber:iq:version'/></iq>`;
  tybalt.sends(version(`${room}/juliet`));
  tybalt.receives(refusal('iq', 'modify', 'not-acceptable'));
  romeo.sends(version(`${room}/rosaline`));
  romeo.receives(refusal('iq', 'cancel', 'item-not-found'));
  romeo.sends(version('tomb@rooms.verona.lit/juliet'));
  romeo.receives(refusal('iq', 'cancel', 'item-not-found'));
  romeo.sends(version(room));
  romeo.receives(refusal('iq', 'cancel', 'service-unavailable'));
});

it('answers a ping of oneself for the client (XEP-0410)', () => {
  const { stage, romeo, juliet } = garden();
  const ping = (nick: string) =>
    `<iq type='get' id='p' to='${room}/${nick}'><ping xmlns='urn:xmpp:ping'/></iq>`;
  romeo.sends(ping('romeo'));
  romeo.receives(`<iq type='result' id='p' from='${room}/romeo'/>`);
  romeo.receivesNothing();
  romeo.sends(ping('juliet'));
  juliet.receives(`<iq type='get'><ping/></iq>`);
  const outside = stage.actor('romeo@verona.lit/phone');
  outside.sends(ping('romeo'));
  outside.receives(refusal('iq', 'modify', 'not-acceptable'));
});

it('waits for the handlers of a room that take their time, and answers for those that fail', async () => {
  const { service, romeo } = garden();
  const ask = (name: string) =>
    romeo.sends(`<iq type='get' id='${name}' to='${room}'><${name} xmlns='a:b'/></iq>`);
  service.handleIq('get', 'slow', 'a:b', () => Promise.resolve(el('slow', { xmlns: 'a:b' })));
  service.handleIq('get', 'sorry', 'a:b', () => Promise.resolve(stanzaError('gone')));
  service.handleIq('get', 'broken', 'a:b', () => Promise.reject(new Error('broken')));
  for (const name of ['slow', 'sorry', 'broken']) ask(name);
  romeo.receivesNothing();
  await new Promise((resolve) => setImmediate(resolve));
  romeo.receives(`<iq type='result' id='slow'><slow xmlns='a:b'/></iq>`);
  romeo.receives(`<iq type='error' id='sorry'><error><gone/></error></iq>`);
  romeo.receives(`<iq type='error' id='broken'><error><internal-server-error/></error></iq>`);
});

it.each([
  ['a vCard', `<vCard xmlns='vcard-temp'/>`],
  ['a vCard of the newer kind', `<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>`],
  [
    'what is published',
    `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:data'/></pubsub>`,
  ],
])('asks the account behind an occupant for %s, and nobody but the account answers', (_, question) => {
  const { romeo, juliet, stage } = garden({ rooms: { whois: 'moderators' } });
  const account = stage.actor('juliet@verona.lit');
  juliet.sends(`<iq type='get' id='v' to='${room}/romeo'>${question}</iq>`);
  romeo.receives(`<iq type='get' from='${room}/juliet' to='romeo@verona.lit'/>`);
  romeo.sends(`<iq type='get' id='v' to='${room}/juliet'>${question}</iq>`);
  const { id } = account.receives(`<iq type='get' from='${room}/romeo' to='juliet@verona.lit'/>`).attrs;
  stage.everybodyIgnoresAll();
  const answer = `<iq type='result' id='${String(id)}' to='${room}/romeo'><vCard xmlns='vcard-temp'/></iq>`;
  juliet.sends(answer);
  romeo.receivesNothing();
  account.sends(answer);
  const answered = romeo.receives(`<iq type='result' id='v' from='${room}/juliet'><vCard/></iq>`);
  expect(answered.toString()).not.toContain('juliet@verona.lit');
});

it('does not tell by whose real address an error was made', () => {
  const { romeo, juliet } = garden({ rooms: { whois: 'moderators' } });
  juliet.sends(`<iq type='get' id='v' to='${room}/romeo'><query xmlns='jabber:iq:version'/></iq>`);
  const { id } = romeo.receives('<iq/>').attrs;
  romeo.sends(`
    <iq type='error' id='${String(id)}' to='${room}/juliet'>
      <error type='cancel' by='romeo@verona.lit'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
    </iq>`);
  const answer = juliet.receives(
    `<iq type='error' id='v' from='${room}/romeo'><error type='cancel'><gone/></error></iq>`,
  );
  expect(answer.toString()).not.toContain('romeo@verona.lit');
});
