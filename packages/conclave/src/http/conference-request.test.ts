/** Conference requests over HTTP, on their way to the focus. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forwardConferenceRequests } from './conference-request.js';
import { FrontScene, log } from './web-front.test.support.js';

let scene: FrontScene;

beforeAll(async () => {
  scene = await FrontScene.open();
});
afterAll(() => scene.close());

describe('conference requests', () => {
  const ask = (init: RequestInit = {}) =>
    fetch(`http://${scene.host}/conference-request/v1`, {
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

  test('that are none, or too long, do not', async () => {
    expect((await ask({ body: '{' })).status).toBe(400);
    expect((await ask({ body: JSON.stringify('x'.repeat(9_000)) })).status).toBe(413);
  });

  test('are answered 502 when the focus is away', async () => {
    const answer = await forwardConferenceRequests('http://127.0.0.1:1', log)({});
    expect(answer.status).toBe(502);
  });
});
