import { el, NS, stanzaError } from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StageBridge } from '../stage-bridge.test.support.js';
import { ROOM } from '../stage-room.test.support.js';
import type { Stage } from '../stage.test.support.js';
import { settled } from '../virtual-clock.test.support.js';
import { actions, endpoints, last, openConference, type Scene, ssrcs } from './scene.test.support.js';

let stage: Stage;
let bridge: StageBridge;
let pair: Scene['pair'];
let accept: Scene['accept'];
const open = async (...args: Parameters<typeof openConference>) => {
  ({ stage, bridge, pair, accept } = await openConference(...args));
};

describe('members of a conference', () => {
  beforeEach(() => open());

  it('are invited when they are two, and each who comes later', async () => {
    const a = await stage.join('aaaa');
    expect(a.jingles).toEqual([]);
    const b = await stage.join('bbbb');
    const c = await stage.join('cccc');
    for (const client of [a, b, c]) expect(actions(client)).toEqual(['session-initiate']);
    expect(endpoints(bridge)).toEqual(['create aaaa', 'create bbbb', 'create cccc']);
    expect(bridge.requests[0]).toMatchObject({ create: true, meetingId: 'meeting-1', name: ROOM });
    expect(bridge.requests[1]).not.toHaveProperty('create');
    expect(stage.focus.stats()).toMatchObject({ conferences: 1, participants: 3 });
  });

  it('are offered the transport of their endpoint and the sources of bridge and others', async () => {
    const [a] = await pair();
    const c = await stage.join('cccc');
    const offer = last(c)!;
    expect(offer.initiator).toBe('focus@auth.meet.example/focus');
    expect(offer.contents.map(({ name, transport: ice }) => [name, ice?.ufrag])).toEqual([
      ['audio', 'ufrag-cccc'],
      ['video', 'ufrag-cccc'],
      ['data', 'ufrag-cccc'],
    ]);
    expect(ssrcs(offer.jsonSources)).toEqual({ jvb: [11, 12], aaaa: [101], bbbb: [201] });
    expect(offer.bridgeSession?.id).toBe(a.jingles[0]!.bridgeSession?.id);
  });

  it('learn from presence of the document that they share', async () => {
    const etherpad = () => stage.focusPresence?.getChildText('etherpad', 'http://jitsi.org/jitmeet/etherpad');
    await pair();
    expect(etherpad()).toBe('room1');
    await open({ conference: { randomDocumentName: true } });
    await pair();
    expect(etherpad()).not.toContain('room1');
  });

  it('without media stay in the room without harm', async () => {
    const plain = await stage.join('plain', { features: [NS.discoInfo] });
    const a = await stage.join('aaaa');
    const b = await stage.join('bbbb');
    expect(plain.jingles).toEqual([]);
    for (const client of [a, b]) expect(actions(client)).toEqual(['session-initiate']);
    expect((await stage.jingle(plain, 'session-accept', { sid: 'x' }))?.condition).toBe('bad-request');
  });

  it.each(['jvb', 'JVB', 'a b', 'a/b', '"', 'x'.repeat(65)])(
    'with the nickname %j, which is no endpoint id, are left without media',
    async (nick) => {
      const odd = await stage.join(nick);
      const a = await stage.join('aaaa');
      expect(odd.iqs).toEqual([]);
      expect(actions(a)).toEqual(['session-initiate']);
    },
  );

  it('are asked for their features once a kind of client', async () => {
    const caps = el('c', {
      xmlns: NS.caps,
      hash: 'sha-1',
      node: 'https://jitsi.org/jitsi-meet',
      ver: 'not-the-hash-of-anything',
    });
    const a = await stage.join('aaaa', { children: [caps] });
    const b = await stage.join('bbbb', { features: [NS.rtpAudio], children: [caps] });
    expect([a, b].map(({ iqs }) => iqs.filter((iq) => iq.getChild('query')).length)).toEqual([1, 1]);
    expect(last(b)!.contents.map(({ name }) => name)).toEqual(['audio']);
  });

  it('who refuse the offer are let go', async () => {
    const [a] = await pair();
    const joining = stage.join('cccc');
    stage.clients.get(`${ROOM}/cccc`)!.answer = stanzaError('service-unavailable');
    const c = await joining;
    expect(actions(c)).toEqual(['session-initiate', 'session-terminate']);
    expect(last(c)!.reason?.condition).toBe('general-error');
    expect(endpoints(bridge).at(-1)).toBe('expire cccc');
    expect(actions(a)).not.toContain('session-terminate');
  });

  it('who do not answer the offer may still accept', async () => {
    const joining = stage.join('aaaa');
    stage.clients.get(`${ROOM}/aaaa`)!.answer = 'silence';
    const a = await joining;
    await stage.join('bbbb');
    await stage.clock.advance(15_000);
    expect(actions(a)).toEqual(['session-initiate']);
    expect(await accept(a, 101)).toBeUndefined();
  });

  it('beyond the thresholds of the request start muted', async () => {
    await open({}, { startAudioMuted: '2', startVideoMuted: '1' });
    const [a] = await pair();
    const c = await stage.join('cccc');
    expect(a.jingles[0]).toMatchObject({ startMuted: { audio: false, video: true } });
    expect(last(c)).toMatchObject({ startMuted: { audio: true, video: true } });
  });
});

