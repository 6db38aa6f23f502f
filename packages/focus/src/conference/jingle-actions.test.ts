import { decodeConferenceProperties, el, type Jingle, NS, parseStanzaError } from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StageBridge } from '../stage-bridge.test.support.js';
import type { StageClient } from '../stage-client.test.support.js';
import { ROOM } from '../stage-room.test.support.js';
import type { Stage } from '../stage.test.support.js';
import { actions, audio, endpoints, last, openConference, type Scene, told } from './scene.test.support.js';

let stage: Stage;
let bridge: StageBridge;
let pair: Scene['pair'];
let accept: Scene['accept'];
const open = async (...args: Parameters<typeof openConference>) => {
  ({ stage, bridge, pair, accept } = await openConference(...args));
};

describe('the sources of participants', () => {
  beforeEach(() => open());

  it('go to the bridge, and to the others once these have accepted', async () => {
    const a = await stage.join('aaaa');
    const b = await stage.join('bbbb');
    await accept(a, 101);
    expect(told(b)).toEqual([]);
    await accept(b, 201);
    expect(told(b)).toEqual([['source-add', { aaaa: [101] }]]);
    expect(told(a)).toEqual([['source-add', { bbbb: [201] }]]);
    const [update] = bridge.requests.at(-1)!.endpoints;
    expect(update).toMatchObject({ id: 'bbbb', transport: { ice: { ufrag: 'cu' } } });
    expect(update!.sources).toEqual([
      { type: 'audio', id: 'bbbb-a0', sources: [{ ssrc: 201, name: 'bbbb-a0' }], groups: [] },
    ]);
  });

  it('may be added and removed later; the bridge hears the whole set', async () => {
    const [a, b] = await pair();
    expect(await stage.jingle(a, 'source-add', { contents: audio(102) })).toBeUndefined();
    expect(bridge.requests.at(-1)!.endpoints[0]!.sources?.flatMap(({ sources }) => sources)).toHaveLength(2);
    expect(await stage.jingle(a, 'source-remove', { contents: audio(101) })).toBeUndefined();
    expect(bridge.requests.at(-1)!.endpoints[0]!.sources?.flatMap(({ sources }) => sources)).toHaveLength(1);
    expect(told(b).slice(-2)).toEqual([
      ['source-add', { aaaa: [102] }],
      ['source-remove', { aaaa: [101] }],
    ]);
  });

  it('that are not valid are refused and reach nobody', async () => {
    const [a, b] = await pair();
    const before = [b.jingles.length, bridge.requests.length];
    for (const ssrc of [101, 201, 11, 12]) {
      expect((await stage.jingle(a, 'source-add', { contents: audio(ssrc) }))?.condition).toBe('bad-request');
    }
    for (const ssrc of [201, 999]) {
      expect((await stage.jingle(a, 'source-remove', { contents: audio(ssrc) }))?.condition).toBe(
        'bad-request',
      );
    }
    expect(await stage.jingle(a, 'source-add', { contents: [] })).toBeUndefined();
    expect([b.jingles.length, bridge.requests.length]).toEqual(before);
  });

  it('in an answer that is refused end the session', async () => {
    const a = await stage.join('aaaa');
    const b = await stage.join('bbbb');
    await accept(a, 101);
    expect((await accept(b, 101))?.condition).toBe('bad-request');
    expect(endpoints(bridge).at(-1)).toBe('expire bbbb');
    expect((await accept(b, 201))?.condition).toBe('gone');
  });

  it('may not be added while as many send as may, which the focus says in its presence', async () => {
    await open({ conference: { maxAudioSenders: 1 } });
    const [a, b] = await pair();
    const shown = () => decodeConferenceProperties(stage.focusPresence!);
    expect(shown()).not.toHaveProperty('audio-limit-reached');
    const info = (muted: boolean) => el('SourceInfo', {}, JSON.stringify({ 'bbbb-a0': { muted } }));
    stage.present(b, info(false));
    expect(shown()).toMatchObject({ 'audio-limit-reached': 'true' });
    expect((await stage.jingle(a, 'source-add', { contents: audio(102) }))?.condition).toBe(
      'resource-constraint',
    );
    stage.present(b, info(true));
    expect(shown()).toMatchObject({ 'audio-limit-reached': 'false' });
    expect(await stage.jingle(a, 'source-add', { contents: audio(102) })).toBeUndefined();
  });

  it('are not taken from visitors', async () => {
    const [a] = await pair();
    stage.promote(a, 'none', 'visitor');
    expect((await stage.jingle(a, 'source-add', { contents: audio(102) }))?.condition).toBe('forbidden');
  });

  it('are forgotten without a word when their owner leaves', async () => {
    const [a, b] = await pair();
    const c = await stage.join('cccc');
    await accept(c, 301);
    const before = b.jingles.length;
    await stage.leave(a);
    expect(b.jingles.length).toBe(before);
    expect(endpoints(bridge).at(-1)).toBe('expire aaaa');
    expect(await stage.jingle(c, 'source-add', { contents: audio(101) })).toBeUndefined();
  });
});

