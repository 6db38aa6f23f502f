import { el, NS } from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import { endpoints, openConference, type Scene } from '../conference/scene.test.support.js';
import { ROOM } from '../stage-room.test.support.js';
import { Stage } from '../stage.test.support.js';
import { settled } from '../virtual-clock.test.support.js';
import type { RestAnswer } from './rest.js';

let scene: Scene;
let stage: Stage;
beforeEach(async () => {
  scene = await openConference();
  ({ stage } = scene);
});

const ask = (method: string, target: string, body?: unknown): Promise<RestAnswer> => {
  const [path = '', query] = target.split('?');
  return stage.focus.rest({ method, path, query: new URLSearchParams(query), body });
};
const get = (target: string) => ask('GET', target);
const post = (target: string, body?: unknown) => ask('POST', target, body);
const parsed = async (answer: Promise<RestAnswer>): Promise<unknown> => JSON.parse((await answer).body);

describe('health', () => {
  it('is good with the XMPP server and a bridge', async () => {
    expect(await get('/about/health')).toMatchObject({ status: 200 });
    await stage.removeBridge(scene.bridge);
    expect(await get('/about/health')).toMatchObject({ status: 500, body: 'no bridge is operational\n' });
    stage.connection.online = false;
    expect((await get('/about/health')).body).toContain('XMPP server');
  });

  it('comes with a version', async () => {
    expect(await parsed(get('/about/version'))).toMatchObject({ name: 'Conclave focus' });
  });
});

describe('statistics', () => {
  it('count conferences, participants and bridges', async () => {
    await scene.pair();
    expect(await parsed(get('/stats'))).toMatchObject({
      conferences: 1,
      conferences_created_total: 1,
      participants_current: 2,
      largest_conference: 2,
      bridge_selector_bridge_count_operational: 1,
      bridges: [{ name: 'jvb1', operational: true, endpoints: 2 }],
    });
  });

  it('are read by Prometheus, without bridges that are gone', async () => {
    await scene.pair();
    const { body, type } = await get('/metrics');
    expect(type).toContain('text/plain');
    expect(body).toMatch(/^jitsi_jicofo_participants_current 2$/m);
    expect(body).toMatch(/^jitsi_jicofo_healthy 1$/m);
    expect(body).toMatch(/^jitsi_jicofo_bridge_endpoints\{jvb="jvb1"\} 2$/m);
    await stage.removeBridge(scene.bridge);
    const later = await get('/metrics');
    expect(later.body).not.toContain('jvb1');
    expect(later.body).toMatch(/^jitsi_jicofo_bridge_selector_lost_bridges_total 1$/m);
  });
});

describe('what has been done', () => {
  const total = async (name: string) =>
    ((await parsed(get('/stats'))) as Record<string, number>)[`${name}_total`];

  it('is counted: requests, participants, Jingle, moves', async () => {
    await scene.pair();
    await get('/move-endpoints/move-endpoints?bridge=jvb1');
    await settled();
    expect(await parsed(get('/stats'))).toMatchObject({
      conference_requests_total: 1,
      conference_requests_new_total: 1,
      participants_total: 2,
      participants_pairs: 4,
      participants_moved_total: 1,
      jingle_session_initiate_sent_total: 3,
      jingle_session_accept_received_total: 2,
    });
    const { body } = await get('/metrics');
    expect(body).toMatch(/^jitsi_jicofo_participants_moved_total 1$/m);
    expect(body).toMatch(/^jitsi_jicofo_bridge_endpoints_moved_total\{jvb="jvb1"\} 1$/m);
    expect(body).toMatch(/^jitsi_jicofo_ice_restarts_relayed_total 0$/m);
  });

  it('is counted of calls that are refused, and recorders that there are none', async () => {
    const [a] = await scene.pair();
    const dial = el('dial', { xmlns: NS.rayo, to: '+1', from: 'x' });
    await stage.ask(a, dial);
    stage.promote(a, 'owner', 'moderator');
    await stage.ask(a, el('jibri', { xmlns: NS.jibri, action: 'start', recording_mode: 'file' }));
    expect(await total('jigasi_iq_handler_rejected_requests')).toBe(1);
    expect(await total('jibri_no_instance_failures')).toBe(1);
  });

  it('is counted of lost connections, and of how long conferences were', async () => {
    const [a, b] = await scene.pair();
    await stage.clock.advance(7_000);
    await stage.leave(a);
    await stage.leave(b);
    expect(await total('conferences_seconds')).toBe(7);
    stage.connection.goOffline();
    expect(await total('xmpp_disconnects')).toBe(1);
  });
});

describe('statistics for others', () => {
  it('are of the conferences that want it', async () => {
    await scene.pair();
    expect(await parsed(get('/rtcstats'))).toMatchObject({ 'meeting-1': { room: ROOM, members: 2 } });
    expect(scene.bridge.requests[0]).not.toHaveProperty('rtcStats');

    scene = await openConference({}, { rtcstatsEnabled: 'false' });
    ({ stage } = scene);
    await scene.pair();
    expect(await parsed(get('/rtcstats'))).toEqual({});
    expect(scene.bridge.requests.map(({ rtcStats }) => rtcStats)[0]).toBe(false);
  });
});

describe('debugging', () => {
  it('shows conferences, and nothing by which somebody could take part in one', async () => {
    await scene.pair();
    const state = { room: ROOM, state: 'running', members: 2 };
    const all = await get('/debug');
    expect(JSON.parse(all.body)).toMatchObject({ conferences: [state] });
    expect(await parsed(get(`/debug/conference/${encodeURIComponent(ROOM)}`))).toMatchObject({
      ...state,
      participants: [
        { id: 'aaaa', session: 'active', bridge: 'jvb1' },
        { id: 'bbbb', session: 'active', bridge: 'jvb1' },
      ],
    });
    for (const secret of ['pwd', 'password', 'sid-', 'machine']) expect(all.body).not.toContain(secret);
    expect((await get('/debug/conference/none@x')).status).toBe(404);
    expect((await get('/debug/conference/%')).status).toBe(404);
  });
});

