import { expect, it } from 'vitest';
import { configures, garden, refusal, room } from '../testing/verona.js';

const invites = (...invitees: readonly string[]) => `
  <message to='${room}'>
    <x xmlns='http://jabber.org/protocol/muc#user'>
      ${invitees.map((jid) => `<invite to='${jid}'><reason>Come</reason></invite>`).join('')}
    </x>
  </message>`;

it('carries an invitation, with the password, and the refusal back', () => {
  const { stage, romeo } = garden({ rooms: { whois: 'moderators' } });
  const nurse = stage.actor('nurse@verona.lit/hall');
  configures(romeo, { 'muc#roomconfig_roomsecret': 'rosaline' });
  stage.everybodyIgnoresAll();
  romeo.sends(invites('nurse@verona.lit'));
  nurse.receives(`
    <message from='${room}'>
      <x xmlns='http://jabber.org/protocol/muc#user'>
        <invite from='${room}/romeo'><reason>Come</reason></invite><password>rosaline</password>
      </x>
      <x xmlns='jabber:x:conference' jid='${room}' reason='Come' password='rosaline'/>
    </message>`);
  const declines = `
    <message to='${room}'>
      <x xmlns='http://jabber.org/protocol/muc#user'><decline to='romeo@verona.lit'><reason>No</reason></decline></x>
    </message>`;
  nurse.sends(declines);
  romeo.receives(
    `<message from='${room}'><x><decline from='nurse@verona.lit'><reason>No</reason></decline></x></message>`,
  );
  nurse.sends(declines);
  nurse.receives(refusal('message', 'modify', 'not-acceptable'));
});

it('makes the invited members of a members-only room, at the word of an owner only', () => {
  const { stage, romeo, juliet, service } = garden();
  const nurse = stage.actor('nurse@guest.verona.lit/hall');
  juliet.sends(invites('tybalt@verona.lit'));
  expect(stage.routed.map((stanza) => String(stanza.attrs['to']))).toEqual(['tybalt@verona.lit']);
  romeo.sends(
    `<iq type='set' id='m' to='${room}'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='juliet@verona.lit'/></query></iq>`,
  );
  configures(romeo, { 'muc#roomconfig_membersonly': '1' });
  stage.everybodyIgnoresAll();
  juliet.sends(invites('nurse@guest.verona.lit/hall'));
  juliet.receives(refusal('message', 'auth', 'forbidden'));
  romeo.sends(invites('nurse@guest.verona.lit/hall', 'peter@verona.lit'));
  nurse.receives(`<message from='${room}'><x><invite from='romeo@verona.lit/orchard'/></x></message>`);
  nurse.joins(room, 'nurse');
  expect([...service.rooms.values()][0]?.affiliations('member')).toHaveLength(3);
});

it('refuses invitations from outside, to nowhere, and in bulk', () => {
  const { stage, romeo } = garden({ limits: { invitations: 2 } });
  const tybalt = stage.actor('tybalt@verona.lit/street');
  tybalt.sends(invites('nurse@verona.lit'));
  tybalt.receives(refusal('message', 'auth', 'forbidden'));
  romeo.sends(invites('nurse@verona.lit', '@'));
  romeo.receives(refusal('message', 'modify', 'jid-malformed'));
  romeo.sends(invites('a@verona.lit', 'b@verona.lit', 'c@verona.lit'));
  romeo.receives(refusal('message', 'modify', 'policy-violation'));
  expect(stage.routed).toEqual([]);
});

it('does not carry messages to a room that nobody understands', () => {
  const { romeo, juliet } = garden();
  romeo.sends(`<message to='${room}'><body>Hello, room</body></message>`);
  romeo.receives(refusal('message', 'modify', 'bad-request'));
  juliet.receivesNothing();
});