describe('ICE that has failed', () => {
  beforeEach(() => open());
  const bridgeSession = ({ jingles }: StageClient) =>
    jingles.findLast(({ action }) => action === 'session-initiate')!.bridgeSession!.id;
  const failed = (client: StageClient, id?: string) =>
    stage.jingle(client, 'session-info', {
      iceState: 'failed',
      bridgeSession: { id: id ?? bridgeSession(client) },
    });

  it('is answered by another invitation', async () => {
    const [a] = await pair();
    expect(await failed(a)).toBeUndefined();
    expect(actions(a).slice(-2)).toEqual(['session-terminate', 'session-initiate']);
    expect(endpoints(bridge).slice(-2)).toEqual(['expire aaaa', 'create aaaa']);
  });

  it('changes nothing for another bridge session, nor soon again', async () => {
    const [a] = await pair();
    expect(await failed(a, 'another')).toBeUndefined();
    expect(actions(a)).not.toContain('session-terminate');
    await failed(a);
    await accept(a, 101);
    const told = a.jingles.length;
    expect(
      await stage.jingle(a, 'session-info', {
        iceState: 'failed',
        bridgeSession: { id: bridgeSession(a) },
      }),
    ).toBeUndefined();
    expect(a.jingles).toHaveLength(told);
  });

  it('is of no concern in other states', async () => {
    const [a] = await pair();
    const info = { iceState: 'disconnected', bridgeSession: { id: bridgeSession(a) } };
    expect(await stage.jingle(a, 'session-info', info)).toBeUndefined();
    expect(actions(a)).not.toContain('session-terminate');
  });
});

describe('a Jingle request', () => {
  beforeEach(() => open());

  it('needs a session that the sender has', async () => {
    const [a, b] = await pair();
    const foreign = a.jingles[0]!.sid;
    expect((await stage.jingle(b, 'source-add', { sid: foreign, contents: audio(7) }))?.condition).toBe(
      'bad-request',
    );
    expect((await stage.jingle(b, 'session-terminate', { sid: foreign }))?.condition).toBe('bad-request');
    expect((await stage.jingle(b, 'source-add', { sid: 'none' }))?.condition).toBe('bad-request');
    const stranger = { ...a, jid: `${ROOM}/zzzz` };
    expect((await stage.jingle(stranger, 'source-add', { sid: foreign }))?.condition).toBe('item-not-found');
    const elsewhere = { ...a, jid: 'other@conference.meet.example/aaaa' };
    expect((await stage.jingle(elsewhere, 'source-add', { sid: foreign }))?.condition).toBe('item-not-found');
  });

  it('of another session that has ended is told so', async () => {
    const [a] = await pair();
    await stage.jingle(a, 'session-terminate');
    for (const action of ['session-accept', 'source-add', 'transport-info', 'session-terminate'] as const) {
      expect((await stage.jingle(a, action, { contents: audio(7) }))?.condition).toBe('gone');
    }
  });

  it('is carried out or answered with what is wrong', async () => {
    const [a] = await pair();
    const answer = async (action: Parameters<Stage['jingle']>[1], parts: Partial<Jingle> = {}) =>
      (await stage.jingle(a, action, parts))?.condition;
    expect(await answer('session-accept', { contents: audio(7) })).toBe('unexpected-request');
    expect(await answer('transport-info')).toBe('bad-request');
    expect(await answer('transport-info', { contents: audio() })).toBeUndefined();
    expect(bridge.requests.at(-1)!.endpoints[0]).toMatchObject({
      id: 'aaaa',
      transport: { ice: { ufrag: 'cu' } },
    });
    expect(await answer('session-info')).toBeUndefined();
    expect(await answer('session-info', { bridgeSession: { id: 'b' } })).toBeUndefined();
    expect(await answer('content-add')).toBe('feature-not-implemented');
    const nonsense = el('jingle', { xmlns: NS.jingle, action: 'dance', sid: '1' });
    expect(parseStanzaError(await stage.ask(a, nonsense))?.condition).toBe('bad-request');
  });

  it('to change sources waits for the answer to the offer', async () => {
    const a = await stage.join('aaaa');
    await stage.join('bbbb');
    expect((await stage.jingle(a, 'source-add', { contents: audio(7) }))?.condition).toBe(
      'unexpected-request',
    );
  });
});

describe('a restart', () => {
  beforeEach(() => open());
  const restart = (
    client: StageClient,
    id = client.jingles.findLast((each) => each.bridgeSession)!.bridgeSession!.id,
  ) => stage.jingle(client, 'session-terminate', { bridgeSession: { id, restart: true } });

  it('takes the session away and offers another', async () => {
    const [a, b] = await pair();
    expect(await restart(a)).toBeUndefined();
    expect(actions(a).slice(-1)).toEqual(['session-initiate']);
    expect(last(a)!.sid).not.toBe(a.jingles[0]!.sid);
    expect(endpoints(bridge).slice(-2)).toEqual(['expire aaaa', 'create aaaa']);
    expect(told(b).at(-1)).toEqual(['source-remove', { aaaa: [101] }]);
    expect(await accept(a, 101)).toBeUndefined();
    expect(told(b).at(-1)).toEqual(['source-add', { aaaa: [101] }]);
  });

  it('is refused for another bridge session', async () => {
    const [a] = await pair();
    expect((await restart(a, 'old'))?.condition).toBe('item-not-found');
    expect((await restart(a, 'old'))?.condition).toBe('gone');
  });

  it('is refused to who asks too often, and again possible later', async () => {
    const [a] = await pair();
    expect(await restart(a)).toBeUndefined();
    await stage.clock.advance(5_000);
    expect(await restart(a)).toBeUndefined();
    await stage.clock.advance(4_999);
    expect((await restart(a))?.condition).toBe('resource-constraint');
    expect(actions(a).filter((action) => action === 'session-initiate')).toHaveLength(3);
  });

  it('is not what a session-terminate without it asks for', async () => {
    const [a, b] = await pair();
    expect(await stage.jingle(a, 'session-terminate')).toBeUndefined();
    expect(actions(a).filter((action) => action === 'session-initiate')).toHaveLength(1);
    expect(told(b).at(-1)).toEqual(['source-remove', { aaaa: [101] }]);
  });
});
