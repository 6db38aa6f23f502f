import { decodeConferenceProperties, el, encodeColibriError, stanzaError } from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StageBridge } from '../stage-bridge.test.support.js';
import type { Stage } from '../stage.test.support.js';
import { settled } from '../virtual-clock.test.support.js';
import {
  actions,
  audio,
  endpoints,
  last,
  openConference,
  type Scene,
} from '../conference/scene.test.support.js';

let stage: Stage;
let bridge: StageBridge;
let pair: Scene['pair'];
let accept: Scene['accept'];
const open = async (...args: Parameters<typeof openConference>) => {
  ({ stage, bridge, pair, accept } = await openConference(...args));
};

describe('bridges of a conference', () => {
  const shown = () => stage.focusPresence!;
  beforeEach(() => open());

  it('are counted in the presence of the focus', async () => {
    await stage.join('aaaa');
    expect(
      decodeConferenceProperties(
        stage.connection.sent.findLast((each) => each.getChild('conference-properties'))!,
      ),
    ).toEqual({
      'support-terminate-restart': 'true',
    });
    await stage.join('bbbb');
    expect(decodeConferenceProperties(shown())).toMatchObject({ 'bridge-count': '1' });
    expect(shown().getChild('x')).toBeUndefined();
  });

  it('are missed aloud, and everybody is invited when one appears', async () => {
    await stage.removeBridge(bridge);
    const a = await stage.join('aaaa');
    const b = await stage.join('bbbb');
    expect([...a.jingles, ...b.jingles]).toEqual([]);
    expect(shown().getChild('bridgeNotAvailable')).toBeDefined();
    await stage.addBridge('jvb2');
    for (const client of [a, b]) expect(actions(client)).toEqual(['session-initiate']);
    expect(shown().getChild('bridgeNotAvailable')).toBeUndefined();
  });

  it('are accounts of bridges only', async () => {
    await stage.removeBridge(bridge);
    stage.reportBridge(bridge, { stress_level: '0' }, 'evil@guest.meet.example/1');
    expect(stage.focus.stats().bridges).toBe(0);
  });

  it('that leave are replaced by another', async () => {
    const [a, b] = await pair();
    const other = await stage.addBridge('jvb2');
    await stage.removeBridge(bridge);
    for (const client of [a, b]) {
      expect(actions(client).slice(-2)).toEqual(['session-terminate', 'session-initiate']);
      expect(client.jingles.at(-2)!.reason).toEqual({ condition: 'success', text: 'moving' });
    }
    expect(endpoints(other)).toEqual(['create aaaa', 'create bbbb']);
    expect(await accept(a, 101)).toBeUndefined();
    expect(await accept(b, 201)).toBeUndefined();
  });

  it('that shut down are left', async () => {
    await pair();
    const other = await stage.addBridge('jvb2');
    stage.reportBridge(bridge, { shutting_down: 'true' });
    await settled();
    expect(endpoints(other)).toEqual(['create aaaa', 'create bbbb']);
    expect(endpoints(bridge).at(-1)).toBe('expire all');
  });

  it('that do not answer an allocation are given up', async () => {
    bridge.answer = () => 'silence';
    const a = await stage.join('aaaa');
    await stage.join('bbbb');
    const other = await stage.addBridge('jvb2', { stress_level: '0.9' });
    await stage.clock.advance(15_000);
    expect(actions(a)).toEqual(['session-initiate']);
    expect(endpoints(other)).toEqual(['create aaaa', 'create bbbb']);
    expect(stage.focus.stats()).toMatchObject({ bridges: 2, operationalBridges: 1 });
  });

  it('that fail again and again are asked again and again, but ever less often', async () => {
    bridge.answer = () =>
      stanzaError('conflict', undefined, ...encodeColibriError({ reason: 'conference_already_exists' }));
    const a = await stage.join('aaaa');
    await stage.join('bbbb');
    const attempts = () => bridge.requests.filter(({ endpoints: [first] }) => first?.create).length;
    const soon = attempts();
    await stage.clock.advance(60_000);
    expect(attempts() - soon).toBeGreaterThan(2);
    expect(attempts()).toBeLessThan(40);
    bridge.answer = undefined;
    await stage.clock.advance(30_000);
    expect(actions(a)).toEqual(['session-initiate']);
  });

  it('that forget an endpoint are asked for another', async () => {
    const [a, b] = await pair();
    bridge.answer = ({ endpoints: [endpoint] }) =>
      endpoint?.create
        ? 'silence'
        : stanzaError(
            'item-not-found',
            undefined,
            ...encodeColibriError({ reason: 'unknown_endpoint', endpoint: 'aaaa' }),
          );
    await stage.jingle(a, 'source-add', { contents: audio(102) });
    expect(actions(a).at(-1)).toBe('session-terminate');
    expect(endpoints(bridge).at(-1)).toBe('create aaaa');
    expect(actions(b)).not.toContain('session-terminate');
  });

  it('that refuse what a participant says of itself lose that participant and nobody else', async () => {
    const [a, b] = await pair();
    bridge.answer = ({ endpoints: [endpoint] }) =>
      endpoint?.transport?.ice ? stanzaError('bad-request', 'no fingerprint') : 'silence';
    expect(await stage.jingle(a, 'transport-info', { contents: audio() })).toBeUndefined();
    expect(last(a)).toMatchObject({ action: 'session-terminate', reason: { condition: 'failed-transport' } });
    expect(endpoints(bridge).at(-1)).toBe('expire aaaa');
    expect(actions(b)).not.toContain('session-terminate');
  });

  it('that forget an endpoint again and again lose it', async () => {
    const [a] = await pair();
    let created = 0;
    const unknown = encodeColibriError({ reason: 'unknown_endpoint', endpoint: 'aaaa' });
    const good = bridge.answer;
    for (let n = 0; n < 2; n += 1) {
      bridge.answer = ({ endpoints: [endpoint] }) => {
        bridge.answer = good;
        return endpoint?.create ? 'silence' : stanzaError('item-not-found', undefined, ...unknown);
      };
      await stage.jingle(a, 'source-add', { contents: audio(102) });
      created = endpoints(bridge).filter((each) => each === 'create aaaa').length;
      await accept(a, 101);
    }
    expect(created).toBe(2);
    expect(last(a)).toMatchObject({ action: 'session-terminate', reason: { condition: 'gone' } });
  });

  it('that forget the conference are asked to hold it again', async () => {
    const [a, b] = await pair();
    bridge.answer = () => {
      bridge.answer = undefined;
      return stanzaError(
        'item-not-found',
        undefined,
        ...encodeColibriError({ reason: 'conference_not_found' }),
      );
    };
    await stage.jingle(a, 'source-add', { contents: audio(102) });
    for (const client of [a, b]) expect(last(client)!.action).toBe('session-initiate');
    expect(endpoints(bridge).slice(-2)).toEqual(['create aaaa', 'create bbbb']);
  });

  it('are not asked for an endpoint that nobody waits for any more', async () => {
    bridge.answer = () => 'silence';
    const a = await stage.join('aaaa');
    const b = await stage.join('bbbb');
    await stage.leave(a);
    expect(endpoints(bridge).at(-1)).toBe('expire aaaa');
    await stage.leave(b);
    expect(endpoints(bridge).at(-1)).toBe('expire all');
    await stage.clock.advance(20_000);
    expect([...a.jingles, ...b.jingles]).toEqual([]);
  });
});