describe('the life of a conference', () => {
  beforeEach(() => open());

  it('ends when nobody comes, which each request delays', async () => {
    await stage.clock.advance(14_999);
    await stage.request('g1@guest.meet.example/r');
    await stage.clock.advance(14_999);
    expect(stage.focus.stats().conferences).toBe(1);
    await stage.clock.advance(1);
    expect(stage.focus.stats().conferences).toBe(0);
    expect(stage.entered).not.toContain(ROOM);
  });

  it('goes on as long as somebody is there', async () => {
    await stage.join('aaaa');
    await stage.clock.advance(3_600_000);
    expect(stage.focus.stats().conferences).toBe(1);
  });

  it('lets the last participant go after a while, and invites again when another comes', async () => {
    const [a, b] = await pair();
    await stage.leave(b);
    await stage.clock.advance(19_999);
    expect(actions(a)).not.toContain('session-terminate');
    await stage.clock.advance(1);
    expect(last(a)).toMatchObject({ action: 'session-terminate', reason: { condition: 'expired' } });
    expect(endpoints(bridge).at(-1)).toBe('expire all');
    expect(stage.focus.stats()).toMatchObject({ conferences: 1, participants: 0 });
    const c = await stage.join('cccc');
    for (const client of [a, c]) expect(last(client)!.action).toBe('session-initiate');
    expect(bridge.requests.at(-2)).toMatchObject({ create: true });
  });

  it('keeps the last participant when another comes in time', async () => {
    const [a, b] = await pair();
    await stage.leave(b);
    await stage.clock.advance(10_000);
    await stage.join('cccc');
    await stage.clock.advance(60_000);
    expect(actions(a)).not.toContain('session-terminate');
  });

  it('ends with the last member, without a word to anybody', async () => {
    const [a, b] = await pair();
    await stage.leave(a);
    await stage.leave(b);
    expect(stage.focus.stats().conferences).toBe(0);
    expect(stage.entered).not.toContain(ROOM);
    expect(endpoints(bridge).at(-1)).toBe('expire all');
    expect([...actions(a), ...actions(b)]).not.toContain('session-terminate');
    expect(stage.clock.pending).toBeLessThan(4);
  });

  it('ends when the focus is thrown out, or no longer owns the room, or the room is destroyed', async () => {
    const self = (attributes: object, item: object, ...extra: Parameters<typeof el>[2][]) =>
      el(
        'presence',
        { from: `${ROOM}/focus`, ...attributes },
        el('x', { xmlns: NS.mucUser }, el('item', { ...item }), el('status', { code: 110 }), ...extra),
      );
    for (const end of [
      self({ type: 'unavailable' }, { affiliation: 'none', role: 'none' }, el('status', { code: 307 })),
      self({}, { affiliation: 'admin', role: 'moderator' }),
      self({ type: 'unavailable' }, { affiliation: 'none', role: 'none' }, el('destroy')),
    ]) {
      await open();
      await pair();
      stage.connection.deliver(end);
      await settled();
      expect(stage.focus.stats().conferences).toBe(0);
      expect(endpoints(bridge).at(-1)).toBe('expire all');
    }
  });

  it('goes on untouched when the connection is resumed', async () => {
    const [a, b] = await pair();
    stage.connection.goOffline();
    await stage.clock.advance(60_000);
    stage.connection.goOnline(true);
    await stage.clock.advance(60_000);
    expect(stage.focus.stats().conferences).toBe(1);
    for (const client of [a, b]) expect(actions(client)).not.toContain('session-terminate');
  });

  it('ends when the focus stops', async () => {
    await pair();
    await stage.focus.stop();
    expect(endpoints(bridge).at(-1)).toBe('expire all');
    expect(stage.entered.size).toBe(0);
    expect(stage.clock.pending).toBe(0);
  });
});
