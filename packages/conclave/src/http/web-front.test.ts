import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { loadConfig } from '../config/load.js';
import { forwardConferenceRequests } from './conference-request.js';
import { forwardRequests, type RequestHandler, xmppRequests } from './bosh.js';
import { forwardUpgrades, type UpgradeHandler } from './upgrades.js';
import { startWebFront, type WebFront } from './web-front.js';

const log = pino({ level: 'silent' });
const directory = mkdtempSync(join(tmpdir(), 'conclave-web-'));
const page = join(directory, 'page');
const { config } = loadConfig(
  { CONCLAVE_HTTP_ADDRESS: '127.0.0.1', CONCLAVE_HTTP_PORT: '0', CONCLAVE_DOMAIN: 'meet.example' },
  directory,
);

/** Echoes, and says on whose behalf it was reached. */
const echo = new WebSocketServer({ noServer: true });
echo.on('connection', (socket, request) => {
  socket.send(`${request.url ?? ''} for ${String(request.headers['x-forwarded-for'])}`);
  socket.on('message', (data: Buffer) => socket.send(data.toString()));
});
const service: UpgradeHandler = (request, socket, head) =>
  echo.handleUpgrade(request, socket, head, (webSocket) => echo.emit('connection', webSocket, request));

/** Answers with what it was sent, and on whose behalf. */
const bosh: RequestHandler = (request, response) => {
  void text(request).then((body) => {
    response.setHeader('content-type', 'text/xml');
    response.end(`${request.method ?? ''} ${body} for ${String(request.headers['x-forwarded-for'])}`);
  });
};

/** A focus that says what it was asked. */
const conferenceRequest = (body: unknown) =>
  Promise.resolve({ status: 403, type: 'text/plain', body: JSON.stringify(body) });

let front: WebFront;
let upstream: Server;
let origin: string;

beforeAll(async () => {
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>Conclave</title>');
  writeFileSync(join(page, 'assets', 'index-abc.js'), 'export {};');
  writeFileSync(join(page, '.secret'), 'dot');
  writeFileSync(join(directory, 'outside.txt'), 'outside');
  upstream = createServer(bosh).on('upgrade', service).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as { port: number };
  front = await startWebFront(
    config,
    { conferenceRequest, bosh, xmpp: service, bridge: forwardUpgrades(`http://127.0.0.1:${port}`, log) },
    log,
    page,
  );
  origin = `127.0.0.1:${front.port}`;
});
afterAll(async () => {
  await front.stop();
  upstream.close();
  echo.close();
  rmSync(directory, { recursive: true });
});

/** Sends the path as it is: fetch would tidy it first. */
const get = async (
  path: string,
  method = 'GET',
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> => {
  const request = httpRequest({ host: '127.0.0.1', port: front.port, path, method }).end();
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  response.setEncoding('utf8');
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, body, headers: response.headers };
};

describe('the page', () => {
  test.each([
    '/',
    '/index.html',
    '/some-room',
    '/R%C3%A4tselraum',
    '/acme/some-room',
    '/acme.example/some-room',
  ])('is what %s shows', async (path) => {
    const { status, body, headers } = await get(path);
    expect(status).toBe(200);
    expect(body).toContain('Conclave');
    expect(headers['cache-control']).toBe('no-cache');
    expect(headers['content-type']).toMatch(/^text\/html/);
  });

  test('has assets that never change under one name', async () => {
    const { status, headers } = await get('/assets/index-abc.js');
    expect(status).toBe(200);
    expect(headers['cache-control']).toContain('immutable');
  });

  test.each([
    '/assets/index-old.js',
    '/assets/',
    '/assets',
    '/favicon.ico',
    '/a/b/c',
    '/acme/favicon.ico',
    '/.well-known/nothing',
    '/invite/a/b',
    '/.secret',
    '/config.js.map',
  ])('%s does not exist', async (path) => {
    const { status, body } = await get(path);
    if (path === '/assets') expect(body).not.toContain('index-abc');
    else expect(status).toBe(404);
  });

  test.each([
    '/../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/assets/../../outside.txt',
    '/assets/..%2f..%2foutside.txt',
    '/..%5coutside.txt',
    '/%00',
    '/%',
    '//etc/passwd',
  ])('nothing outside its directory is to be had by %s', async (path) => {
    const { status, body } = await get(path);
    expect(body).not.toContain('outside');
    expect(body).not.toContain('root:');
    expect(status).toBeGreaterThanOrEqual(path === '/%00' ? 200 : 400);
  });

  test('takes no other methods', async () => {
    expect((await get('/', 'POST')).status).toBe(404);
    expect((await get('/', 'HEAD')).status).toBe(200);
  });
});

