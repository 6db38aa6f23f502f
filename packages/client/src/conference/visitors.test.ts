import { el, NS } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';
import {
  demotion,
  type PromotionRequest,
  promotionAnswer,
  readPromotionResponse,
  readVisitorNotice,
  withNotice,
} from './visitors.js';

const room = 'r1@conference.meet.example';
const component = 'visitors.meet.example';
const context = { room, component, isModerator: (nick: string) => nick === 'ann' };
const visitor = 'r1@conference.v1.meet.jitsi/vera';

const message = (from: string, json: string, ...more: ReturnType<typeof el>[]) =>
  el('message', { from, type: 'groupchat' }, [el('json-message', { xmlns: NS.jitmeet }, json), ...more]);
const says = (from: string, payload: object) =>
  readVisitorNotice(message(from, JSON.stringify({ type: 'visitors', ...payload })), context);
const asks = { action: 'promotion-request', from: visitor, nick: 'Vera\u202E', on: true };

describe('a notice about visitors', () => {
  it('tells who asks to take part, and who does not any more', () => {
    const request = { id: visitor, displayName: 'Vera' };
    expect(says(component, asks)).toEqual({ kind: 'asked', request, on: true });
    expect(says(component, { ...asks, on: false })).toMatchObject({ on: false });
    expect(says(component, { ...asks, nick: 7 })).toMatchObject({ request: { displayName: '' } });
  });

  it('tells what a moderator decides', () => {
    const answer = { action: 'promotion-response', approved: true };
    expect(says(`${room}/ann`, { ...answer, id: 'a' })).toEqual({ kind: 'answered', ids: ['a'] });
    expect(says(`${room}/ann`, { ...answer, ids: ['a', 7, 'b'] })).toEqual({
      kind: 'answered',
      ids: ['a', 'b'],
    });
    const demote = { action: 'demote-request', id: 'ben', actor: 'ann' };
    expect(says(`${room}/ann`, demote)).toEqual({ kind: 'demoted', nick: 'ben' });
  });

  it.each([
    ['a request that somebody in the room makes up', `${room}/ann`, asks],
    ['a request from another server', 'visitors.evil.example', asks],
    ['an answer of who is no moderator', `${room}/ben`, { action: 'promotion-response', id: 'a' }],
    ['a demotion by who is no moderator', `${room}/ben`, { action: 'demote-request', id: 'ann' }],
    ['a demotion from another room', 'r2@conference.meet.example/ann', { action: 'demote-request', id: 'x' }],
    ['a demotion of nobody', `${room}/ann`, { action: 'demote-request' }],
    ['a request of nobody', component, { action: 'promotion-request', on: true }],
    ['something of another kind', component, { ...asks, type: 'av_moderation' }],
  ])('is not %s', (_, from, payload) => expect(says(from, payload)).toBeUndefined());

  it.each(['', '{', 'null', '[]', '7'])('is not made of %j', (json) => {
    expect(readVisitorNotice(message(component, json), context)).toBeUndefined();
  });

  it('is not taken from the history', () => {
    const delayed = message(
      `${room}/ann`,
      JSON.stringify({ type: 'visitors', action: 'demote-request', id: 'ben' }),
      el('delay', { xmlns: NS.delay, stamp: '2026-01-02T03:04:05Z' }),
    );
    expect(readVisitorNotice(delayed, context)).toBeUndefined();
  });
});

describe('the answer to a raised hand', () => {
  const answer = (attributes: Record<string, string>, from = room) =>
    readPromotionResponse(
      el('iq', { type: 'set', from }, [
        el('visitors', { xmlns: 'jitsi:visitors' }, el('promotion-response', attributes)),
      ]),
      room,
    );

  it('is leave to take part, or none', () => {
    expect(answer({ allow: 'true', username: '0a1b-2c3d' })).toEqual({ kind: 'granted', leave: '0a1b-2c3d' });
    expect(answer({})).toEqual({ kind: 'denied' });
    expect(answer({ username: '0a1b-2c3d' })).toEqual({ kind: 'denied' });
    expect(answer({ allow: 'true', username: 'a&b=c/../..' })).toEqual({ kind: 'denied' });
  });

  it('is taken from the room only', () => {
    expect(answer({ allow: 'true', username: '0a1b-2c3d' }, `${room}/ann`)).toBeUndefined();
    expect(readPromotionResponse(el('iq', { type: 'set', from: room }), room)).toBeUndefined();
  });
});

describe('those who ask', () => {
  const asked = (id: string, on = true) => ({ kind: 'asked', request: { id, displayName: id }, on }) as const;
  const ids = (requests: readonly PromotionRequest[]) => requests.map(({ id }) => id);

  it('stand in the order of their asking, each once, until they are answered or ask no more', () => {
    let all: readonly PromotionRequest[] = [];
    for (const id of ['a', 'b', 'c', 'b']) all = withNotice(all, asked(id));
    expect(ids(all)).toEqual(['a', 'c', 'b']);
    expect(ids(withNotice(all, asked('c', false)))).toEqual(['a', 'b']);
    expect(ids(withNotice(all, { kind: 'answered', ids: ['a', 'b'] }))).toEqual(['c']);
    expect(withNotice(all, { kind: 'demoted', nick: 'a' })).toBe(all);
  });

  it('are not kept without end', () => {
    let all: readonly PromotionRequest[] = [];
    for (let index = 0; index < 600; index += 1) all = withNotice(all, asked(String(index)));
    expect(all).toHaveLength(500);
  });
});

describe('a moderator', () => {
  it('says it to the room in JSON', () => {
    const jsonOf = (sent: ReturnType<typeof el>) =>
      JSON.parse(sent.getChildText('json-message', NS.jitmeet) ?? '') as unknown;
    const answer = promotionAnswer(room, visitor, false);
    expect(answer.attrs).toMatchObject({ to: room, type: 'groupchat' });
    expect(jsonOf(answer)).toEqual({
      type: 'visitors',
      action: 'promotion-response',
      approved: false,
      id: visitor,
    });
    expect(jsonOf(demotion(room, 'ben', 'ann'))).toEqual({
      type: 'visitors',
      action: 'demote-request',
      id: 'ben',
      actor: 'ann',
    });
  });
});