describe('a pin', () => {
  const pin = { conferenceId: ROOM, jvbVersion: '2', durationMinutes: 10 };

  it('holds a conference that begins later to a version of bridges', async () => {
    stage = new Stage();
    expect((await post('/pin', pin)).status).toBe(200);
    expect(await parsed(get('/pin'))).toEqual({
      [ROOM]: { version: '2', until: stage.clock.now() + 600_000 },
    });
    const old = await stage.addBridge('old', { version: '1' });
    const fresh = await stage.addBridge('new', { version: '2', stress_level: '0.5' });
    await stage.request('host@meet.example/h1');
    await stage.join('aaaa');
    await stage.join('bbbb');
    expect(endpoints(fresh)).toEqual(['create aaaa', 'create bbbb']);
    expect(old.requests).toEqual([]);
  });

  it('is taken back, or ends', async () => {
    await post('/pin', pin);
    expect((await post('/pin/remove', { conferenceId: ROOM })).status).toBe(200);
    expect((await post('/pin/remove', { conferenceId: ROOM })).status).toBe(404);
    await post('/pin', pin);
    await stage.clock.advance(600_000);
    expect(await parsed(get('/pin'))).toEqual({});
  });

  it.each([undefined, {}, { ...pin, durationMinutes: -1 }, { ...pin, jvbVersion: 2 }])(
    'is not %j',
    async (body) => {
      expect((await post('/pin', body)).status).toBe(400);
      expect((await post('/pin/remove', {})).status).toBe(400);
    },
  );
});

describe('endpoints', () => {
  const room = encodeURIComponent(ROOM);

  it('are moved one by one, some, or a part of them', async () => {
    await scene.pair();
    const moved = (movedEndpoints: number) => ({ movedEndpoints, conferences: movedEndpoints > 0 ? 1 : 0 });
    const move = (target: string) => parsed(get(`/move-endpoints/${target}`));
    expect(await move(`move-endpoint?conference=${room}&endpoint=aaaa`)).toEqual(moved(1));
    expect(endpoints(scene.bridge).slice(-2)).toEqual(['expire aaaa', 'create aaaa']);
    expect(await move(`move-endpoint?conference=${room}&endpoint=zzzz`)).toEqual(moved(0));
    await stage.clock.advance(60_000);
    expect(await move('move-endpoints?bridge=jvb1')).toEqual(moved(1));
    await stage.clock.advance(60_000);
    expect(await move(`move-endpoints?bridge=jvb1&numEndpoints=5&conference=${room}`)).toEqual(moved(2));
    await stage.clock.advance(60_000);
    expect(await move('move-fraction?bridge=jvb1&fraction=0.5')).toEqual(moved(1));
    expect(await move('move-fraction?bridge=jvb1&fraction=0.1')).toEqual(moved(0));
  });

  it.each([
    ['move-endpoint?endpoint=aaaa', 400],
    [`move-endpoint?conference=${room}`, 400],
    [`move-endpoint?conference=${room}&endpoint=aaaa&bridge=none`, 404],
    ['move-endpoint?conference=none&endpoint=aaaa', 404],
    ['move-endpoints', 400],
    ['move-endpoints?bridge=none', 404],
    ['move-endpoints?bridge=jvb1&numEndpoints=-1', 400],
    ['move-fraction?bridge=jvb1&fraction=2', 400],
    ['move-fraction?bridge=jvb1&fraction=x', 400],
  ])('are not moved by %s', async (target, status) => {
    expect((await get(`/move-endpoints/${target}`)).status).toBe(status);
  });
});

describe('a conference request over HTTP', () => {
  const request = (body: unknown) => post('/conference-request/v1', body);
  const other = 'room2@conference.meet.example';

  it('where users log in learns of a conference that is there, and opens none', async () => {
    expect(await parsed(request({ room: ROOM }))).toEqual({
      room: ROOM,
      ready: true,
      focusJid: 'focus@auth.meet.example',
      properties: { authentication: 'true', externalAuth: 'false', 'visitors-supported': 'false' },
    });
    expect(await request({ room: other, sessionId: 'stolen', machineUid: 'm' })).toMatchObject({
      status: 403,
    });
    expect(stage.focus.stats().conferences).toBe(1);
  });

  it('opens a conference where everybody may', async () => {
    stage = new Stage({ authentication: 'none' });
    const properties = { startAudioMuted: 9, rtcstatsEnabled: false };
    expect(await parsed(request({ room: other, properties }))).toMatchObject({ room: other, ready: true });
    expect(stage.focus.stats().conferences).toBe(1);
  });

  it('may be asked for in advance, and does not open conferences without end', async () => {
    expect((await ask('OPTIONS', '/conference-request/v1')).status).toBe(200);
    stage = new Stage({ authentication: 'none', conference: { maxUnattendedPerUser: 1 } });
    expect((await request({ room: ROOM })).status).toBe(200);
    expect((await request({ room: other })).status).toBe(400);
  });

  it.each([undefined, 'x', {}, { room: 7 }, { room: 'no-room' }, { room: 'Room@elsewhere.example' }])(
    'is not %j',
    async (body) => expect((await request(body)).status).toBe(400),
  );
});

it('nothing else is answered', async () => {
  for (const path of ['/', '/debugger', '/pin/remove', '/conference-request/v1']) {
    expect((await get(path)).status).toBe(404);
  }
});
