/** What the web service is for whoever asks it: the page, and where XMPP is found; and how it starts. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FrontScene } from './web-front.test.support.js';

let scene: FrontScene;

beforeAll(async () => {
  scene = await FrontScene.open();
});
afterAll(() => scene.close());

describe('the page', () => {
  test.each([
    '/',
    '/index.html',
    '/some-room',
    '/R%C3%A4tselraum',
    '/acme/some-room',
    '/acme.example/some-room',
  ])('is what %s shows', async (path) => {
    const { status, body, headers } = await scene.get(path);
    expect(status).toBe(200);
    expect(body).toContain('Conclave');
    expect(headers['cache-control']).toBe('no-cache');
    expect(headers['content-type']).toMatch(/^text\/html/);
  });

  test('has assets that never change under one name', async () => {
    const { status, headers } = await scene.get('/assets/index-abc.js');
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
    const { status, body } = await scene.get(path);
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
    const { status, body } = await scene.get(path);
    expect(body).not.toContain('outside');
    expect(body).not.toContain('root:');
    expect(status).toBeGreaterThanOrEqual(path === '/%00' ? 200 : 400);
  });

  test('takes no other methods', async () => {
    expect((await scene.get('/', 'POST')).status).toBe(404);
    expect((await scene.get('/', 'HEAD')).status).toBe(200);
  });
});

describe('security headers', () => {
  test.each(['/', '/config.js', '/about/health', '/nowhere.js', '/%'])(
    'are on every answer: %s',
    async (path) => {
      const { headers } = await scene.get(path);
      expect(headers['content-security-policy']).toBe(
        `default-src 'self'; connect-src 'self' ws://${scene.host} wss://${scene.host}; img-src 'self' blob:; media-src 'self' blob:; ` +
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
      const socket = connect(scene.port, '127.0.0.1').setEncoding('utf8');
      socket.on('data', (chunk: string) => (text += chunk)).on('end', () => resolve(text));
      socket.write('GET / HTTP/1.1\r\nHost: evil.example; script-src *\r\nConnection: close\r\n\r\n');
    });
    expect(response).not.toContain('evil');
    expect(response).not.toContain('script-src');
  });
});

test('where XMPP is found is told to anybody who asks (XEP-0156)', async () => {
  const at = (path: string) => fetch(`http://127.0.0.1:${scene.port}/.well-known/${path}`);
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

describe('starting', () => {
  test('on a port that is taken fails with NET-001 and the key to change', async () => {
    const taken = { ...scene.config, http: { ...scene.config.http, port: scene.port } };
    const start = scene.start({}, taken);
    await expect(start).rejects.toMatchObject({
      code: 'NET-001',
      detail: expect.stringContaining('`http.port`') as string,
    });
  });

  test('on an address of another machine fails with NET-002', async () => {
    const foreign = { ...scene.config, http: { ...scene.config.http, address: '192.0.2.1' } };
    const start = scene.start({}, foreign);
    await expect(start).rejects.toMatchObject({ code: 'NET-002' });
  });

  test('without a built page fails with WEB-001', async () => {
    const start = scene.start({}, scene.config, join(scene.page, '..'));
    await expect(start).rejects.toMatchObject({ code: 'WEB-001' });
  });
});
