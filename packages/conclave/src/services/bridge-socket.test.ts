import { mkdtempSync, rmSync, writeFileSync, existsSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Videobridge } from '@conclave/videobridge';
import { conclavectl } from '../cli/conclavectl.js';
import { socketOf } from '../data/bridge-sockets.js';
import { openBridgeSocket } from './bridge-socket.js';
import { InternalHttp, provesOperator } from './internal-http.js';

type Asked = Parameters<Videobridge['rest']>[0];

const log = pino({ level: 'silent' });
const room = 'planning@conference.meet.example';

/** A bridge that notes what it is asked. */
class ScriptedBridge {
  readonly asked: Asked[] = [];
  draining = false;
  readonly rest: Videobridge['rest'] = (request) => {
    this.asked.push(request);
    const { method, path } = request;
    if (path.startsWith('/colibri/drain')) this.draining = path.endsWith('enable');
    const debug = {
      bridge: this.nick,
      healthy: true,
      lifecycle: 'running',
      draining: this.draining,
      stress: 0.25,
      conferences: [{ meetingId: 'm/1', name: room, endpoints: ['anna', 'bob'] }],
    };
    const body = path === '/debug' ? debug : path.endsWith('/trace') ? { packets: [{ at: 1 }] } : { path };
    const status = method === 'DELETE' ? 204 : 200;
    return Promise.resolve({ status, type: 'application/json', body: JSON.stringify(body) });
  };

  constructor(readonly nick: string) {}
}

let data: string;
let directory: string;
let bridge: ScriptedBridge;
let closing: (() => Promise<void>)[];

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'conclave-bridge-'));
  directory = join(data, 'secrets', 'bridges');
  bridge = new ScriptedBridge('jvb-1');
  closing = [await openBridgeSocket(directory, bridge, log)];
});
afterEach(async () => {
  for (const close of closing) await close();
  rmSync(data, { recursive: true });
});

const ctl = async (...args: string[]): Promise<{ code: number; out: string[]; err: string }> => {
  const lines = { out: [] as string[], err: [] as string[] };
  const code = await conclavectl(args, {
    environment: { CONCLAVE_DATA: data },
    directory: data,
    stdin: Readable.from([]),
    out: (line) => lines.out.push(line),
    err: (line) => lines.err.push(line),
    prompt: () => undefined,
  });
  return { code, out: lines.out, err: lines.err.join('\n') };
};

describe('the socket of a videobridge', () => {
  test('is for its owner only, and whoever can open it is an operator', async () => {
    expect(statSync(socketOf(directory, 'jvb-1')).mode & 0o777).toBe(0o600);
    await ctl('drain', 'jvb-1');
    expect(bridge.asked).toMatchObject([{ path: '/colibri/drain/enable', authority: 'proven' }]);
  });

  test('that a dead one left behind is swept away, and is no bridge', async () => {
    const left = createServer().listen(socketOf(directory, 'jvb-0'));
    await new Promise((resolve) => left.once('listening', resolve));
    await new Promise((resolve) => left.close(resolve));
    // Node removes a socket that it closes; a process that is killed does not.
    writeFileSync(socketOf(directory, 'jvb-0'), '');
    expect((await ctl('bridges')).out).toHaveLength(1);
    closing.push(await openBridgeSocket(directory, new ScriptedBridge('jvb-2'), log));
    expect(existsSync(socketOf(directory, 'jvb-0'))).toBe(false);
    expect((await ctl('bridges')).out).toHaveLength(2);
  });
});

