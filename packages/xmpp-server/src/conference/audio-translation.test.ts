/** Who hears whom in which language. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { audioTranslation } from './index.js';
import { at, enters, hears, hearsNothing, meeting, room, tokenFor } from './testing/meeting.js';

const component = 'audiotranslation.verona.lit';
const scene = (options: object = {}) =>
  meeting(({ stage }) => stage.load(audioTranslation, at('audiotranslation', options)));
const asks = (actor: Actor, wishes: object | string) =>
  actor.sends(
    `<message id='t1' to='${component}'><audio-translation xmlns='http://jitsi.org/jitmeet'>${typeof wishes === 'string' ? wishes : JSON.stringify(wishes)}</audio-translation></message>`,
  );
const listeners = (nicks: readonly string[]) =>
  `<message from='${component}'><translation-listeners xmlns='http://jitsi.org/jitmeet'>${JSON.stringify(nicks)}</translation-listeners></message>`;
const requests = (focus: Actor) =>
  (hears(focus)['metadata'] as Record<string, unknown>)['audioTranslationRequests'];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('tells the focus what is wanted, and speakers who listens, once for all that has changed', () => {
  const { romeo, juliet, focus, tybalt, stage } = scene();
  enters(tybalt, 'tybalt');
  stage.everybodyIgnoresAll();
  asks(juliet, { romeo: 'it' });
  asks(tybalt, { romeo: 'pt-BR' });
  asks(juliet, { tybalt: 'it' });
  focus.receivesNothing();
  vi.advanceTimersByTime(500);
  expect(requests(focus)).toEqual({ romeo: ['it', 'pt-BR'], tybalt: ['it'] });
  focus.receivesNothing();
  romeo.receives(listeners(['juliet', 'tybalt']));
  tybalt.receives(listeners(['juliet']));
  hearsNothing(juliet);
});

it('ends with a wish, with the listener and with the speaker', () => {
  const { romeo, juliet, focus, tybalt } = scene();
  enters(tybalt, 'tybalt');
  asks(juliet, { romeo: 'it', tybalt: 'it' });
  asks(tybalt, { romeo: 'it' });
  vi.advanceTimersByTime(500);
  for (const [ends, left, heard] of [
    [() => asks(juliet, { romeo: '' }), { romeo: ['it'], tybalt: ['it'] }, ['tybalt']],
    [() => tybalt.leaves(room), {}, []],
  ] as const) {
    for (const actor of [focus, romeo]) actor.ignoresAll();
    ends();
    romeo.ignoresAll();
    vi.advanceTimersByTime(500);
    if (heard.length === 0) expect(requests(focus)).toEqual(left);
    romeo.receives(listeners(heard));
  }
});

it('is told to a focus that comes back, with whatever else changes, and to nobody else', () => {
  const { juliet, focus, tybalt, metadata, service } = scene();
  asks(juliet, { romeo: 'it' });
  vi.advanceTimersByTime(500);
  focus.leaves(room);
  focus.ignoresAll();
  enters(focus, 'focus');
  expect(requests(focus)).toEqual({ romeo: ['it'] });
  enters(tybalt, 'tybalt');
  expect(requests(tybalt)).toBeUndefined();
  for (const actor of [focus, juliet]) actor.ignoresAll();
  metadata.set(service.rooms.get(room) ?? expect.fail(), 'x', 1);
  expect(requests(focus)).toEqual({ romeo: ['it'] });
  expect(requests(juliet)).toBeUndefined();
});

it.each([
  ['{', 'modify', 'bad-request'],
  [{ romeo: 'no language at all' }, 'modify', 'bad-request'],
  [{ romeo: 1 }, 'modify', 'bad-request'],
  [{ romeo: 'it', nobody: 'it' }, 'cancel', 'item-not-found'],
  [{ focus: 'it' }, 'cancel', 'item-not-found'],
  [{ __proto__: 'it', tybalt: 'it' }, 'cancel', 'item-not-found'],
  [{ romeo: 'it', juliet: 'it' }, 'cancel', 'policy-violation'],
] as const)('refuses %j, and takes nothing of it', (wishes, type, condition) => {
  const { juliet, romeo } = scene({ subscriptions: 1 });
  asks(juliet, wishes);
  juliet.receives(refusal('message', type, condition));
  vi.advanceTimersByTime(500);
  romeo.receivesNothing();
});

it('takes few languages of one speaker, whoever wants them', () => {
  const { juliet, tybalt, romeo } = scene({ languages: 1 });
  enters(tybalt, 'tybalt');
  tybalt.ignoresAll();
  asks(juliet, { romeo: 'it' });
  asks(tybalt, { romeo: 'de' });
  tybalt.receives(refusal('message', 'cancel', 'policy-violation'));
  asks(tybalt, { romeo: 'it' });
  romeo.ignoresAll();
  vi.advanceTimersByTime(500);
  romeo.receives(listeners(['juliet', 'tybalt']));
});

it('is not for strangers, nor for whose token forbids it; and nothing while it is switched off', () => {
  const { stage, tybalt, juliet, romeo, metadata, service } = scene();
  asks(tybalt, { romeo: 'it' });
  tybalt.receives(refusal('message', 'auth', 'forbidden'));
  const features = new Map([['live-translation-subscribe', false]]);
  const paris = stage.actor('paris@verona.lit/x', { identity: tokenFor({ features }) });
  enters(paris, 'paris');
  paris.ignoresAll();
  asks(paris, { romeo: 'it' });
  paris.receives(refusal('message', 'auth', 'forbidden'));
  metadata.set(service.rooms.get(room) ?? expect.fail(), 'audioTranslation', { enabled: false });
  asks(juliet, { romeo: 'it' });
  romeo.ignoresAll();
  vi.advanceTimersByTime(500);
  romeo.receivesNothing();
});
