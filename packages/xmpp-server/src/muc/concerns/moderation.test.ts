import { expect, it } from 'vitest';
import { done, garden, refusal, room } from '../testing/verona.js';

const retracts = (id: string) => `
  <iq type='set' id='m' to='${room}'>
    <moderate xmlns='urn:xmpp:message-moderate:1' id='${id}'>
      <retract xmlns='urn:xmpp:message-retract:1'/><reason>Rude</reason>
    </moderate>
  </iq>`;

function gardenWithInsult() {
  const scene = garden();
  scene.juliet.sends(
    `<message type='groupchat' id='i' to='${room}'><body>Thou art a villain</body></message>`,
  );
  const said = scene.romeo.receives(`<message type='groupchat'><stanza-id by='${room}'/></message>`);
  scene.stage.everybodyIgnoresAll();
  return { ...scene, id: String(said.getChild('stanza-id')?.attrs['id']) };
}

it('tells all who are there, and keeps it from those who come', () => {
  const { stage, romeo, juliet, id } = gardenWithInsult();
  romeo.sends(retracts(id));
  juliet.receives(
    `<message type='groupchat' from='${room}'>
       <retract id='${id}'><moderated by='${room}/romeo'><occupant-id/></moderated><reason>Rude</reason></retract>
     </message>`,
  );
  romeo.receives(`<message type='groupchat' from='${room}'/>`);
  romeo.receives(done);
  const nurse = stage.actor('nurse@verona.lit/hall');
  nurse.sends(`<presence to='${room}/nurse'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  expect(nurse.inbox.map(String).join('')).not.toContain('villain');
});

it('is for moderators only', () => {
  const { stage, juliet, id } = gardenWithInsult();
  juliet.sends(retracts(id));
  juliet.receives(refusal('iq', 'auth', 'forbidden'));
  const tybalt = stage.actor('tybalt@verona.lit/street');
  tybalt.sends(retracts(id));
  tybalt.receives(refusal('iq', 'auth', 'forbidden'));
});

it('says what it takes back', () => {
  const { romeo } = gardenWithInsult();
  romeo.sends(retracts(''));
  romeo.receives(refusal('iq', 'modify', 'bad-request'));
});

it('is passed on under ids of its own, and told to those who come later', () => {
  const { stage, romeo, juliet, id } = gardenWithInsult();
  romeo.sends(retracts(id));
  const told = juliet.receives(`<message><stanza-id by='${room}'/></message>`);
  expect(told.attrs['id']).toBeDefined();
  const nurse = stage.actor('nurse@verona.lit/hall');
  nurse.sends(`<presence to='${room}/nurse'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  const history = nurse.inbox.filter((stanza) => stanza.getChild('delay') && stanza.getChild('retract'));
  expect(history.map((stanza) => String(stanza.attrs['id']))).toEqual([told.attrs['id']]);
});