describe('/config.js', () => {
  test('names the domains of the installation and the WebSocket of the origin it is loaded from', async () => {
    const { body, headers } = await get('/config.js');
    expect(headers['content-type']).toMatch(/javascript/);
    const location = { protocol: 'https:', host: 'meet.example', origin: 'https://meet.example' };
    const context: { config?: unknown; location: unknown } = { location };
    runInNewContext(body, context);
    expect(context.config).toMatchObject({
      bosh: 'https://meet.example/http-bind',
      hosts: {
        domain: 'meet.example',
        anonymousdomain: 'guest.meet.example',
        muc: 'conference.meet.example',
        focus: 'focus.meet.example',
      },
      websocket: 'wss://meet.example/xmpp-websocket',
      bridgeChannel: { preferSctp: true },
      p2p: { enabled: false, stunServers: [] },
      videoQuality: { codecPreferenceOrder: ['VP8'], mobileCodecPreferenceOrder: ['VP8'] },
    });
  });

  test('leads to nobody else', async () => {
    const { body } = await get('/config.js');
    expect(body.replaceAll('http://meet.example:0', '')).not.toMatch(
      /https?:\/\/|stun:|jitsi|google|gravatar\.com/,
    );
  });

  const evaluated = async (path: string, location?: object): Promise<unknown> => {
    const context: { config?: unknown; location?: object } = location === undefined ? {} : { location };
    runInNewContext((await get(path)).body, context);
    return context.config;
  };
  const pageAt = (pathname: string) => ({ origin: 'https://meet.example', pathname });
  const acme = {
    hosts: { domain: 'meet.example', muc: 'conference.acme.meet.example', focus: 'focus.meet.example' },
    websocket: 'wss://meet.example/acme/xmpp-websocket',
    bosh: 'https://meet.example/acme/http-bind',
    websocketKeepAliveUrl: 'https://meet.example/about/health',
  };

  test('says where files are shared, the same for all tenants', async () => {
    for (const path of ['/standup', '/acme/standup']) {
      const page = pageAt(path);
      expect(await evaluated('/config.js', page)).toMatchObject({
        fileSharing: { enabled: true, apiUrl: `${page.origin}/file-sharing/v1`, maxFileSize: 52_428_800 },
      });
    }
  });

  test('is for the tenant in whose path the page is, or the script itself', async () => {
    expect(await evaluated('/config.js', pageAt('/acme/standup'))).toMatchObject(acme);
    expect(await evaluated('/acme/config.js', pageAt('/acme/standup'))).toMatchObject(acme);
    expect(await evaluated('/acme/config.js?room=standup', pageAt('/elsewhere.html'))).toMatchObject(acme);
    expect(await evaluated('/config.js', pageAt('/Acme.Example/standup'))).toMatchObject({
      hosts: { muc: 'conference.acme_example.meet.example' },
    });
  });

  test.each(['/', '/standup', '/acme/', '/invite/token', '/a/b/c', '/%/standup'])(
    'is for none at %s',
    async (path) => {
      expect(await evaluated('/config.js', pageAt(path))).toMatchObject({
        hosts: { muc: 'conference.meet.example' },
        bosh: 'https://meet.example/http-bind',
      });
    },
  );

  test('tells apps, which have no page, the public URL', async () => {
    expect(await evaluated('/acme/config.js')).toMatchObject({
      ...acme,
      websocket: 'ws://meet.example:0/acme/xmpp-websocket',
      bosh: 'http://meet.example:0/acme/http-bind',
      websocketKeepAliveUrl: 'http://meet.example:0/about/health',
    });
  });

  test.each(['/%3Cscript%3E/config.js', '/a%22b/config.js', '/-a/config.js', '/a%20b/config.js'])(
    'of what cannot be a tenant, %s, does not exist',
    async (path) => expect((await get(path)).status).toBe(404),
  );

  test('knows no tenants where there are none', async () => {
    const none = { ...config, conference: { ...config.conference, tenants: false } };
    const routes = { conferenceRequest, bosh, xmpp: service, bridge: service };
    const other = await startWebFront(none, routes, log, page);
    const at = (path: string) => fetch(`http://127.0.0.1:${other.port}${path}`);
    expect((await at('/acme/standup')).status).toBe(404);
    expect((await at('/acme/config.js')).status).toBe(404);
    const context: { config?: unknown; location: object } = { location: pageAt('/acme/standup') };
    runInNewContext(await (await at('/config.js')).text(), context);
    expect(context.config).toMatchObject({ hosts: { muc: 'conference.meet.example' } });
    await other.stop();
  });
});

