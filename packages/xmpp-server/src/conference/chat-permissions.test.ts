/** Who may speak to the group. */
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { chatPermissions } from './index.js';
import { enters, meeting, room, tokenFor } from './testing/meeting.js';

function restricted(value: unknown = { groupChatRestricted: true }) {
  const people = meeting(({ stage }) => stage.load(chatPermissions));
  const there = people.service.rooms.get(room);
  if (there) people.metadata.set(there, 'permissions', value);
  people.stage.everybodyIgnoresAll();
  return people;
}

const says = (actor: Actor, inside = '<body>Hi</body>') =>
  actor.sends(`<message type='groupchat' to='${room}'>${inside}</message>`);

it('lets moderators speak, and refuses others', () => {
  const { romeo, juliet } = restricted();
  says(juliet);
  juliet.receives(refusal('message', 'cancel', 'not-allowed'));
  romeo.receivesNothing();
  says(romeo);
  juliet.receives('<message><body>Hi</body></message>');
});

it('goes by the token where there is one', () => {
  const { stage, juliet } = restricted();
  for (const [name, allowed] of [
    ['paris', true],
    ['mercutio', false],
  ] as const) {
    const features = new Map([['send-groupchat', allowed]]);
    const actor = stage.actor(`${name}@verona.lit/x`, { identity: tokenFor({ features }) });
    enters(actor, name);
    stage.everybodyIgnoresAll();
    says(actor);
    expect(juliet.inbox.length).toBe(allowed ? 1 : 0);
  }
});

it('lets everybody else talk to one another, and programs to everybody', () => {
  const { juliet, romeo } = restricted();
  juliet.sends(`<message type='chat' to='${room}/romeo'><body>Psst</body></message>`);
  romeo.receives('<message type="chat"><body>Psst</body></message>');
  says(juliet, `<json-message xmlns='http://jitsi.org/jitmeet'>{"type":"x"}</json-message>`);
  romeo.receives('<message type="groupchat"/>');
});

it.each([{}, 'x', { groupChatRestricted: 'true' }])('means nothing by %j', (value) => {
  const { romeo, juliet } = restricted(value);
  says(juliet);
  romeo.receives('<message><body>Hi</body></message>');
});
