/** What `/config.js` tells clients of the installation. */
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FrontScene } from './web-front.test.support.js';

let scene: FrontScene;

beforeAll(async () => {
  scene = await FrontScene.open();
});
afterAll(() => scene.close());

describe('/config.js', () => {
  test('names the domains of the installation and the WebSocket of the origin it is loaded from', async () => {
    const { body, headers } = await scene.get('/config.js');
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
      enableOpusRed: false,
      enableIceRestart: expect.any(Boolean) as boolean,
      p2p: { enabled: false, stunServers: [] },
      videoQuality: { codecPreferenceOrder: ['VP8'], mobileCodecPreferenceOrder: ['VP8'] },
    });
  });

  test('leads to nobody else', async () => {
    const { body } = await scene.get('/config.js');
    expect(body.replaceAll('http://meet.example:0', '')).not.toMatch(
      /https?:\/\/|stun:|jitsi|google|gravatar\.com/,
    );
  });

  const evaluated = async (path: string, location?: object): Promise<unknown> => {
    const context: { config?: unknown; location?: object } = location === undefined ? {} : { location };
    runInNewContext((await scene.get(path)).body, context);
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
    async (path) => expect((await scene.get(path)).status).toBe(404),
  );

  test('knows no tenants where there are none', async () => {
    const { config } = scene;
    const none = { ...config, conference: { ...config.conference, tenants: false } };
    const other = await scene.start({}, none);
    const at = (path: string) => fetch(`http://127.0.0.1:${other.port}${path}`);
    expect((await at('/acme/standup')).status).toBe(404);
    expect((await at('/acme/config.js')).status).toBe(404);
    const context: { config?: unknown; location: object } = { location: pageAt('/acme/standup') };
    runInNewContext(await (await at('/config.js')).text(), context);
    expect(context.config).toMatchObject({ hosts: { muc: 'conference.meet.example' } });
    await other.stop();
  });
});
