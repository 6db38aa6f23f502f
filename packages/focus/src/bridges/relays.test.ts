import {
  type ConferenceModify,
  decodeConferenceProperties,
  encodeColibriError,
  stanzaError,
} from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  actions,
  audio,
  endpoints,
  last,
  openConference,
  relays,
  type Scene,
} from '../conference/scene.test.support.js';
import type { StageBridge } from '../stage-bridge.test.support.js';
import type { Stage } from '../stage.test.support.js';

/** Every bridge is used, so that the second participant is on the second. */
const SETTINGS = { bridges: { relays: true, strategy: 'split' } };

let stage: Stage;
let one: StageBridge;
let two: StageBridge;
let accept: Scene['accept'];
let pair: Scene['pair'];
const open = async (settings: object = SETTINGS) => {
  const scene = await openConference(settings);
  ({ stage, accept, pair, bridge: one } = scene);
  stage.reportBridge(one, { relay_id: 'jvb1', stress_level: '0.1', drain: 'false' });
  two = await stage.addBridge('jvb2', { relay_id: 'jvb2', stress_level: '0.2' });
};
const bridgeCount = () => decodeConferenceProperties(stage.focusPresence!)?.['bridge-count'];
const relayRequests = ({ requests }: StageBridge) => requests.flatMap((request) => request.relays ?? []);

describe('a conference on two bridges', () => {
  beforeEach(() => open());

  it('has a relay on each, with the endpoints that are on the other', async () => {
    await stage.join('aaaa');
    await stage.join('bbbb');
    expect([endpoints(one), endpoints(two)]).toEqual([['create aaaa'], ['create bbbb']]);
    expect(relays(one)).toEqual(['create jvb2: create bbbb', 'update jvb2']);
    expect(relays(two)).toEqual(['create jvb1: create aaaa', 'update jvb1']);
    expect(bridgeCount()).toBe('2');
  });

  it('asks each bridge for its conference before its relay', async () => {
    await pair();
    for (const { requests } of [one, two]) {
      expect(requests.findIndex(({ create }) => create)).toBeLessThan(
        requests.findIndex((request) => request.relays),
      );
    }
  });

  it('gives the first bridge the initiative: ICE controlling, client of SCTP, passive in DTLS', async () => {
    await pair();
    const [[fromOne, toOne], [fromTwo, toTwo]] = [relayRequests(one), relayRequests(two)];
    expect(fromOne).toMatchObject({
      meshId: '0',
      transport: { useUniquePort: true, iceControlling: true, sctp: { role: 'client' } },
    });
    expect(fromTwo).toMatchObject({
      meshId: '0',
      transport: { useUniquePort: true, iceControlling: false, sctp: { role: 'server' } },
    });
    expect(fromOne!.media.map(({ type }) => type)).toEqual(['audio', 'video']);
    expect(toOne!.transport!.ice).toMatchObject({ ufrag: 'ufrag-jvb1', fingerprints: [{ setup: 'active' }] });
    expect(toTwo!.transport!.ice).toMatchObject({
      ufrag: 'ufrag-jvb2',
      fingerprints: [{ setup: 'passive' }],
    });
  });

  it('tells the other bridge of sources, of whoever comes, and of whoever goes', async () => {
    const [a] = await pair();
    expect(relayRequests(two).at(-1)).toMatchObject({ id: 'jvb1', endpoints: [{ id: 'aaaa' }] });
    expect(relayRequests(two).at(-1)!.endpoints[0]!.sources).toEqual([
      { type: 'audio', id: 'aaaa-a0', sources: [{ ssrc: 101, name: 'aaaa-a0' }], groups: [] },
    ]);
    await stage.jingle(a, 'source-add', { contents: audio(102) });
    expect(relayRequests(two).at(-1)!.endpoints[0]!.sources?.[0]?.sources).toHaveLength(2);
    const c = await stage.join('cccc');
    expect(relays(two).at(-1)).toBe('update jvb1: create cccc');
    await stage.leave(c);
    expect(relays(two).at(-1)).toBe('update jvb1: expire cccc');
  });

  it('announces who is behind a relay with name and sources', async () => {
    await pair();
    const three = await stage.addBridge('jvb3', { relay_id: 'jvb3', stress_level: '0.3' });
    await stage.join('cccc');
    expect(relays(three).filter((relay) => relay.startsWith('create'))).toEqual([
      'create jvb1: create aaaa',
      'create jvb2: create bbbb',
    ]);
    const [toOne] = relayRequests(three);
    expect(toOne!.endpoints[0]).toMatchObject({
      capabilities: ['source-names'],
      sources: [{ id: 'aaaa-a0', sources: [{ ssrc: 101 }] }],
    });
    expect(bridgeCount()).toBe('3');
  });

  it('is on one again when the last participant of a bridge has left', async () => {
    const [, b] = await pair();
    await stage.leave(b);
    expect(relays(one).at(-1)).toBe('expire jvb2');
    expect(endpoints(two).at(-1)).toBe('expire all');
    expect(bridgeCount()).toBe('1');
  });

  it('goes on without a bridge that is lost, whose participants are linked anew', async () => {
    const [a, b] = await pair();
    await stage.removeBridge(two);
    expect(relays(one).at(-1)).toBe('expire jvb2');
    expect(actions(a)).not.toContain('session-terminate');
    expect(last(b)!.action).toBe('session-initiate');
    const three = await stage.addBridge('jvb3', { relay_id: 'jvb3' });
    await stage.join('cccc');
    expect(relays(three)).toEqual(['create jvb1: create aaaa: create bbbb', 'update jvb1']);
    expect(relays(one).at(-2)).toBe('create jvb3: create cccc');
  });

  it('moves an endpoint that a bridge has forgotten, and tells the other bridge', async () => {
    await pair();
    const c = await stage.join('cccc');
    await accept(c, 301);
    one.answer = () => {
      one.answer = undefined;
      return stanzaError(
        'item-not-found',
        undefined,
        ...encodeColibriError({ reason: 'unknown_endpoint', endpoint: 'cccc' }),
      );
    };
    await stage.jingle(c, 'source-add', { contents: audio(302) });
    expect(relays(two)).toContain('update jvb1: expire cccc');
    expect(last(c)!.action).toBe('session-initiate');
  });
});

