/** Polls: asked, answered, and there for those who come later (acceptance 47, 48). */
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { polls } from './index.js';
import { at, hears, hearsNothing, meeting, room } from './testing/meeting.js';

const component = 'polls.verona.lit';
const scene = (options: object = {}) => meeting(({ stage }) => stage.load(polls, at('polls', options)));

function says(actor: Actor, payload: object | string, more = ''): void {
  const json = typeof payload === 'string' ? payload : JSON.stringify({ type: 'polls', ...payload });
  actor.sends(
    `<message type='chat' to='${component}'><json-message xmlns='http://jitsi.org/jitmeet'>${json}</json-message>${more}</message>`,
  );
}

const tea = {
  command: 'new-poll',
  pollId: 'p1',
  question: 'Tea?',
  answers: [{ name: 'yes', voters: ['x'] }, { name: 'no' }],
};

it('passes a question on to all, with who asks', () => {
  const { juliet, romeo } = scene();
  says(juliet, tea);
  for (const actor of [juliet, romeo]) {
    expect(hears(actor, component)).toMatchObject({
      command: 'new-poll',
      pollId: 'p1',
      question: 'Tea?',
      senderId: 'juliet',
      answers: [{ name: 'yes' }, { name: 'no' }],
    });
  }
});

it('passes votes on, and the last one counts', () => {
  const { juliet, romeo, tybalt } = scene();
  says(juliet, tea);
  says(romeo, { command: 'answer-poll', pollId: 'p1', answers: [true, false] });
  says(romeo, { command: 'answer-poll', pollId: 'p1', answers: [false, true] });
  hears(juliet, component);
  expect(hears(juliet, component)).toMatchObject({
    command: 'answer-poll',
    senderId: 'romeo',
    answers: [true, false],
  });
  expect(hears(juliet, component)).toMatchObject({ answers: [false, true] });
  says(romeo, { command: 'answer-poll', pollId: 'p1', answers: [false, true] });
  hearsNothing(juliet, component);
  tybalt.sends(`<presence to='${room}/tybalt'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  expect(hears(tybalt, component)).toMatchObject({
    command: 'old-polls',
    polls: [
      {
        pollId: 'p1',
        senderId: 'juliet',
        question: 'Tea?',
        answers: [
          { name: 'yes', voters: [] },
          { name: 'no', voters: [{ id: 'romeo', name: '' }] },
        ],
      },
    ],
  });
});

it('keeps polls and votes while those who made them are away', () => {
  const { juliet } = scene();
  says(juliet, tea);
  says(juliet, { command: 'answer-poll', pollId: 'p1', answers: [true, true] });
  juliet.leaves(room);
  juliet.ignoresAll();
  juliet.sends(`<presence to='${room}/juliet'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  expect(hears(juliet, component)).toMatchObject({
    polls: [{ answers: [{ voters: [{ id: 'juliet' }] }, {}] }],
  });
});

it('lets only some ask where the room says so', () => {
  const { juliet, romeo, service, metadata } = scene();
  const there = service.rooms.get(room);
  if (there) metadata.set(there, 'permissions', { pollCreationRestricted: true });
  juliet.ignoresAll();
  says(juliet, tea);
  juliet.receives(refusal('message', 'cancel', 'not-allowed'));
  romeo.ignoresAll();
  says(romeo, tea);
  expect(hears(romeo, component)).toMatchObject({ command: 'new-poll' });
});

it.each([
  ['of a stranger', 'tybalt', tea, 'auth', 'forbidden'],
  ['without answers', 'juliet', { ...tea, answers: [] }, 'modify', 'bad-request'],
  ['with answers that are none', 'juliet', { ...tea, answers: ['yes'] }, 'modify', 'bad-request'],
  ['without a question', 'juliet', { ...tea, question: 1 }, 'modify', 'bad-request'],
  ['that is too long', 'juliet', { ...tea, question: 'x'.repeat(1024) }, 'modify', 'bad-request'],
  ['that is none', 'juliet', { command: 'old-polls' }, 'modify', 'bad-request'],
  ['that is no JSON', 'juliet', '{', 'modify', 'bad-request'],
  [
    'that is not there',
    'juliet',
    { command: 'answer-poll', pollId: 'x', answers: [true] },
    'cancel',
    'item-not-found',
  ],
] as const)('refuses a poll %s', (_, who, payload, type, condition) => {
  const people = scene();
  says(people[who], payload);
  people[who].receives(refusal('message', type, condition));
  hearsNothing(people.romeo, component);
});

it('refuses a second poll of the same id, and votes for more than there is', () => {
  const { juliet, romeo } = scene();
  says(juliet, tea);
  romeo.ignoresAll();
  says(romeo, { ...tea, question: 'Coffee?' });
  romeo.receives(refusal('message', 'cancel', 'not-allowed'));
  says(romeo, { command: 'answer-poll', pollId: 'p1', answers: [true, false, true] });
  romeo.receives(refusal('message', 'modify', 'bad-request'));
});

it('does not fill up', () => {
  const { juliet } = scene({ polls: 1 });
  says(juliet, tea);
  juliet.ignoresAll();
  says(juliet, { ...tea, pollId: 'p2' });
  juliet.receives(refusal('message', 'wait', 'resource-constraint'));
});

it('takes a message with a body for speech', () => {
  const { juliet, romeo } = scene();
  says(juliet, tea, '<body>Tea?</body>');
  juliet.receives(refusal('message', 'modify', 'bad-request'));
  hearsNothing(romeo, component);
});
