/** Who switches on transcription and translation. */
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { metadataKeys } from './index.js';
import { enters, meeting, room, tokenFor } from './testing/meeting.js';

function scene() {
  const people = meeting(({ stage }) => stage.load(metadataKeys));
  const there = people.service.rooms.get(room) ?? expect.fail();
  return { ...people, value: (key: string) => people.metadata.get(there, key) };
}
const sets = (actor: Actor, key: string, data: unknown) =>
  actor.sends(
    `<message to='metadata.verona.lit'><room_metadata xmlns='http://jitsi.org/jitmeet' room='${room}'>${JSON.stringify({ key, data })}</room_metadata></message>`,
  );
const on = { isTranscribingEnabled: true };

it('is up to moderators where no token says otherwise', () => {
  const { romeo, juliet, value } = scene();
  sets(juliet, 'recording', on);
  juliet.receives(refusal('message', 'auth', 'forbidden'));
  sets(romeo, 'recording', on);
  expect(value('recording')).toEqual(on);
  sets(romeo, 'audioTranslation', { enabled: true });
  expect(value('audioTranslation')).toEqual({ enabled: true });
});

it.each([
  ['recording', 'transcription', on],
  ['audioTranslation', 'live-translation', { enabled: true }],
] as const)('goes by the token where there is one: %s', (key, feature, data) => {
  const { stage, focus, value } = scene();
  for (const allowed of [false, true]) {
    const features = new Map([[feature, allowed]]);
    const name = allowed ? 'paris' : 'mercutio';
    const actor = stage.actor(`${name}@verona.lit/x`, { identity: tokenFor({ features }) });
    enters(actor, name);
    sets(actor, key, data);
    expect(value(key)).toEqual(allowed ? data : undefined);
  }
  focus.ignoresAll();
});

it('passes on nothing but what is meant', () => {
  const { romeo, value } = scene();
  sets(romeo, 'recording', { ...on, url: 'https://x.y', __proto__: 1 });
  expect(value('recording')).toEqual(on);
  romeo.ignoresAll();
  for (const [key, data] of [
    ['recording', { isTranscribingEnabled: 'yes' }],
    ['recording', [1]],
    ['audioTranslation', {}],
  ] as const) {
    sets(romeo, key, data);
    romeo.receives(refusal('message', 'modify', 'bad-request'));
  }
  sets(romeo, 'toString', 1);
  expect(value('toString')).toBe(1);
});
