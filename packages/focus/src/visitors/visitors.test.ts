/** Large conferences: who is sent to a visitor node, and what becomes of those who look on there. */
import { decodeConferenceProperties, el, type Element, NS, stanzaError } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';
import { actions, audio, endpoints, last, ssrcs, told } from '../conference/scene.test.support.js';
import type { RunningConference } from '../conference/journal.js';
import { ROOM } from '../stage-room.test.support.js';
import { Stage } from '../stage.test.support.js';
import { settled } from '../virtual-clock.test.support.js';

const nodes = ['v1', 'v2'].map((name) => ({ name, service: `conference.${name}.meet.jitsi` }));
const at = (node: string) => `room1@conference.${node}.meet.jitsi`;
const HOST = 'host@meet.example/h1';
const UNDERSTANDS = { 'visitors-version': '1' };

/** Two people take part, which is as many as may. */
async function large(visitors: object = {}) {
  const stage = new Stage({ visitors: { enabled: true, nodes, maxParticipants: 2, ...visitors } });
  const bridge = await stage.addBridge();
  await settled();
  await stage.request(HOST);
  const a = await stage.join('aaaa');
  const b = await stage.join('bbbb');
  await stage.jingle(a, 'session-accept', { contents: audio(101) });
  await stage.jingle(b, 'session-accept', { contents: audio(201) });
  const asks = async (sender = 'g1@guest.meet.example/r', properties: Record<string, string> = {}) =>
    (await stage.request(sender, {}, { ...UNDERSTANDS, ...properties })).conference;
  const looksOn = (nick: string, node = 'v1') =>
    stage.join(nick, { room: at(node), role: 'visitor', realJid: `${nick}@${node}.meet.jitsi/r` });
  return { stage, bridge, a, b, asks, looksOn };
}

const orders = (stage: Stage): string[] =>
  stage.connection.sent.flatMap((stanza: Element) => {
    const element = stanza.getChild('visitors', 'jitsi:visitors');
    return (element?.getChildElements() ?? []).map(({ name, attrs }) => `${name} ${String(attrs['vnode'])}`);
  });

const said = (stage: Stage) => decodeConferenceProperties(stage.focusPresence ?? el('presence')) ?? {};
const supported = (conference: Element | undefined) =>
  conference?.getChildren('property').find(({ attrs }) => attrs['name'] === 'visitors-supported')?.attrs[
    'value'
  ] as string | undefined;

describe('a request', () => {
  it('is answered with a node once as many take part as may', async () => {
    const { stage, asks } = await large();
    const conference = await asks();
    expect(conference?.attrs).toMatchObject({
      ready: 'true',
      vnode: 'v1',
      focusjid: 'focus@auth.meet.example',
    });
    expect(supported(conference)).toBe('true');
    expect(orders(stage)).toEqual(['connect-vnode v1']);
    expect(stage.entered).toContain(at('v1'));
    expect((await asks())?.attrs['vnode']).toBe('v1');
    expect(orders(stage)).toEqual(['connect-vnode v1']);
  });

  it('is answered without one where the client would not understand, or there are none', async () => {
    const { stage } = await large();
    const { conference } = await stage.request('g1@guest.meet.example/r');
    expect(conference?.attrs['vnode']).toBeUndefined();
    const { asks } = await large({ enabled: false });
    const other = await asks();
    expect(other?.attrs['vnode']).toBeUndefined();
    expect(supported(other)).toBe('false');
  });

  it('is answered with another node when one is full, counting those who are on their way', async () => {
    const { stage, asks, looksOn } = await large({ maxVisitorsPerNode: 2 });
    await asks();
    await looksOn('v111');
    expect((await asks())?.attrs['vnode']).toBe('v1');
    expect((await asks())?.attrs['vnode']).toBe('v2');
    // Who did not come in time does not count.
    await stage.clock.advance(61_000);
    expect((await asks())?.attrs['vnode']).toBe('v2');
    expect((await asks())?.attrs['vnode']).toBe('v1');
  });

  it('is answered with another node where one can not be connected, and with none where no one can', async () => {
    const { stage, asks } = await large();
    const refused = new Set(['v1']);
    stage.override = (iq) => {
      const [order] = iq.getChild('visitors', 'jitsi:visitors')?.getChildElements() ?? [];
      const vnode = String(order?.attrs['vnode']);
      return refused.has(vnode) && order?.name === 'connect-vnode'
        ? stanzaError('remote-server-timeout')
        : 'default';
    };
    expect((await asks())?.attrs['vnode']).toBe('v2');
    expect(stage.entered).not.toContain(at('v1'));
  });

  it('waits for the room to go live where it says so', async () => {
    const { stage, asks } = await large({ liveRooms: true });
    const metadata = { visitors: { live: false } };
    await stage.notice('metadata.meet.example', { type: 'room_metadata', metadata }, { room: ROOM });
    const conference = await asks(undefined, { visitor: 'true' });
    expect(conference?.attrs).toMatchObject({ ready: 'false' });
    expect(
      conference?.getChildren('property').map(({ attrs }) => `${attrs['name']}=${attrs['value']}`),
    ).toContain('live=false');
  });
});

