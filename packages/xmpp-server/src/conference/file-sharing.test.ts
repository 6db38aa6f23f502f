/** Files that people share (acceptance 87). */
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { fileSharing } from './index.js';
import { at, enters, hears, hearsNothing, meeting, room, tokenFor } from './testing/meeting.js';

const component = 'filesharing.verona.lit';
const scene = (options: object = {}) =>
  meeting(({ stage }) => stage.load(fileSharing, at('filesharing', options)));

const file = { fileId: 'f1', fileName: 'a.pdf', fileSize: 9, fileType: 'application/pdf', timestamp: 1 };
const shares = (actor: Actor, what: object | string = file) =>
  actor.sends(
    `<message to='${component}'><file-sharing xmlns='http://jitsi.org/jitmeet' type='add'>${typeof what === 'string' ? what : JSON.stringify(what)}</file-sharing></message>`,
  );
const withdraws = (actor: Actor, id = 'f1') =>
  actor.sends(
    `<message to='${component}'><file-sharing xmlns='http://jitsi.org/jitmeet' type='remove' fileId='${id}'/></message>`,
  );

it('tells the others what is shared, and by whom, whatever the client says of that', () => {
  const { romeo, juliet, focus } = scene();
  shares(romeo, { ...file, authorParticipantId: 'juliet', conferenceFullName: 'x' });
  expect(hears(juliet, component)).toEqual({
    type: 'file-sharing',
    event: 'add',
    file: {
      ...file,
      authorParticipantId: 'romeo',
      authorParticipantJid: romeo.jid.toString(),
      authorParticipantName: '',
      conferenceFullName: room,
    },
  });
  hearsNothing(romeo);
  hearsNothing(focus);
});

it('tells newcomers what there is, and everybody what is no more', () => {
  const { romeo, juliet, tybalt } = scene();
  shares(romeo);
  enters(tybalt, 'tybalt');
  expect(hears(tybalt, component)).toMatchObject({ event: 'list', files: { f1: { fileName: 'a.pdf' } } });
  juliet.ignoresAll();
  withdraws(romeo);
  expect(hears(juliet, component)).toEqual({ type: 'file-sharing', event: 'remove', fileId: 'f1' });
  withdraws(romeo);
  romeo.receives('<presence/>');
  romeo.receives(refusal('message', 'cancel', 'item-not-found'));
});

it('goes by the token where there is one', () => {
  const { stage, juliet } = scene();
  const identity = tokenFor({ features: new Map([['file-upload', true]]) });
  const paris = stage.actor('paris@verona.lit/x', { identity });
  enters(paris, 'paris');
  shares(paris);
  expect(hears(juliet, component)).toMatchObject({ event: 'add' });
});

it.each([
  ['of a participant', 'juliet', file, 'auth', 'forbidden'],
  ['of a stranger', 'tybalt', file, 'auth', 'forbidden'],
  ['without a name', 'romeo', { ...file, fileName: '' }, 'modify', 'bad-request'],
  ['that is too long', 'romeo', { ...file, fileName: 'x'.repeat(5000) }, 'modify', 'bad-request'],
  ['that is no JSON', 'romeo', '{', 'modify', 'bad-request'],
] as const)('refuses a file %s', (_, who, what, type, condition) => {
  const people = scene();
  shares(people[who], what);
  people[who].receives(refusal('message', type, condition));
  hearsNothing(people.juliet);
});

it('takes one once, and not too many', () => {
  const { romeo } = scene({ files: 1 });
  shares(romeo);
  shares(romeo);
  romeo.receives(refusal('message', 'cancel', 'conflict'));
  shares(romeo, { ...file, fileId: 'f2' });
  romeo.receives(refusal('message', 'wait', 'resource-constraint'));
});