describe('a relay that can not be', () => {
  beforeEach(() => open());
  const isRelayCreation = ({ relays: [relay] = [] }: ConferenceModify) => relay?.create === true;

  it.each([
    ['is refused', stanzaError('internal-server-error')],
    ['gets no transport', undefined],
  ])('as it %s leaves the conference on the first bridge', async (_how, answer) => {
    two.answer = (request) => (isRelayCreation(request) ? answer : 'good');
    const a = await stage.join('aaaa');
    const b = await stage.join('bbbb');
    await stage.clock.advance(5_000);
    expect(endpoints(one)).toEqual(['create aaaa', 'create bbbb']);
    expect(endpoints(two).at(-1)).toBe('expire all');
    expect(relays(one).at(-1)).toBe('expire jvb2');
    expect(actions(a)).toEqual(['session-initiate']);
    expect(last(b)!.action).toBe('session-initiate');
    expect(bridgeCount()).toBe('1');
    await stage.join('cccc');
    expect(endpoints(one).at(-1)).toBe('create cccc');
    await stage.clock.advance(60_000);
    two.answer = undefined;
    await stage.join('dddd');
    expect(endpoints(two).at(-1)).toBe('create dddd');
  });
});

describe('a second bridge', () => {
  it.each([
    ['relays are not allowed', { bridges: { strategy: 'split' } }, 'jvb2'],
    ['the strategy is a single one', { bridges: { relays: true } }, 'jvb2'],
    ['it has no relay', SETTINGS, ''],
  ])('is not used where %s', async (_why, settings, relayId) => {
    await open(settings);
    if (relayId === '') {
      await stage.removeBridge(two);
      two = await stage.addBridge('jvb3');
    }
    await pair();
    expect(endpoints(one).filter((each) => each.startsWith('create'))).toEqual([
      'create aaaa',
      'create bbbb',
    ]);
    expect([...relays(one), ...two.requests]).toEqual([]);
  });
});