describe('a visitor', () => {
  it('is invited to receive, and nobody is told of it but the bridge', async () => {
    const { stage, bridge, a, asks, looksOn } = await large();
    await asks();
    const visitor = await looksOn('v111');
    expect(actions(visitor)).toEqual(['session-initiate']);
    expect(ssrcs(last(visitor)?.jsonSources)).toMatchObject({ aaaa: [101], bbbb: [201] });
    const created = bridge.requests.flatMap((request) => request.endpoints).find(({ id }) => id === 'v111');
    expect(created?.mucRole).toBe('visitor');
    expect(await stage.jingle(visitor, 'session-accept', { contents: audio() })).toBeUndefined();
    expect((await stage.jingle(visitor, 'source-add', { contents: audio(301) }))?.condition).toBe(
      'forbidden',
    );
    await stage.jingle(a, 'source-add', { contents: audio(102) });
    expect(told(visitor)).toEqual([['source-add', { aaaa: [102] }]]);
    await stage.leave(visitor);
    expect(endpoints(bridge)).toContain('expire v111');
    expect(actions(a)).toEqual(['session-initiate', 'source-add']);
  });

  it('is counted, and what it can receive is said', async () => {
    const { stage, asks, looksOn } = await large();
    expect(said(stage)).toMatchObject({ 'visitors-enabled': 'true' });
    await asks();
    const visitor = await looksOn('v111');
    expect(said(stage)).toMatchObject({ 'visitor-count': '1', 'visitor-codecs': 'vp8' });
    await looksOn('v222');
    expect(said(stage)).toMatchObject({ 'visitor-count': '1' });
    await stage.clock.advance(15_000);
    expect(said(stage)).toMatchObject({ 'visitor-count': '2' });
    await stage.leave(visitor);
    await stage.clock.advance(15_000);
    expect(said(stage)).toMatchObject({ 'visitor-count': '1' });
  });

  it('gives way to somebody who takes part under its name', async () => {
    const { stage, asks, looksOn } = await large();
    await asks();
    await looksOn('v111');
    const other = await stage.join('v111');
    expect(actions(other)).toEqual(['session-initiate']);
    expect(other.jid).toBe(`${ROOM}/v111`);
    const third = await looksOn('aaaa');
    expect(actions(third)).toEqual([]);
  });

  it('is let go with its node', async () => {
    const { stage, bridge, asks, looksOn } = await large();
    await asks();
    await looksOn('v111');
    const item = el('item', { affiliation: 'none', role: 'none' });
    const gone = el('x', { xmlns: NS.mucUser }, item, el('destroy'), el('status', { code: 110 }));
    stage.connection.deliver(el('presence', { type: 'unavailable', from: `${at('v1')}/focus` }, gone));
    await settled();
    expect(endpoints(bridge)).toContain('expire v111');
    expect(orders(stage)).toEqual(['connect-vnode v1', 'disconnect-vnode v1']);
  });
});

it('ends on the nodes with the conference', async () => {
  const { stage, a, b, asks } = await large();
  await asks();
  await stage.leave(a);
  await stage.leave(b);
  expect(orders(stage)).toEqual(['connect-vnode v1', 'disconnect-vnode v1']);
  expect(stage.entered).not.toContain(at('v1'));
});

it('is taken over with its nodes', async () => {
  const { stage, asks } = await large();
  await asks();
  const left = JSON.parse(stage.journal ?? '[]') as RunningConference[];
  expect(left[0]?.nodes).toEqual(['v1']);
  const next = new Stage({ visitors: { enabled: true, nodes } }, left);
  for (const room of [ROOM, at('v1')]) next.entered.add(room);
  await next.addBridge();
  await settled();
  await next.clock.advance(500);
  expect(orders(next)).toEqual(['connect-vnode v1']);
  const visitor = await next.join('v111', { room: at('v1'), role: 'visitor' });
  await next.join('aaaa');
  expect(actions(visitor)).toEqual(['session-initiate']);
});
