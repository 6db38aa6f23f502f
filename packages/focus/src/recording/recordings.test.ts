/** Recording, live streaming and SIP calls, against recorders that agree, refuse, are silent, fail late, or vanish. */
import {
  decodeJibri,
  el,
  encodeJibri,
  encodeRecorderStatus,
  type Jibri,
  NS,
  parseStanzaError,
  stanzaError,
} from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import { openModerated } from '../conference/scene.test.support.js';
import type { ScriptedAnswer } from '../scripted-connection.test.support.js';
import type { StageClient } from '../stage-client.test.support.js';
import { ROOM } from '../stage-room.test.support.js';
import type { Stage } from '../stage.test.support.js';
import { settled } from '../virtual-clock.test.support.js';

const BREWERY = 'jibribrewery';
const PENDING = encodeJibri({ status: 'pending' });
const BUSY = encodeJibri({ status: 'off', failureReason: 'busy', shouldRetry: true });

let stage: Stage;
let moderator: StageClient;
let guest: StageClient;
/** How recorders answer, by occupant JID. */
let answers: Map<string, ScriptedAnswer>;
/** What recorders were told, as `<nick> <action>`. */
let told: string[];

beforeEach(async () => {
  ({ stage, moderator, guest } = await openModerated());
  answers = new Map();
  told = [];
  stage.override = (iq) => {
    const jibri = iq.getChild('jibri', NS.jibri);
    if (!jibri) return 'default';
    const to = String(iq.attrs['to']);
    told.push(`${to.split('/')[1]!} ${decodeJibri(jibri).action!}`);
    return answers.get(to) ?? PENDING;
  };
});

const idle = { idle: true, healthy: true };
const recorder = (nick: string, status = idle) => stage.brew(BREWERY, nick, encodeRecorderStatus(status));
const ask = async (client: { readonly jid: string }, jibri: Jibri) => {
  const reply = await stage.ask(client, encodeJibri(jibri));
  const payload = reply.getChild('jibri', NS.jibri);
  return { error: parseStanzaError(reply)?.condition, ...(payload && decodeJibri(payload)) };
};
const start = (more: Jibri = {}) => ask(moderator, { action: 'start', mode: 'file', ...more });
const stop = (more: Jibri = {}) => ask(moderator, { action: 'stop', ...more });
const report = (jid: string, sessionId: string, jibri: Jibri) => ask({ jid }, { sessionId, ...jibri });
/** What the room is told of recordings. */
const notice = (): Record<string, string> | undefined =>
  stage.focusPresence?.getChild('jibri-recording-status', NS.jibri)?.attrs;

describe('a recording', () => {
  it('is taken on by a recorder, begins, and ends when somebody wants it', async () => {
    const jibri = await recorder('one');
    const { status, sessionId } = await start({ appData: '{"a":"<&"}' });
    expect({ status, told }).toEqual({ status: 'pending', told: ['one start'] });
    const request = stage.connection.sent.findLast(({ attrs }) => attrs['to'] === jibri)!.getChild('jibri')!;
    expect(decodeJibri(request)).toEqual({
      action: 'start',
      mode: 'file',
      room: ROOM,
      sessionId,
      appData: '{"a":"<&"}',
    });
    expect(notice()).toBeUndefined();
    expect((await report(jibri, sessionId!, { status: 'on' })).error).toBeUndefined();
    expect(notice()).toMatchObject({ status: 'on', session_id: sessionId, initiator: moderator.jid });
    expect((await stop({ sessionId: sessionId! })).status).toBe('off');
    expect(told).toEqual(['one start', 'one stop']);
    expect(notice()).toMatchObject({ status: 'off', recording_mode: 'file' });
  });

  it('ends with the conference', async () => {
    await recorder('one');
    await start();
    await stage.leave(moderator);
    await stage.leave(guest);
    expect(told.at(-1)).toBe('one stop');
  });

  it('is one at a time, but SIP calls are one for each address', async () => {
    for (const nick of ['one', 'two', 'three']) await recorder(nick);
    await start();
    expect((await start()).error).toBe('unexpected-request');
    expect((await start({ sipAddress: 'sip:a@b.example' })).error).toBeUndefined();
    expect((await start({ sipAddress: 'sip:a@b.example' })).error).toBe('unexpected-request');
    expect((await stop({ sipAddress: 'sip:c@b.example' })).error).toBe('item-not-found');
    expect((await stop({ sipAddress: 'sip:a@b.example' })).status).toBe('off');
    expect((await stop()).status).toBe('off');
  });

  it.each<[string, Jibri, string]>([
    ['without an action', { mode: 'file' }, 'bad-request'],
    ['without a mode', { action: 'start' }, 'bad-request'],
    ['of a file with a stream id', { action: 'start', mode: 'file', streamId: 'key' }, 'bad-request'],
    ['as a stream without a stream id', { action: 'start', mode: 'stream' }, 'bad-request'],
    ['to be stopped that there is not', { action: 'stop' }, 'item-not-found'],
  ])('%s is refused', async (_, request, condition) => {
    await recorder('one');
    expect((await ask(moderator, request)).error).toBe(condition);
    expect(told).toEqual([]);
  });

  it('that was stopped while a recorder was asked does not end the one after it', async () => {
    answers.set(await recorder('slow'), 'silence');
    const first = start();
    await settled();
    await stop();
    await recorder('two');
    const { sessionId } = await start();
    await stage.clock.advance(15_000);
    expect((await first).error).toBe('item-not-found');
    expect(await stop({ sessionId: sessionId! })).toMatchObject({ status: 'off', sessionId });
  });

  it('is for moderators of the conference', async () => {
    await recorder('one');
    expect((await ask(guest, { action: 'start', mode: 'file' })).error).toBe('not-allowed');
    expect((await ask({ jid: `${ROOM}/zzzz` }, { action: 'start', mode: 'file' })).error).toBe('forbidden');
    const elsewhere = { jid: 'r2@conference.meet.example/aaaa' };
    expect((await ask(elsewhere, { action: 'start', mode: 'file' })).error).toBe('item-not-found');
    expect(
      parseStanzaError(await stage.ask(moderator, el('jibri', { xmlns: NS.jibri, action: 'x' }))),
    ).toMatchObject({
      condition: 'bad-request',
    });
  });
});

