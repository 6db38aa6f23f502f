/** WebSockets, on their way through the web service. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { forwardRequests } from './bosh.js';
import { forwardUpgrades } from './upgrades.js';
import { FrontScene, log, nobody } from './web-front.test.support.js';

let scene: FrontScene;

beforeAll(async () => {
  scene = await FrontScene.open();
});
afterAll(() => scene.close());

describe('WebSockets', () => {
  const talk = async (path: string): Promise<string[]> => {
    const socket = new WebSocket(`ws://${scene.host}${path}`);
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
      const socket = new WebSocket(`ws://${scene.host}${path}`);
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error.message).toContain('404');
    },
  );

  test('are answered 502 while the other process is down', async () => {
    const away = await nobody();
    const down = forwardUpgrades(away, log);
    const other = await scene.start({ bosh: forwardRequests(away, log), xmpp: down, bridge: down });
    const socket = new WebSocket(`ws://127.0.0.1:${other.port}/xmpp-websocket`);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('502');
    await other.stop();
  });

  test('go to whichever of several videobridges knows the bridge that they are for', async () => {
    const second = forwardUpgrades(scene.upstream, log);
    for (const first of [await nobody(), `http://${scene.host}`]) {
      // The one is away; to the other no bridge of that name is known.
      const bridge = forwardUpgrades(first, log, { otherwise: second });
      const other = await scene.start({
        bridge: (request, ...rest) => {
          if (first.includes(scene.host)) request.url = '/unknown';
          bridge(request, ...rest);
        },
      });
      const socket = new WebSocket(`ws://127.0.0.1:${other.port}/colibri-ws/b1/c/e?pwd=x`);
      await once(socket, 'message');
      socket.terminate();
      await other.stop();
    }
  });

  test('are refused with 404 when none of them does', async () => {
    const unknown = `http://${scene.host}`;
    const bridge = forwardUpgrades(unknown, log, { otherwise: forwardUpgrades(unknown, log) });
    const other = await scene.start({
      bridge: (request, ...rest) => {
        request.url = '/unknown';
        bridge(request, ...rest);
      },
    });
    const socket = new WebSocket(`ws://127.0.0.1:${other.port}/colibri-ws/b9/c/e?pwd=x`);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('404');
    await other.stop();
  });

  test('do not keep the front from stopping', async () => {
    const other = await scene.start();
    const socket = new WebSocket(`ws://127.0.0.1:${other.port}/xmpp-websocket`);
    await once(socket, 'message');
    const gone = once(socket, 'close');
    await other.stop();
    await gone;
  });
});
