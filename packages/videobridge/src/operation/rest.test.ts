import { beforeEach, describe, expect, it } from 'vitest';

import { type OperatedBridge, RestInterface } from './rest.js';

let healthy: boolean;
let shutDown: boolean[];
let bridge: OperatedBridge;
let rest: RestInterface;

beforeEach(() => {
  healthy = true;
  shutDown = [];
  bridge = {
    health: () => (healthy ? { healthy } : { healthy, reason: 'the event loop is stuck' }),
    statistics: () => ({ stress_level: '0.250', healthy: true, region: 'eu', total_packets_sent: 7 }),
    version: () => ({ name: 'bridge', version: '1' }),
    draining: false,
    shutDown: (graceful) => shutDown.push(graceful),
    debug: (conference, endpoint) => (conference === 'gone' ? undefined : { conference, endpoint }),
  };
  rest = new RestInterface(bridge);
});

const get = (path: string) => rest.answer({ method: 'GET', path });
const post = (path: string, body?: unknown) => rest.answer({ method: 'POST', path, body });

describe('the REST interface of a bridge', () => {
  it('tells whether the bridge is well, and what ails it', async () => {
    expect(await get('/about/health')).toMatchObject({ status: 200, body: '' });
    healthy = false;
    expect(await get('/about/health')).toMatchObject({ status: 500, body: 'the event loop is stuck' });
  });

  it('tells the statistics, as JSON and for Prometheus', async () => {
    expect(JSON.parse((await get('/colibri/stats')).body)).toMatchObject({ stress_level: '0.250' });
    const { body, type } = await get('/metrics');
    expect(type).toMatch('text/plain');
    expect(body).toMatch(/^jitsi_jvb_stress_level 0\.25$/m);
    expect(body).toMatch(/^jitsi_jvb_healthy 1$/m);
    expect(body).toMatch(/^jitsi_jvb_packets_sent_total 7$/m);
    expect(body).not.toMatch('region');
  });

  it('drains and stops draining', async () => {
    expect(JSON.parse((await post('/colibri/drain/enable')).body)).toEqual({ drain: true });
    expect(JSON.parse((await get('/colibri/drain')).body)).toEqual({ drain: true });
    expect(JSON.parse((await post('/colibri/drain/disable')).body)).toEqual({ drain: false });
  });

  it('shuts down, gracefully or not, when it is told which', async () => {
    expect((await post('/colibri/shutdown', { 'graceful-shutdown': true })).status).toBe(200);
    expect((await post('/colibri/shutdown', { 'graceful-shutdown': false })).status).toBe(200);
    for (const body of [undefined, null, {}, [], { 'graceful-shutdown': 'yes' }]) {
      expect((await post('/colibri/shutdown', body)).status).toBe(400);
    }
    expect(shutDown).toEqual([true, false]);
  });

  it('shows the state of everything, of a conference and of an endpoint', async () => {
    expect(JSON.parse((await get('/debug')).body)).toEqual({});
    expect(JSON.parse((await get('/debug/m1/alice')).body)).toEqual({ conference: 'm1', endpoint: 'alice' });
    expect(await get('/colibri/debug/m1')).toEqual(await get('/debug/m1'));
    expect((await get('/debug/gone')).status).toBe(404);
    expect((await get('/debug/m1/alice/more')).status).toBe(404);
  });

  it('knows nothing else', async () => {
    for (const path of ['/', '/colibri', '/debugger', '/about/health/'])
      expect((await get(path)).status).toBe(404);
    expect((await get('/colibri/drain/enable')).status).toBe(404);
  });
});
