/** How much may be said. */
import { afterEach, expect, it, vi } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { messageLimits } from './index.js';
import { enters, meeting, room, tokenFor } from './testing/meeting.js';

const scene = (options: object = {}) => meeting(({ stage }) => stage.load(messageLimits, options));
const says = (actor: Actor, inside = '<body>Hi</body>') =>
  actor.sends(`<message type='groupchat' to='${room}'>${inside}</message>`);
const whispers = (actor: Actor, inside = '<body>Psst</body>', to = 'romeo') =>
  actor.sends(`<message type='chat' to='${room}/${to}'>${inside}</message>`);

afterEach(() => vi.useRealTimers());

it('refuses what is too long, to the group and in private, in however many languages', () => {
  const { romeo, juliet } = scene({ characters: 5 });
  for (const inside of [
    '<body>123456</body>',
    `<body xml:lang='en'>123</body><body xml:lang='it'>456</body>`,
  ]) {
    says(juliet, inside);
    juliet.receives(refusal('message', 'modify', 'not-acceptable'));
    whispers(juliet, inside);
    juliet.receives(refusal('message', 'modify', 'not-acceptable'));
  }
  romeo.receivesNothing();
  says(juliet, '<body>12345</body>');
  romeo.receives('<message><body>12345</body></message>');
});

it('lets nobody talk without a pause, in the group and in private together', () => {
  vi.useFakeTimers();
  const { romeo, juliet } = scene({ perMinute: 2 });
  says(juliet);
  whispers(juliet);
  romeo.ignoresAll();
  juliet.ignoresAll();
  for (const speaks of [says, whispers]) {
    speaks(juliet);
    juliet.receives(refusal('message', 'wait', 'resource-constraint'));
  }
  says(romeo);
  juliet.receives('<message><body>Hi</body></message>');
  vi.advanceTimersByTime(60_000);
  romeo.ignoresAll();
  says(juliet);
  romeo.receives('<message><body>Hi</body></message>');
});

it('counts the messages of a meeting, whoever leaves and comes again, and says once that it is over', () => {
  const { stage, romeo, juliet, focus } = scene({ perMeeting: 2 });
  says(juliet);
  whispers(juliet);
  juliet.leaves(room);
  enters(juliet, 'sun');
  stage.everybodyIgnoresAll();
  says(juliet);
  juliet.receives(`<message from='${room}' type='groupchat'><body/></message>`);
  juliet.receives(refusal('message', 'cancel', 'not-allowed'));
  romeo.receives(`<message from='${room}'/>`);
  says(juliet);
  juliet.receives(refusal('message', 'cancel', 'not-allowed'));
  romeo.receivesNothing();
  says(juliet, `<json-message xmlns='http://jitsi.org/jitmeet'>{"type":"x"}</json-message>`);
  romeo.receives('<message/>');
  says(focus);
  romeo.receives('<message><body>Hi</body></message>');
});

it.each(['an account', 'a token'])('does not count any more when somebody with %s has spoken', (what) => {
  const { stage, juliet, romeo } = scene({ perMeeting: 1, unlimited: ['verona.lit'] });
  const paris = stage.actor('paris@elsewhere.lit/x', { identity: tokenFor({ user: { id: 'p' } }) });
  enters(paris, 'paris');
  stage.everybodyIgnoresAll();
  says(what === 'a token' ? paris : romeo);
  for (let each = 0; each < 3; each += 1) says(juliet);
  expect(romeo.inbox.filter((stanza) => stanza.attrs['from'] === `${room}/juliet`)).toHaveLength(3);
});

it.each([
  ['many', '<reaction>👍</reaction>'.repeat(21)],
  ['long', `<reaction>${'👍'.repeat(40)}</reaction>`],
])('refuses reactions that are too %s', (_, inside) => {
  const { romeo, juliet } = scene();
  says(juliet, `<reactions xmlns='urn:xmpp:reactions:0' id='m'>${inside}</reactions>`);
  juliet.receives(refusal('message', 'modify', 'not-acceptable'));
  romeo.receivesNothing();
});
