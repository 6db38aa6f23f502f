/** What programs say to one another through the room. */
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { endpointMessages } from './index.js';
import { enters, hears, meeting, room } from './testing/meeting.js';

const scene = () =>
  meeting(({ stage }) => stage.load(endpointMessages, { size: 100, services: ['recorder.verona.lit'] }));

const kinds = [
  ['all', 'groupchat', room],
  ['one', 'chat', `${room}/romeo`],
] as const;
const says = (actor: Actor, type: string, to: string, json: string, more = '') =>
  actor.sends(
    `<message type='${type}' to='${to}'>${more}<json-message xmlns='http://jitsi.org/jitmeet'>${json}</json-message></message>`,
  );

it.each(kinds)('passes on to %s', (_, type, to) => {
  const { juliet, romeo } = scene();
  says(juliet, type, to, '{"type":"e2e-ping","x":1}');
  expect(hears(romeo)).toEqual({ type: 'e2e-ping', x: 1 });
});

it.each(kinds)('keeps the words of the server from %s, however they are written', (_, type, to) => {
  const { juliet, romeo, focus } = scene();
  for (const [json, more] of [
    ['{"type":"lobby-notify","event":"LOBBY-ENABLED","value":false}', ''],
    ['{"type":"system_chat_message","message":"Your password?"}', '<body>Hi</body>'],
    ['{"type":"x","type":"room_metadata","metadata":{}}', ''],
    ['{"\\u0074ype":"\\u0070olls"}', ''],
    ['{"type":"transcription-result","text":"I agree"}', ''],
  ] as const) {
    says(juliet, type, to, json, more);
    juliet.receives(refusal('message', 'auth', 'forbidden'));
  }
  romeo.receivesNothing();
  focus.receivesNothing();
});

it.each(['{', '[]', 'null', '"x"', '{}', '{"type":1}', `{"type":"${'x'.repeat(200)}"}`])(
  'refuses %j',
  (json) => {
    const { juliet, romeo } = scene();
    says(juliet, 'groupchat', room, json);
    juliet.receives(refusal('message', 'modify', 'bad-request'));
    romeo.receivesNothing();
  },
);

it('lets transcribers say what they have heard, and the focus what it wants', () => {
  const { stage, romeo, juliet, focus } = scene();
  const transcriber = stage.actor('transcriber@recorder.verona.lit/x');
  enters(transcriber, 'transcriber');
  romeo.ignoresAll();
  says(transcriber, 'groupchat', room, '{"type":"transcription-result"}');
  says(focus, 'groupchat', room, '{"type":"av_moderation"}');
  expect([hears(romeo), hears(romeo)]).toEqual([{ type: 'transcription-result' }, { type: 'av_moderation' }]);
  juliet.ignoresAll();
});
