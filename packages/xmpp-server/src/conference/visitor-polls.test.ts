/** Polls reach visitors, and the votes of visitors reach the meeting. */
import { expect, it } from 'vitest';
import type { Actor } from '../muc/testing/stage.js';
import { refusal } from '../muc/testing/verona.js';
import { enters, hears, hearsNothing, room } from './testing/meeting.js';
import { looksIn, node, there, visit } from './testing/visit.js';

const meeting = 'polls.verona.lit';
const visitors = `polls.${node.host}`;
const name = (text: string) => `<nick xmlns='http://jabber.org/protocol/nick'>${text}</nick>`;

function says(actor: Actor, to: string, payload: object): void {
  const json = JSON.stringify({ type: 'polls', ...payload });
  actor.sends(
    `<message type='chat' to='${to}'><json-message xmlns='http://jitsi.org/jitmeet'>${json}</json-message></message>`,
  );
}

const tea = {
  command: 'new-poll',
  pollId: 'p1',
  question: 'Tea?',
  answers: [{ name: 'yes' }, { name: 'no' }],
};
const votes = (...answers: boolean[]) => ({ command: 'answer-poll', pollId: 'p1', answers });
const before = (yes: readonly string[]) => ({
  command: 'old-polls',
  polls: [{ pollId: 'p1', senderId: 'juliet', answers: [{ voters: yes.map((id) => ({ id })) }, {}] }],
});

it('shows visitors what was asked and voted before the meeting had any, and since', async () => {
  const { juliet, romeo, paris, rosaline, connects } = visit();
  says(juliet, meeting, tea);
  says(romeo, meeting, votes(true, false));
  await connects();
  looksIn(paris, 'paris');
  expect(hears(paris, visitors)).toMatchObject(before(['romeo']));
  says(juliet, meeting, { ...tea, pollId: 'p2' });
  expect(hears(paris, visitors)).toMatchObject({ command: 'new-poll', pollId: 'p2', roomJid: there });
  says(juliet, meeting, votes(true, false));
  expect(hears(paris, visitors)).toMatchObject({ command: 'answer-poll', senderId: 'juliet' });
  looksIn(rosaline, 'rosaline');
  expect(hears(rosaline, visitors)).toMatchObject({ polls: [{ pollId: 'p1' }, { pollId: 'p2' }] });
});

it('counts the votes of visitors, in the names that they show', async () => {
  const { stage, juliet, romeo, tybalt, paris, rosaline, connects } = visit({ autoPromote: true });
  await connects();
  looksIn(paris, 'paris', name('Count Paris'));
  looksIn(rosaline, 'rosaline');
  says(juliet, meeting, tea);
  stage.everybodyIgnoresAll();
  says(paris, visitors, votes(true, false));
  const told = {
    command: 'answer-poll',
    senderId: 'paris',
    senderName: 'Count Paris',
    answers: [true, false],
  };
  expect(hears(romeo, meeting)).toMatchObject({ ...told, roomJid: room });
  expect(hears(rosaline, visitors)).toMatchObject(told);
  says(paris, visitors, votes(true, false));
  hearsNothing(romeo, meeting);
  enters(tybalt, 'tybalt');
  expect(hears(tybalt, meeting)).toMatchObject(before(['paris']));
});

it('lets visitors vote in no other name, ask nothing, and vote for no more than there is', async () => {
  const { stage, juliet, romeo, tybalt, paris, rosaline, connects } = visit({ autoPromote: true });
  says(juliet, meeting, tea);
  enters(tybalt, 'tybalt');
  says(tybalt, meeting, votes(true, false));
  tybalt.leaves(room);
  await connects();
  looksIn(paris, 'tybalt');
  stage.everybodyIgnoresAll();
  says(paris, visitors, votes(false, true));
  hearsNothing(romeo, meeting);
  says(paris, visitors, { ...tea, pollId: 'p2' });
  paris.receives(refusal('message', 'cancel', 'not-allowed'));
  says(paris, visitors, { ...votes(true), pollId: 'p9' });
  paris.receives(refusal('message', 'cancel', 'item-not-found'));
  says(paris, visitors, { command: 'answer-poll', pollId: 'p1', answers: 'all' });
  paris.receives(refusal('message', 'modify', 'bad-request'));
  says(rosaline, visitors, votes(true, false));
  rosaline.receives(refusal('message', 'auth', 'forbidden'));
  const forged = { ...votes(false, true), roomJid: room, senderId: 'rosaline', senderName: 'R' };
  says(paris, meeting, forged);
  paris.receives(refusal('message', 'auth', 'forbidden'));
  hearsNothing(romeo, meeting);
});

it('counts no more votes than a meeting may have', async () => {
  const { stage, juliet, romeo, paris, connects } = visit();
  says(juliet, meeting, tea);
  await connects();
  looksIn(paris, 'paris');
  says(juliet, meeting, votes(true, true));
  says(romeo, meeting, votes(true, false));
  stage.everybodyIgnoresAll();
  says(paris, visitors, votes(true, true));
  hearsNothing(romeo, meeting);
  says(paris, visitors, votes(true, false));
  expect(hears(romeo, meeting)).toMatchObject({ senderId: 'paris' });
});