describe('conclavectl', () => {
  test('lists bridges and conferences', async () => {
    closing.push(await openBridgeSocket(directory, new ScriptedBridge('jvb-2'), log));
    await ctl('drain', 'jvb-2');
    expect(await ctl('bridges')).toEqual({
      code: 0,
      out: [
        'jvb-1 (well) stress 0.25 conferences 1 participants 2',
        'jvb-2 (draining) stress 0.25 conferences 1 participants 2',
      ],
      err: '',
    });
    expect((await ctl('drain', 'jvb-2', '--off')).out).toEqual(['jvb-2 is given conferences again.']);
    expect((await ctl('conferences')).out[0]).toBe(`jvb-1 m/1 ${room} anna bob`);
  });

  test('finds an endpoint by the name of its room, and shows or traces it', async () => {
    for (const name of ['planning', room, 'm/1']) {
      expect(JSON.parse((await ctl('endpoint', name, 'anna')).out.join('\n'))).toEqual({
        path: '/debug/m%2F1/anna',
      });
    }
    const { code, out, err } = await ctl('trace', 'planning', 'bob', '--seconds', '0.01');
    expect([code, out]).toEqual([0, ['{"at":1}']]);
    expect(err).toMatch('headers, no content');
    expect(bridge.asked.slice(-3).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /debug/m%2F1/bob/trace',
      'GET /debug/m%2F1/bob/trace',
      'DELETE /debug/m%2F1/bob/trace',
    ]);
  });

  test('says which bridge, room or endpoint there is not: exit 1', async () => {
    expect(await ctl('drain', 'jvb-9')).toMatchObject({
      code: 1,
      err: expect.stringMatching('no-such-bridge') as string,
    });
    expect(await ctl('endpoint', 'other')).toMatchObject({
      code: 1,
      err: expect.stringMatching('no-such-conference') as string,
    });
    expect(await ctl('endpoint', 'planning', 'eve')).toMatchObject({
      code: 1,
      err: expect.stringMatching('there are anna, bob') as string,
    });
    // A name that leads out of the directory is no name of a bridge.
    expect((await ctl('drain', '../../admin')).code).toBe(1);
  });
});

describe('the internal HTTP port of a videobridge', () => {
  const ask = (port: number, options: object, body?: string) =>
    new Promise<{ status: number | undefined; body: string; allow: string | undefined }>(
      (resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, ...options }, (response) => {
          text(response).then(
            (answer) => resolve({ status: response.statusCode, body: answer, allow: response.headers.allow }),
            reject,
          );
        });
        sent.once('error', reject);
        sent.end(body);
      },
    );

  test('refuses pages, bodies that are too long or no JSON, before the bridge sees them', async () => {
    const internal = new InternalHttp();
    closing.push(() => internal.stop());
    const listener = { address: '127.0.0.1', port: 0, key: 'media.internalHttp.port', variable: 'X' };
    const port = await internal.start(listener, {}, { operation: (each) => bridge.rest(each) });
    const post = {
      method: 'POST',
      path: '/colibri/shutdown',
      headers: { 'content-type': 'application/json' },
    };
    expect((await ask(port, post, `{"x":"${'y'.repeat(9000)}"}`)).status).toBe(413);
    expect((await ask(port, post, '{"graceful-shutdown": tru')).status).toBe(400);
    expect((await ask(port, { ...post, headers: { 'content-type': 'text/csv' } }, 'x')).status).toBe(415);
    const page = { path: '/debug', headers: { origin: 'https://evil.example' } };
    expect((await ask(port, page)).status).toBe(403);
    expect(bridge.asked).toEqual([]);
    expect(
      (await ask(port, { path: '/debug?full=true', headers: { accept: 'application/json' } })).status,
    ).toBe(200);
    expect(bridge.asked[0]).toMatchObject({ path: '/debug', accept: 'application/json' });
    expect(bridge.asked[0]?.query?.get('full')).toBe('true');
  });

  test('knows an operator by the token, if there is one', () => {
    const token = 'sixteen letters and more';
    expect(provesOperator('secret-secret-secret', 'Bearer secret-secret-secret')).toBe(true);
    for (const wrong of [undefined, '', 'Bearer', 'Bearer ', 'Bearer other', 'Basic secret-secret-secret']) {
      expect(provesOperator('secret-secret-secret', wrong)).toBe(false);
      expect(provesOperator(undefined, wrong)).toBe(false);
    }
    expect(provesOperator(token, `Bearer ${token}`)).toBe(false);
  });
});