describe('an endpoint', () => {
  it('of a recorder may reach its bridge within the network of the operator', async () => {
    await open();
    const jibri = el('features', {}, el('feature', { var: 'http://jitsi.org/protocol/jibri' }));
    await stage.join('aaaa');
    await stage.join('jibri', { realJid: 'jibri@auth.meet.example/1', children: [jibri] });
    const local = bridge.requests.map(({ endpoints: [endpoint] }) =>
      endpoint?.capabilities.includes('private-address-connectivity'),
    );
    expect(local).toEqual([false, true]);
  });
});

describe('health checks', () => {
  beforeEach(async () => {
    await open();
    stage.reportBridge(bridge, { drain: 'false' });
  });

  it('that fail move everybody off the bridge', async () => {
    await pair();
    const other = await stage.addBridge('jvb2', { stress_level: '0.9' });
    bridge.health = stanzaError('internal-server-error');
    await stage.clock.advance(10_000);
    expect(endpoints(other)).toEqual(['create aaaa', 'create bbbb']);
  });

  it('without an answer move everybody off the bridge within ten seconds', async () => {
    const [a, b] = await pair();
    const other = await stage.addBridge('jvb2', { stress_level: '0.9' });
    bridge.health = 'silence';
    bridge.answer = () => 'silence';
    // A busy machine has the rest.
    await stage.clock.advance(6_500);
    expect(endpoints(other)).toEqual(['create aaaa', 'create bbbb']);
    for (const client of [a, b]) expect(actions(client).at(-1)).toBe('session-initiate');
  });

  it('without an answer once change nothing', async () => {
    const [a] = await pair();
    await stage.addBridge('jvb2', { stress_level: '0.9' });
    bridge.health = 'silence';
    await stage.clock.advance(2_000 + 2_000);
    bridge.health = undefined;
    await stage.clock.advance(30_000);
    expect(stage.focus.stats().operationalBridges).toBe(2);
    expect(actions(a)).not.toContain('session-terminate');
  });

  it.each([
    ['without an answer', 'silence', 20],
    ['that fail', stanzaError('internal-server-error'), 70],
  ] as const)(
    '%s leave conferences where they are while there is no other bridge, and let newcomers there',
    async (_, health, seconds) => {
      const [a] = await pair();
      bridge.health = health;
      await stage.clock.advance(10_000);
      expect(stage.focus.stats().operationalBridges).toBe(0);
      const c = await stage.join('cccc');
      bridge.health = undefined;
      await stage.clock.advance(seconds * 1000);
      expect(stage.focus.stats().operationalBridges).toBe(1);
      expect(actions(c)).toEqual(['session-initiate']);
      expect(actions(a)).not.toContain('session-terminate');
      expect(stage.focusPresence!.getChild('bridgeNotAvailable')).toBeUndefined();
    },
  );

  it.each([
    ['without an answer', 'silence'],
    ['that fail', stanzaError('internal-server-error')],
  ] as const)(
    '%s do not hinder a conference from beginning where there is no other bridge',
    async (_, health) => {
      bridge.health = health;
      await stage.clock.advance(10_000);
      const [a, b] = await pair();
      for (const client of [a, b]) expect(actions(client)[0]).toBe('session-initiate');
      const other = await stage.addBridge('jvb2');
      expect(endpoints(other)).toEqual(['create aaaa', 'create bbbb']);
      for (const client of [a, b])
        expect(actions(client).slice(-2)).toEqual(['session-terminate', 'session-initiate']);
    },
  );

  it('that fail leave those alone who are there, though the bridge takes nobody else', async () => {
    const [a] = await pair();
    const missed = () => stage.focusPresence!.getChild('bridgeNotAvailable') !== undefined;
    bridge.health = stanzaError('internal-server-error');
    await stage.clock.advance(10_000);
    bridge.answer = ({ endpoints: [endpoint] }) =>
      endpoint?.create ? stanzaError('internal-server-error') : 'silence';
    const c = await stage.join('cccc');
    expect(missed()).toBe(true);
    await stage.clock.advance(30_000);
    expect(actions(a)).not.toContain('session-terminate');
    expect(c.jingles).toEqual([]);
    bridge.answer = undefined;
    await stage.clock.advance(30_000);
    expect(actions(c)).toEqual(['session-initiate']);
    expect(missed()).toBe(false);
    expect(actions(a)).not.toContain('session-terminate');
  });

  it('of a bridge that takes no conference are no reason to say that there is one', async () => {
    bridge.health = 'silence';
    bridge.answer = () => 'silence';
    await stage.clock.advance(10_000);
    const a = await stage.join('aaaa');
    await stage.join('bbbb');
    await stage.clock.advance(60_000);
    expect(stage.focusPresence!.getChild('bridgeNotAvailable')).toBeDefined();
    const other = await stage.addBridge('jvb2');
    await stage.clock.advance(20_000);
    expect(endpoints(other)).toEqual(['create aaaa', 'create bbbb']);
    expect(actions(a)).toEqual(['session-initiate']);
    expect(stage.focusPresence!.getChild('bridgeNotAvailable')).toBeUndefined();
  });

  it.each([
    ['without an answer', 'silence'],
    ['that fail', stanzaError('internal-server-error')],
  ] as const)('%s move everybody as soon as another bridge comes', async (_, health) => {
    await pair();
    bridge.health = health;
    await stage.clock.advance(10_000);
    const other = await stage.addBridge('jvb2');
    expect(endpoints(other)).toEqual(['create aaaa', 'create bbbb']);
  });

  it.each(['forbidden', 'item-not-found'] as const)('answered %s say nothing', async (condition) => {
    bridge.health = stanzaError(condition);
    await stage.clock.advance(60_000);
    expect(stage.focus.stats().operationalBridges).toBe(1);
  });
});

