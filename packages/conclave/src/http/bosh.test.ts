/** Requests for the XMPP server, on their way through the web service. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forwardRequests, type RequestHandler, xmppRequests } from './bosh.js';
import { FrontScene, bosh, log, nobody } from './web-front.test.support.js';

let scene: FrontScene;

beforeAll(async () => {
  scene = await FrontScene.open();
});
afterAll(() => scene.close());

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
    const other = await scene.start({ bosh: xmpp });
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
    expect(await (await post(scene.port)).text()).toBe('POST <body/> for undefined');
  });

  test('goes to the XMPP server in another process, on behalf of the client', async () => {
    const far = forwardRequests(scene.upstream, log);
    const other = await scene.start({ bosh: far });
    const answer = await post(other.port);
    expect(await answer.text()).toBe('POST <body/> for 127.0.0.1');
    expect(answer.headers.get('content-type')).toBe('text/xml');
    await other.stop();
  });

  test('is answered 502 while the other process is down, and the next time it is asked again', async () => {
    const away = await nobody();
    const down = forwardRequests(away, log);
    const other = await scene.start({ bosh: down });
    expect((await post(other.port)).status).toBe(502);
    const risen = createServer(bosh).listen(Number(new URL(away).port), '127.0.0.1');
    await once(risen, 'listening');
    expect((await post(other.port)).status).toBe(200);
    await other.stop();
    risen.closeAllConnections();
    risen.close();
  });
});
