/** Who is told what of whom: at once in a small conference, together in a large one, nothing where the bridge tells it. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { StageBridge } from '../stage-bridge.test.support.js';
import type { StageClient } from '../stage-client.test.support.js';
import type { Stage } from '../stage.test.support.js';
import { audio, openConference, type Scene, ssrcs, told } from './scene.test.support.js';

let stage: Stage;
let bridge: StageBridge;
let scene: Scene;
const open = async (conference: object) => {
  scene = await openConference({ conference });
  ({ stage, bridge } = scene);
};
const add = (client: StageClient, ssrc: number) =>
  stage.jingle(client, 'source-add', { contents: audio(ssrc) });
const remove = (client: StageClient, ssrc: number) =>
  stage.jingle(client, 'source-remove', { contents: audio(ssrc) });

describe('changes of sources in a large conference', () => {
  beforeEach(() =>
    open({
      sourceSignalingDelays: [
        [2, 500],
        [3, 1_000],
      ],
    }),
  );

  it('are told together after a while', async () => {
    const [a, b] = await scene.pair();
    await stage.clock.advance(500);
    const before = told(b).length;
    await add(a, 102);
    await stage.clock.advance(300);
    await add(a, 103);
    await remove(a, 101);
    expect(told(b)).toHaveLength(before);
    await stage.clock.advance(200);
    expect(told(b).slice(before)).toEqual([
      ['source-remove', { aaaa: [101] }],
      ['source-add', { aaaa: [102, 103] }],
    ]);
  });

  it('are not told when they cancel each other out, nor to who has left', async () => {
    const [a, b] = await scene.pair();
    const c = await stage.join('cccc');
    await stage.clock.advance(1_000);
    const before = [b, c].map((client) => told(client).length);
    await add(a, 102);
    await remove(a, 102);
    await add(b, 202);
    await stage.leave(c);
    await stage.clock.advance(1_000);
    expect([b, c].map((client) => told(client).length)).toEqual(before);
  });
});

describe('when somebody leaves', () => {
  beforeEach(() => open({}));

  it('nothing is told: the others learn it from presence', async () => {
    const [a, b] = await scene.pair();
    const before = told(b).length;
    await stage.leave(a);
    expect(told(b)).toHaveLength(before);
  });

  it('what is still on its way to another is taken back, as it may arrive after that presence', async () => {
    const [a, b] = await scene.pair();
    b.answer = 'silence';
    await add(a, 102);
    await stage.leave(a);
    expect(told(b).slice(-2)).toEqual([
      ['source-add', { aaaa: [102] }],
      ['source-remove', { aaaa: [101, 102] }],
    ]);
  });

  it('what an offer told that is on its way is taken back once it is accepted', async () => {
    const [a] = await scene.pair();
    stage.override = (iq) => {
      const newcomer = stage.clients.get(String(iq.attrs['to']));
      if (newcomer && iq.getChild('jingle')) newcomer.answer = 'silence';
      return 'default';
    };
    const c = await stage.join('cccc');
    expect(ssrcs(c.jingles[0]?.jsonSources)).toMatchObject({ aaaa: [101], bbbb: [201] });
    await stage.leave(a);
    expect(told(c)).toEqual([]);
    await scene.accept(c, 301);
    expect(told(c)).toEqual([['source-remove', { aaaa: [101] }]]);
  });
});

it('whoever stays without a session is taken from those that have not accepted yet', async () => {
  await open({});
  const [a] = await scene.pair();
  const c = await stage.join('cccc');
  await stage.jingle(a, 'session-terminate');
  await scene.accept(c, 301);
  expect(told(c)).toEqual([['source-remove', { aaaa: [101] }]]);
});

it('sizes of conferences have to rise', async () => {
  await expect(
    open({
      sourceSignalingDelays: [
        [3, 1],
        [2, 2],
      ],
    }),
  ).rejects.toThrow('sizes must rise');
});

describe('a client whose bridge may rewrite SSRCs', () => {
  const features = [
    'urn:xmpp:jingle:apps:rtp:audio',
    'http://jitsi.org/json-encoded-sources',
    'http://jitsi.org/ssrc-rewriting-1',
  ];

  it("is told of no sources but the bridge's, and the bridge that it may", async () => {
    await open({ ssrcRewriting: true });
    const [a] = await scene.pair();
    const c = await stage.join('cccc', { features });
    expect(ssrcs(c.jingles[0]!.jsonSources)).toEqual({ jvb: [11] });
    expect(bridge.requests.at(-1)!.endpoints[0]!.capabilities).toEqual(['source-names', 'ssrc-rewriting']);
    await scene.accept(c);
    await add(a, 102);
    expect(told(c)).toEqual([]);
  });

  it('is treated as any other where that is not wanted', async () => {
    await open({});
    await scene.pair();
    const c = await stage.join('cccc', { features });
    expect(ssrcs(c.jingles[0]!.jsonSources)).toMatchObject({ aaaa: [101], bbbb: [201] });
    expect(bridge.requests.at(-1)!.endpoints[0]!.capabilities).toEqual(['source-names']);
  });
});

describe('redundant audio', () => {
  const features = ['urn:xmpp:jingle:apps:rtp:audio', 'http://jitsi.org/opus-red'];
  const offered = async () => {
    await scene.pair();
    const { jingles } = await stage.join('cccc', { features });
    return jingles[0]!.contents[0]!.description!.payloadTypes.map(({ name }) => name);
  };

  it('is offered where that is wanted, to clients that know it; the bridge is told', async () => {
    await open({ redundantAudio: true });
    expect(await offered()).toEqual(['red', 'opus']);
    const told = bridge.requests.flatMap(({ endpoints }) =>
      endpoints.flatMap(({ id, media: [audio] }) => (audio ? [[id, audio.payloadTypes[0]!.name]] : [])),
    );
    expect(told).toEqual([
      ['aaaa', 'opus'],
      ['bbbb', 'opus'],
      ['cccc', 'red'],
    ]);
  });

  it('is not offered elsewhere', async () => {
    await open({});
    expect(await offered()).toEqual(['opus']);
  });
});
