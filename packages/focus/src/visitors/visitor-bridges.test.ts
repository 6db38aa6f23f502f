/** Visitors on bridges of their own, which hang on one of the participants' by a mesh of their own (focus reference 4.3). */
import { expect, it } from 'vitest';
import { audio, endpoints, relays } from '../conference/scene.test.support.js';
import type { StageBridge } from '../stage-bridge.test.support.js';
import { Stage } from '../stage.test.support.js';
import { settled } from '../virtual-clock.test.support.js';

const service = 'conference.v1.meet.jitsi';

/** Two take part, on a bridge each; one looks on, on a third. */
async function visited() {
  const stage = new Stage({
    visitors: { enabled: true, nodes: [{ name: 'v1', service }], maxParticipants: 2 },
    bridges: { relays: true, strategy: 'split', visitorStrategy: 'single' },
  });
  await settled();
  const bridges: StageBridge[] = [];
  for (const [name, stress] of [
    ['jvb1', '0.1'],
    ['jvb2', '0.2'],
  ] as const) {
    bridges.push(await stage.addBridge(name, { relay_id: name, stress_level: stress }));
  }
  await stage.request('host@meet.example/h1');
  const a = await stage.join('aaaa');
  const b = await stage.join('bbbb');
  await stage.jingle(a, 'session-accept', { contents: audio(101) });
  await stage.jingle(b, 'session-accept', { contents: audio(201) });
  bridges.push(await stage.addBridge('jvb3', { relay_id: 'jvb3', stress_level: '0.01' }));
  await stage.request('g@guest.meet.example/r', {}, { 'visitors-version': '1' });
  await settled();
  const visitor = await stage.join('v111', { room: `room1@${service}`, role: 'visitor' });
  const [one, two, three] = bridges as [StageBridge, StageBridge, StageBridge];
  return { stage, a, b, visitor, one, two, three };
}

const created = ({ requests }: StageBridge) =>
  requests.flatMap(({ relays: asked = [] }) => asked.flatMap((relay) => (relay.create ? relay : [])));

it('get from one bridge what all have', async () => {
  const { one, two, three } = await visited();
  expect(endpoints(three)).toEqual(['create v111']);
  expect(created(three)).toMatchObject([
    { id: 'jvb1', meshId: '1', endpoints: [{ id: 'aaaa' }, { id: 'bbbb' }] },
  ]);
  expect(created(one).map(({ id, meshId }) => [id, meshId])).toEqual([
    ['jvb2', '0'],
    ['jvb3', '1'],
  ]);
  expect(created(one)[1]?.endpoints).toEqual([]);
  expect(created(two).map(({ id }) => id)).toEqual(['jvb1']);
});

it('learn of changes by that one', async () => {
  const { stage, b, three } = await visited();
  await stage.jingle(b, 'source-add', { contents: audio(202) });
  await stage.leave(b);
  expect(relays(three).slice(-2)).toEqual(['update jvb1: update bbbb', 'update jvb1: expire bbbb']);
});

it('hang on another bridge when theirs is lost', async () => {
  const { stage, one, two, three } = await visited();
  await stage.removeBridge(one);
  expect(created(three).map(({ id }) => id)).toEqual(['jvb1', 'jvb2']);
  expect(relays(three)).toContain('expire jvb1');
  expect(created(two).map(({ id, meshId }) => [id, meshId])).toEqual([
    ['jvb1', '0'],
    ['jvb3', '2'],
  ]);
  // Who was on the lost one is invited elsewhere, and known to the visitors' bridge again.
  expect(endpoints(two)).toContain('create aaaa');
  expect(relays(three).at(-1)).toContain('create aaaa');
});
