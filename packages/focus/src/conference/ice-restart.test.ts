import { stanzaError } from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import { iceOf, type ScriptedColibri, type StageBridge } from '../stage-bridge.test.support.js';
import type { StageClient } from '../stage-client.test.support.js';
import type { Stage } from '../stage.test.support.js';
import { actions, audio, last, openConference } from './scene.test.support.js';

let stage: Stage;
let bridge: StageBridge;
let a: StageClient;
let b: StageClient;
const open = async (iceRestart = true) => {
  const scene = await openConference({ conference: { iceRestart } });
  ({ stage, bridge } = scene);
  [a, b] = await scene.pair();
};
/** Asks for a restart; the answer is the condition of its error. */
const restart = async (id = a.jingles[0]!.bridgeSession!.id) =>
  (await stage.jingle(a, 'session-info', { bridgeSession: { id, iceRestart: true } }))?.condition;
/** The bridge answers restarts so. */
const answerRestarts = (answer: ScriptedColibri) => {
  bridge.answer = (request) => (request.endpoints[0]?.transport?.iceRestart ? answer : 'good');
};

describe('an ICE restart', () => {
  beforeEach(() => open());

  it('is one request to the bridge, and its new transport to the client', async () => {
    answerRestarts({
      endpoints: [{ id: 'aaaa', transport: { ice: { ...iceOf('new'), iceGeneration: 1 } } }],
    });
    expect(await restart()).toBeUndefined();
    expect(bridge.requests.at(-1)!.endpoints).toMatchObject([
      { id: 'aaaa', transport: { iceRestart: true } },
    ]);
    expect(last(a)).toMatchObject({
      action: 'transport-info',
      contents: [{ name: 'audio', transport: { ufrag: 'ufrag-new', iceGeneration: 1 } }],
    });
    expect(actions(a)).not.toContain('session-terminate');
    expect(actions(b)).not.toContain('transport-info');
  });

  it('is answered by the client with the same generation, which the bridge hears', async () => {
    const [content] = audio();
    const transport = { ...content!.transport!, iceGeneration: 1 };
    await stage.jingle(a, 'transport-info', { contents: [{ ...content!, transport }] });
    expect(bridge.requests.at(-1)!.endpoints[0]!.transport!.ice!.iceGeneration).toBe(1);
  });

  it('is told once a generation, and not when there is no new one', async () => {
    const told = () => actions(a).filter((action) => action === 'transport-info').length;
    for (const [iceGeneration, times] of [
      [2, 1],
      [2, 1],
      [1, 1],
      [undefined, 1],
      [3, 2],
    ] as const) {
      const ice = { ...iceOf('new'), ...(iceGeneration !== undefined && { iceGeneration }) };
      answerRestarts({ endpoints: [{ id: 'aaaa', transport: { ice } }] });
      expect(await restart()).toBeUndefined();
      expect(told()).toBe(times);
      await stage.clock.advance(15_000);
    }
  });

  it.each([
    ['refuses it', stanzaError('internal-server-error')],
    ['gives no transport', { endpoints: [{ id: 'aaaa' }] }],
  ])('becomes a new session where the bridge %s', async (_how, answer) => {
    answerRestarts(answer);
    expect(await restart()).toBeUndefined();
    expect(actions(a).slice(-2)).toEqual(['session-terminate', 'session-initiate']);
  });

  it('that the bridge does not answer changes nothing', async () => {
    answerRestarts('silence');
    expect(await restart()).toBeUndefined();
    await stage.clock.advance(15_000);
    expect(actions(a).slice(-1)).not.toEqual(['session-initiate']);
  });

  it('is refused for another bridge session, and to who asks too often', async () => {
    expect(await restart('old')).toBe('item-not-found');
    answerRestarts({ endpoints: [{ id: 'aaaa', transport: { ice: iceOf('same') } }] });
    expect(await restart()).toBeUndefined();
    expect(await restart()).toBe('resource-constraint');
  });

  it('is not there where it is switched off, nor asked for without the word', async () => {
    await open(false);
    expect(await restart()).toBe('feature-not-implemented');
    const before = bridge.requests.length;
    const { id } = a.jingles[0]!.bridgeSession!;
    expect(await stage.jingle(a, 'session-info', { bridgeSession: { id } })).toBeUndefined();
    expect(bridge.requests.length).toBe(before);
  });
});
