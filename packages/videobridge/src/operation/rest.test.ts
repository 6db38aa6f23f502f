import { beforeEach, describe, expect, it } from 'vitest';

import { PacketTrace } from '../send/packet-trace.js';
import { type OperatedBridge, type RestAuthority, RestInterface } from './rest.js';

let healthy: boolean;
let shutDown: boolean[];
let trace: PacketTrace | undefined;
let running: number;
let bridge: OperatedBridge;
let rest: RestInterface;

const alice = {
  get trace() {
    return trace;
  },
  beginTrace: (duration: number, packets: number) => {
    trace = new PacketTrace(0, duration, packets, () => 0);
  },
  endTrace: () => {
    trace = undefined;
  },
};

beforeEach(() => {
  healthy = true;
  shutDown = [];
  trace = undefined;
  running = 0;
  bridge = {
    health: () => (healthy ? { healthy } : { healthy, reason: 'the event loop is stuck' }),
    statistics: () => ({
      stress_level: '0.250',
      healthy: true,
      region: 'eu',
      total_packets_sent: 7,
      inactive_endpoints: 2,
      total_participants: 5,
      dtls_failed_endpoints: 1,
    }),
    version: () => ({ name: 'bridge', version: '1', os: 'linux' }),
    draining: false,
    shutDown: (graceful) => shutDown.push(graceful),
    debug: (conference, endpoint, full) =>
      conference === 'gone' ? undefined : { conference, endpoint, full },
    speakers: (conference) => (conference === 'm1' ? { order: ['alice'] } : undefined),
    endpoint: (conference, endpoint) => (conference === 'm1' && endpoint === 'alice' ? alice : undefined),
    traces: () => running,
  };
  rest = new RestInterface(bridge);
});

const get = (path: string, query = '', accept?: string) =>
  rest.answer({ method: 'GET', path, query: new URLSearchParams(query), accept });
const post = (path: string, body?: unknown, authority: RestAuthority = 'proven') =>
  rest.answer({ method: 'POST', path, body, authority });