describe('a recorder', () => {
  it('is not there, or not free', async () => {
    expect((await start()).error).toBe('service-unavailable');
    await recorder('busy', { idle: false, healthy: true });
    await recorder('ill', { idle: true, healthy: false });
    expect((await start()).error).toBe('resource-constraint');
    await stage.brew(BREWERY, 'stranger', encodeRecorderStatus(idle), 'x@guest.meet.example/1');
    expect((await start()).error).toBe('resource-constraint');
  });

  it('that is busy, fails or does not answer makes place for the next', async () => {
    answers.set(await recorder('one'), BUSY);
    answers.set(await recorder('two'), stanzaError('internal-server-error'));
    answers.set(await recorder('three'), 'silence');
    await recorder('four');
    const started = start();
    await settled();
    await stage.clock.advance(15_000);
    expect((await started).status).toBe('pending');
    expect(told).toEqual(['one start', 'two start', 'three start', 'three stop', 'four start']);
  });

  it('is asked no more often than is configured', async () => {
    for (let n = 0; n < 9; n += 1) answers.set(await recorder(`r${n}`), BUSY);
    expect((await start()).error).toBe('internal-server-error');
    expect(told).toHaveLength(6);
  });

  it('that failed is not asked for a while, unless it says that it is free', async () => {
    const jibri = await recorder('one');
    answers.set(jibri, BUSY);
    expect((await start()).error).toBe('resource-constraint');
    answers.delete(jibri);
    await stage.clock.advance(59_000);
    expect((await start()).error).toBe('resource-constraint');
    await recorder('one');
    expect((await start()).status).toBe('pending');
  });

  it.each(['vanishes', 'fails and says that another may do better', 'does not begin'])(
    'that %s is replaced',
    async (how) => {
      const jibri = await recorder('one');
      const { sessionId } = await start();
      await recorder('two');
      if (how === 'vanishes') await stage.vanish(jibri);
      else if (how === 'does not begin') await stage.clock.advance(90_000);
      else await report(jibri, sessionId!, { status: 'off', failureReason: 'error', shouldRetry: true });
      expect(told.at(-1)).toBe('two start');
      expect(notice()).toBeUndefined();
      await report(jibri, sessionId!, { status: 'off', failureReason: 'error' });
      expect(notice()).toBeUndefined();
      await report(`${BREWERY}@internal.auth.meet.example/two`, sessionId!, { status: 'on' });
      expect(notice()).toMatchObject({ status: 'on' });
    },
  );

  it('that fails for good ends the recording, and everybody learns why', async () => {
    const jibri = await recorder('one');
    await recorder('two');
    const { sessionId } = await start();
    await report(jibri, sessionId!, { status: 'on' });
    await report(jibri, sessionId!, { status: 'off', failureReason: 'error', shouldRetry: false });
    expect(notice()).toMatchObject({ status: 'off', failure_reason: 'error' });
    expect(told).toEqual(['one start']);
    expect((await start()).status).toBe('pending');
  });

  it('that reports of what it does not record is told so', async () => {
    const jibri = await recorder('one');
    expect((await report(jibri, 'unknown', { status: 'on' })).error).toBe('item-not-found');
  });

  it('that agrees when nobody wants it any more is stopped', async () => {
    answers.set(await recorder('one'), 'silence');
    const started = start();
    await settled();
    expect((await stop()).status).toBe('off');
    await stage.clock.advance(15_000);
    expect((await started).error).toBe('item-not-found');
    expect(told).toEqual(['one start', 'one stop']);
  });
});