describe('security headers', () => {
  test.each(['/', '/config.js', '/about/health', '/nowhere.js', '/%'])(
    'are on every answer: %s',
    async (path) => {
      const { headers } = await get(path);
      expect(headers['content-security-policy']).toBe(
        `default-src 'self'; connect-src 'self' ws://${origin} wss://${origin}; img-src 'self' blob:; media-src 'self' blob:; ` +
          "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
    },
  );

  test('take nothing into the policy that is no host', async () => {
    const response = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(front.port, '127.0.0.1').setEncoding('utf8');
      socket.on('data', (chunk: string) => (text += chunk)).on('end', () => resolve(text));
      socket.write('GET / HTTP/1.1\r\nHost: evil.example; script-src *\r\nConnection: close\r\n\r\n');
    });
    expect(response).not.toContain('evil');
    expect(response).not.toContain('script-src');
  });
});

describe('WebSockets', () => {
  const talk = async (path: string): Promise<string[]> => {
    const socket = new WebSocket(`ws://${origin}${path}`);
    const [greeting] = (await once(socket, 'message')) as [Buffer];
    socket.send('hello');
    const [answer] = (await once(socket, 'message')) as [Buffer];
    socket.close();
    await once(socket, 'close');
    return [greeting.toString(), answer.toString()];
  };

  test('at /xmpp-websocket go to the XMPP server in the same process', async () => {
    expect(await talk('/xmpp-websocket?room=r')).toEqual(['/xmpp-websocket?room=r for undefined', 'hello']);
  });

  test('below a tenant go there too, and nobody says another tenant', async () => {
    const [connected] = await talk('/Acme.Example/xmpp-websocket?room=r&prefix=other');
    expect(connected).toBe('/xmpp-websocket?prefix=acme_example&room=r&prefix=other for undefined');
  });

  test('at /colibri-ws/ go to the videobridge in another process, on behalf of the client', async () => {
    expect(await talk('/colibri-ws/b1/c/e?pwd=x')).toEqual([
      '/colibri-ws/b1/c/e?pwd=x for 127.0.0.1',
      'hello',
    ]);
  });

  test.each(['/', '/xmpp-websocket/x', '/a/b/xmpp-websocket', '/-/xmpp-websocket', '/colibri-ws', '/%'])(
    'at %s are refused with 404',
    async (path) => {
      const socket = new WebSocket(`ws://${origin}${path}`);
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error.message).toContain('404');
    },
  );

  test('are answered 502 while the other process is down', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as { port: number };
    closed.close();
    await once(closed, 'close');
    const down = forwardUpgrades(`http://127.0.0.1:${port}`, log);
    const other = await startWebFront(
      config,
      { conferenceRequest, bosh: forwardRequests(`http://127.0.0.1:${port}`, log), xmpp: down, bridge: down },
      log,
      page,
    );
    const socket = new WebSocket(`ws://127.0.0.1:${other.port}/xmpp-websocket`);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('502');
    await other.stop();
  });

  test('do not keep the front from stopping', async () => {
    const other = await startWebFront(
      config,
      { conferenceRequest, bosh, xmpp: service, bridge: service },
      log,
      page,
    );
    const socket = new WebSocket(`ws://127.0.0.1:${other.port}/xmpp-websocket`);
    await once(socket, 'message');
    const gone = once(socket, 'close');
    await other.stop();
    await gone;
  });
});

test('where XMPP is found is told to anybody who asks (XEP-0156)', async () => {
  const at = (path: string) => fetch(`http://127.0.0.1:${front.port}/.well-known/${path}`);
  const xml = await at('host-meta');
  expect(xml.headers.get('content-type')).toBe('application/xrd+xml; charset=utf-8');
  expect(xml.headers.get('access-control-allow-origin')).toBe('*');
  expect(await xml.text()).toContain(
    '<Link rel="urn:xmpp:alt-connections:websocket" href="ws://meet.example:0/xmpp-websocket"/>',
  );
  expect(await (await at('host-meta.json')).json()).toEqual({
    links: [
      { rel: 'urn:xmpp:alt-connections:websocket', href: 'ws://meet.example:0/xmpp-websocket' },
      { rel: 'urn:xmpp:alt-connections:xbosh', href: 'http://meet.example:0/http-bind' },
    ],
  });
});

