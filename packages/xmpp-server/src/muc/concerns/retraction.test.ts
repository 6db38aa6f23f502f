import { expect, it } from 'vitest';
import type { Actor, Stage } from '../testing/stage.js';
import { garden, room } from '../testing/verona.js';

const takesBack = (who: Actor, id: string): void =>
  who.sends(`
    <message type='groupchat' id='t' to='${room}'>
      <retract xmlns='urn:xmpp:message-retract:1' id='${id}'/><body>(taken back)</body>
    </message>`);

/** What somebody hears who comes later. */
function heardLater(stage: Stage): string {
  const nurse = stage.actor('nurse@verona.lit/hall');
  nurse.sends(`<presence to='${room}/nurse'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  return nurse.inbox.map((stanza) => stanza.getChildText('body') ?? '').join('');
}

function gardenWithWord() {
  const scene = garden();
  scene.juliet.sends(
    `<message type='groupchat' id='w' to='${room}'><body>Wherefore art thou</body></message>`,
  );
  const said = scene.romeo.receives(`<message type='groupchat'><stanza-id by='${room}'/></message>`);
  scene.stage.everybodyIgnoresAll();
  return { ...scene, id: String(said.getChild('stanza-id')?.attrs['id']) };
}

it('is passed on, and what was taken back is not told again', () => {
  const { stage, romeo, juliet, id } = gardenWithWord();
  takesBack(juliet, id);
  romeo.receives(`<message from='${room}/juliet' id='t'><retract id='${id}'/><occupant-id/></message>`);
  expect(heardLater(stage)).toBe('(taken back)');
});

it('is by the room’s own id, and for what one has said oneself', () => {
  const { stage, romeo, juliet, id } = gardenWithWord();
  takesBack(romeo, id);
  takesBack(juliet, 'w');
  expect(heardLater(stage)).toContain('Wherefore');
});

it('works under another nickname, and not for whoever has taken the old one', () => {
  const { stage, romeo, juliet, id } = gardenWithWord();
  juliet.sends(`<presence to='${room}/sun'/>`);
  romeo.sends(`<presence to='${room}/juliet'/>`);
  takesBack(romeo, id);
  expect(heardLater(stage)).toContain('Wherefore');
  stage.actor('nurse@verona.lit/hall').leaves(room);
  takesBack(juliet, id);
  expect(heardLater(stage)).not.toContain('Wherefore');
});