describe('health by presence', () => {
  beforeEach(() => open({ bridges: { healthChecks: { usePresence: true } } }));
  const asked = () => stage.connection.sent.filter((iq) => iq.getChild('healthcheck')).length;
  /** Time passes in which this bridge goes on telling how it is. */
  const lives = async (alive: StageBridge, seconds: number) => {
    for (let second = 0; second < seconds; second += 5) {
      stage.reportBridge(alive, {});
      await stage.clock.advance(5_000);
    }
  };

  it('asks nobody, and moves everybody off a bridge that says it is ill', async () => {
    await pair();
    const other = await stage.addBridge('jvb2', { stress_level: '0.9' });
    stage.reportBridge(bridge, { healthy: 'true' });
    await stage.clock.advance(2_000);
    expect(endpoints(other)).toEqual([]);
    stage.reportBridge(bridge, { healthy: 'false' });
    await stage.clock.advance(2_000);
    expect(endpoints(other)).toEqual(['create aaaa', 'create bbbb']);
    expect(asked()).toBe(0);
  });

  it('moves everybody off a bridge that has not been heard of for a while', async () => {
    await pair();
    const other = await stage.addBridge('jvb2', { stress_level: '0.9' });
    await lives(other, 40);
    expect(endpoints(other)).toEqual([]);
    await lives(other, 10);
    expect(endpoints(other)).toEqual(['create aaaa', 'create bbbb']);
  });

  it('takes a bridge back that is well again', async () => {
    stage.reportBridge(bridge, { healthy: 'false' });
    await stage.clock.advance(2_000);
    expect(stage.focus.stats().operationalBridges).toBe(0);
    stage.reportBridge(bridge, { healthy: 'true' });
    await lives(bridge, 65);
    expect(stage.focus.stats().operationalBridges).toBe(1);
  });
});