describe('BOSH', () => {
  const post = async (port: number): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/http-bind?room=r`, { method: 'POST', body: '<body/>' });

  test('is told from uploads and invitations, which go the same way and to other parts of the XMPP server', async () => {
    const answering =
      (text: string): RequestHandler =>
      (_request, response) =>
        response.end(text);
    const xmpp = xmppRequests({
      handleBosh: answering('BOSH'),
      handleUpload: answering('upload'),
      handleSharedFile: answering('shared'),
      handleInvitation: answering('invitation'),
    });
    const other = await startWebFront(
      config,
      { conferenceRequest, bosh: xmpp, xmpp: service, bridge: service },
      log,
      page,
    );
    const at = async (path: string, method = 'PUT'): Promise<string> =>
      (await fetch(`http://127.0.0.1:${other.port}${path}`, { method, body: 'x' })).text();
    expect(await at('/upload/slot/name.txt')).toBe('upload');
    expect(await at('/http-bind')).toBe('BOSH');
    expect(await at('/acme/http-bind')).toBe('BOSH');
    expect(await at('/file-sharing/v1/sessions/m/files', 'POST')).toBe('shared');
    expect(await at('/file-sharing/v1')).toBe('Not found\n');
    expect(await at('/uploads/slot')).toBe('Not found\n');
    expect(await at('/invite/look', 'POST')).toBe('invitation');
    expect(await at('/invite/look')).toBe('Not found\n');
    await other.stop();
  });

  test('at /http-bind goes to the XMPP server in the same process', async () => {
    expect(await (await post(front.port)).text()).toBe('POST <body/> for undefined');
  });

  test('goes to the XMPP server in another process, on behalf of the client', async () => {
    const { port } = upstream.address() as { port: number };
    const far = forwardRequests(`http://127.0.0.1:${port}`, log);
    const other = await startWebFront(
      config,
      { conferenceRequest, bosh: far, xmpp: service, bridge: service },
      log,
      page,
    );
    const answer = await post(other.port);
    expect(await answer.text()).toBe('POST <body/> for 127.0.0.1');
    expect(answer.headers.get('content-type')).toBe('text/xml');
    await other.stop();
  });

  test('is answered 502 while the other process is down, and the next time it is asked again', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as { port: number };
    closed.close();
    await once(closed, 'close');
    const down = forwardRequests(`http://127.0.0.1:${port}`, log);
    const other = await startWebFront(
      config,
      { conferenceRequest, bosh: down, xmpp: service, bridge: service },
      log,
      page,
    );
    expect((await post(other.port)).status).toBe(502);
    const risen = createServer(bosh).listen(port, '127.0.0.1');
    await once(risen, 'listening');
    expect((await post(other.port)).status).toBe(200);
    await other.stop();
    risen.closeAllConnections();
    risen.close();
  });
});

describe('starting', () => {
  test('on a port that is taken fails with NET-001 and the key to change', async () => {
    const taken = { ...config, http: { ...config.http, port: front.port } };
    const start = startWebFront(
      taken,
      { conferenceRequest, bosh, xmpp: service, bridge: service },
      log,
      page,
    );
    await expect(start).rejects.toMatchObject({
      code: 'NET-001',
      detail: expect.stringContaining('`http.port`') as string,
    });
  });

  test('on an address of another machine fails with NET-002', async () => {
    const foreign = { ...config, http: { ...config.http, address: '192.0.2.1' } };
    const start = startWebFront(
      foreign,
      { conferenceRequest, bosh, xmpp: service, bridge: service },
      log,
      page,
    );
    await expect(start).rejects.toMatchObject({ code: 'NET-002' });
  });

  test('without a built page fails with WEB-001', async () => {
    const start = startWebFront(
      config,
      { conferenceRequest, bosh, xmpp: service, bridge: service },
      log,
      directory,
    );
    await expect(start).rejects.toMatchObject({ code: 'WEB-001' });
  });
});

describe('conference requests', () => {
  const ask = (init: RequestInit = {}) =>
    fetch(`http://${origin}/conference-request/v1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ room: 'r@conference.meet.example' }),
      ...init,
    });

  test('over HTTP reach the focus, and its answer the client', async () => {
    const answer = await ask();
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ room: 'r@conference.meet.example' });
    expect((await ask({ method: 'OPTIONS', headers: {}, body: null })).status).toBe(200);
  });

  test('come from pages of other origins, too', async () => {
    for (const init of [{}, { method: 'OPTIONS', headers: {}, body: null }]) {
      const { headers } = await ask(init);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-headers')).toContain('content-type');
    }
  });

  test('come from pages of other origins, too', async () => {
    for (const init of [{}, { method: 'OPTIONS', headers: {}, body: null }]) {
      const { headers } = await ask(init);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-headers')).toContain('content-type');
    }
  });

  test('that are none, or too long, do not', async () => {
    expect((await ask({ body: '{' })).status).toBe(400);
    expect((await ask({ body: JSON.stringify('x'.repeat(9_000)) })).status).toBe(413);
  });

  test('are answered 502 when the focus is away', async () => {
    const answer = await forwardConferenceRequests('http://127.0.0.1:1', log)({});
    expect(answer.status).toBe(502);
  });
});