describe('the REST interface of a bridge', () => {
  it('tells whether the bridge is well, and what ails it', async () => {
    expect(await get('/about/health')).toMatchObject({ status: 200, body: '' });
    healthy = false;
    expect(await get('/about/health')).toMatchObject({ status: 500, body: 'the event loop is stuck' });
  });

  it('tells its name and version', async () => {
    expect(JSON.parse((await get('/about/version')).body)).toEqual({
      name: 'bridge',
      version: '1',
      os: 'linux',
    });
  });

  it('tells the statistics, as JSON and for Prometheus', async () => {
    expect(JSON.parse((await get('/colibri/stats')).body)).toMatchObject({ stress_level: '0.250' });
    const { body, type } = await get('/metrics');
    expect(type).toMatch('text/plain');
    expect(body).toMatch(/^jitsi_jvb_stress 0\.25$/m);
    expect(body).toMatch(/^jitsi_jvb_healthy 1$/m);
    expect(body).toMatch(/^jitsi_jvb_packets_sent_total 7$/m);
    expect(body).toMatch(/^jitsi_jvb_endpoints_inactive 2$/m);
    expect(body).toMatch(/^jitsi_jvb_endpoints_total 5$/m);
    expect(body).toMatch(/^jitsi_jvb_endpoints_dtls_failed_total 1$/m);
    expect(body).toMatch(/^nodejs_eventloop_lag_seconds /m);
    expect(body).not.toMatch('region');
    const asJson = await get('/metrics', '', 'application/json');
    expect(asJson.type).toBe('application/json');
    expect(JSON.parse(asJson.body)).toContainEqual(expect.objectContaining({ name: 'jitsi_jvb_stress' }));
  });

  it('drains and stops draining', async () => {
    expect(JSON.parse((await post('/colibri/drain/enable', undefined, 'local')).body)).toEqual({
      drain: true,
    });
    expect(JSON.parse((await get('/colibri/drain')).body)).toEqual({ drain: true });
    expect(JSON.parse((await post('/colibri/drain/disable', undefined, 'local')).body)).toEqual({
      drain: false,
    });
  });

  it('shuts down, gracefully or not, when it is told which', async () => {
    expect((await post('/colibri/shutdown', { 'graceful-shutdown': true })).status).toBe(200);
    expect((await post('/colibri/shutdown', { 'graceful-shutdown': false })).status).toBe(200);
    for (const body of [undefined, null, {}, [], 'x', { 'graceful-shutdown': 'yes' }]) {
      expect((await post('/colibri/shutdown', body)).status).toBe(400);
    }
    expect(shutDown).toEqual([true, false]);
  });

  it('is ended, and traces what passes, for proven operators only', async () => {
    expect((await post('/colibri/shutdown', { 'graceful-shutdown': true }, 'local')).status).toBe(403);
    const path = '/debug/m1/alice/trace';
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect((await rest.answer({ method, path, authority: 'local' })).status).toBe(403);
      expect((await rest.answer({ method, path })).status).toBe(403);
    }
    expect([shutDown, trace]).toEqual([[], undefined]);
  });

  it('shows the state of everything, of a conference and of an endpoint', async () => {
    expect(JSON.parse((await get('/debug')).body)).toEqual({ full: false });
    expect(JSON.parse((await get('/debug', 'full=true')).body)).toEqual({ full: true });
    const whole = { conference: 'm1', full: true };
    expect(JSON.parse((await get('/debug/m1')).body)).toEqual(whole);
    expect(JSON.parse((await get('/debug/m1', 'full=false')).body)).toEqual({ ...whole, full: false });
    expect(JSON.parse((await get('/debug/m1/alice')).body)).toEqual({ ...whole, endpoint: 'alice' });
    expect(JSON.parse((await get('/debug/a%2Fb')).body)).toEqual({ conference: 'a/b', full: true });
    expect(JSON.parse((await get('/colibri/v2/conferences/m1')).body)).toEqual(whole);
    const speakers = '/colibri/v2/conferences/m1/dominant-speaker-identification';
    expect(JSON.parse((await get(speakers)).body)).toEqual({ order: ['alice'] });
    expect((await get('/debug/m1', 'full=yes')).status).toBe(400);
    for (const path of [
      '/debug/gone',
      '/debug/m1/alice/more',
      '/colibri/v2/conferences/gone',
      '/debug/%E0%A4',
    ]) {
      expect((await get(path)).status).toBe(404);
    }
    expect(await get('/colibri/debug/m1')).toMatchObject({ status: 301, headers: { location: '/debug/m1' } });
  });

  it('traces one endpoint, for as long and as much as it is told', async () => {
    const path = '/debug/m1/alice/trace';
    const read = () => rest.answer({ method: 'GET', path, authority: 'proven' });
    expect((await read()).status).toBe(404);
    expect((await post(path, { seconds: 5, packets: 2 })).status).toBe(204);
    expect(trace?.until).toBe(5000);
    for (const sequence of [1, 2, 3]) {
      const packet = Buffer.alloc(40);
      packet.writeUInt8(0x80, 0);
      packet.writeUInt16BE(sequence, 2);
      trace?.note('in', packet, sequence);
    }
    expect(JSON.parse((await read()).body)).toMatchObject({
      total: 3,
      held: 2,
      packets: [{ sequence: 2 }, { sequence: 3 }],
    });
    expect((await rest.answer({ method: 'DELETE', path, authority: 'proven' })).status).toBe(204);
    expect(trace).toBeUndefined();
    expect((await post(path)).status).toBe(204);
  });

  it('traces nobody unknown, not for ever, and few at a time', async () => {
    expect((await post('/debug/m1/nobody/trace')).status).toBe(404);
    for (const body of [
      [],
      'x',
      null,
      { seconds: 0 },
      { seconds: 601 },
      { seconds: 1.5 },
      { packets: 1e9 },
    ]) {
      expect((await post('/debug/m1/alice/trace', body)).status).toBe(400);
    }
    running = 4;
    expect((await post('/debug/m1/alice/trace')).status).toBe(409);
  });

  it('knows nothing else', async () => {
    for (const path of [
      '/',
      '/colibri',
      '/debugger',
      '/about/health/',
      '//about/health',
      '/colibri/muc-client/list',
    ])
      expect((await get(path)).status).toBe(404);
    expect(await get('/colibri/drain/enable')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect((await post('/about/health')).status).toBe(405);
    expect((await rest.answer({ method: 'PATCH', path: '/colibri/shutdown' })).status).toBe(405);
    expect((await rest.answer({ method: 'constructor', path: '/debug' })).status).toBe(405);
    expect((await rest.answer({ method: 'HEAD', path: '/about/health' })).status).toBe(200);
    // Conferences are the focus's to make.
    expect((await get('/colibri/v2/conferences')).status).toBe(501);
    expect((await post('/colibri/v2/conferences', {})).status).toBe(501);
  });
});
