import { expect, it } from 'vitest';
import { administers, configures, done, garden, join, refusal, room } from './testing/verona.js';

const form = `<iq type='get' id='f1' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>`;
const changed = (...codes: readonly number[]) => `
  <message type='groupchat' from='${room}'>
    <x xmlns='http://jabber.org/protocol/muc#user'>${codes.map((code) => `<status code='${code}'/>`).join('')}</x>
  </message>`;

it('shows the owner the configuration', () => {
  const { romeo, juliet } = garden();
  romeo.sends(form);
  romeo.receives(`
    <iq type='result' id='f1'>
      <query xmlns='http://jabber.org/protocol/muc#owner'>
        <x type='form'>
          <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#roomconfig</value></field>
          <field var='muc#roomconfig_roomsecret' type='text-private'><value></value></field>
          <field var='muc#roomconfig_whois' type='list-single'>
            <value>anyone</value><option><value>moderators</value></option><option><value>anyone</value></option>
          </field>
          <field var='muc#roomconfig_membersonly' type='boolean'><value>0</value></field>
        </x>
      </query>
    </iq>`);
  juliet.sends(form);
  juliet.receives(refusal('iq', 'auth', 'forbidden'));
  configures(juliet, { 'muc#roomconfig_roomname': 'Mine' });
  juliet.receives(refusal('iq', 'auth', 'forbidden'));
});

it('changes what is submitted, keeps the rest, and tells the room (104)', () => {
  const { romeo, juliet, service } = garden();
  configures(romeo, { 'muc#roomconfig_roomname': 'Garden', 'muc#roomconfig_lang': 'it' });
  romeo.receives(changed(104));
  romeo.receives(done);
  juliet.receives(changed(104));
  configures(romeo, { 'muc#roomconfig_roomname': 'Orchard', 'x-unknown': 'whatever' });
  const [live] = [...service.rooms.values()];
  expect(live?.config).toMatchObject({ name: 'Orchard', language: 'it' });
});

it('says nothing to the room when nothing has changed', () => {
  const { romeo, juliet } = garden();
  configures(romeo, { 'muc#roomconfig_whois': 'anyone' });
  romeo.receives(done);
  juliet.receivesNothing();
});

it('warns everybody when real JIDs become public or private (172, 173)', () => {
  const { romeo, juliet } = garden();
  configures(romeo, { 'muc#roomconfig_whois': 'moderators' });
  juliet.receives(changed(173));
  configures(romeo, { 'muc#roomconfig_whois': 'anyone' });
  juliet.receives(changed(172));
});

it.each([
  ['muc#roomconfig_whois', 'nobody'],
  ['muc#roomconfig_membersonly', 'perhaps'],
  ['muc#roomconfig_historylength', '-3'],
  ['muc#roomconfig_maxusers', 'lots'],
  ['muc#roomconfig_roomname', 'x'.repeat(300)],
  ['muc#roomconfig_passwordprotectedroom', '1'],
])('refuses %s = %s, and changes nothing', (name, value) => {
  const { romeo, juliet } = garden();
  configures(romeo, { 'muc#roomconfig_lang': 'it', [name]: value });
  romeo.receives(refusal('iq', 'modify', 'not-acceptable'));
  juliet.receivesNothing();
});

it.each([
  [
    'another FORM_TYPE',
    `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>other</value></field></x>`,
  ],
  ['a form that is no answer', `<x xmlns='jabber:x:data' type='result'/>`],
  ['what is no form', `<y xmlns='a:b'/>`],
  ['nothing', ''],
])('refuses %s', (_what, inside) => {
  const { romeo } = garden();
  romeo.sends(
    `<iq type='set' id='c1' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'>${inside}</query></iq>`,
  );
  romeo.receives(refusal('iq', 'modify', 'bad-request'));
});

it.each(['submit', 'cancel'])('accepts an empty %s without a word', (type) => {
  const { romeo, juliet } = garden();
  romeo.sends(
    `<iq type='set' id='c1' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='${type}'/></query></iq>`,
  );
  romeo.receives(done);
  juliet.receivesNothing();
});

it('locks a room as lib-jitsi-meet does, and unlocks it', () => {
  const { stage, romeo } = garden();
  const nurse = stage.actor('nurse@verona.lit/hall');
  const secret = (password: string) =>
    `<presence to='${room}/nurse'><x xmlns='http://jabber.org/protocol/muc'><password>${password}</password></x></presence>`;
  configures(romeo, {
    'muc#roomconfig_roomsecret': 'rosaline',
    'muc#roomconfig_passwordprotectedroom': '1',
    'muc#roomconfig_whois': 'anyone',
  });
  stage.everybodyIgnoresAll();
  for (const attempt of [join('nurse'), secret('rosalind'), secret('rosaline ')]) {
    nurse.sends(attempt);
    nurse.receives(refusal('presence', 'auth', 'not-authorized'));
  }
  romeo.receivesNothing();
  nurse.joins(room, 'nurse', 'rosaline');
  nurse.leaves(`${room}/nurse`);
  configures(romeo, { 'muc#roomconfig_roomsecret': 'kept', 'muc#roomconfig_passwordprotectedroom': '0' });
  stage.everybodyIgnoresAll();
  nurse.joins(room, 'nurse');
});

it('shows strangers out when the room becomes members-only (322), and lets only members in', () => {
  const { stage, romeo, juliet } = garden();
  const nurse = stage.actor('nurse@verona.lit/hall');
  administers(romeo, `<item affiliation='member' jid='nurse@verona.lit'/>`);
  nurse.joins(room, 'nurse');
  configures(romeo, { 'muc#roomconfig_membersonly': '1' });
  const gone = (codes: string) =>
    `<presence type='unavailable' from='${room}/juliet'><x>${codes}<status code='322'/></x></presence>`;
  juliet.receives(gone(`<status code='110'/>`));
  nurse.receives(gone(''));
  nurse.receives(changed(104));
  juliet.receivesNothing();
  juliet.sends(join('juliet'));
  juliet.receives(refusal('presence', 'auth', 'registration-required'));
});
