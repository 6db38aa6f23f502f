import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../config/load.js';
import { Scope } from '../process/scope.js';
import { startConferenceApi } from './conference-api.js';
import { serviceContext } from './context.js';

const log = pino({ level: 'silent' });
type Handle = Parameters<typeof startConferenceApi>[1]['handleApi'];

async function start(environment: NodeJS.ProcessEnv, handleApi: Handle): Promise<number | undefined> {
  const scope = new Scope(log);
  onTestFinished(() => scope.stop());
  const loaded = loadConfig({ CONCLAVE_CONFERENCE_API_PORT: '0', ...environment }, '/');
  return startConferenceApi(serviceContext(loaded, log), { handleApi }, scope);
}

const withToken = { CONCLAVE_CONFERENCE_API_TOKEN: 'a-secret-of-the-operator' };

it('hands requests on as they are, with who bears them', async () => {
  const asked: unknown[] = [];
  const port = await start(withToken, ({ query, ...request }) => {
    asked.push({ ...request, query: String(query) });
    return Promise.resolve({ status: 401, type: 'text/plain', body: 'Unauthorized\n' });
  });
  const response = await fetch(`http://127.0.0.1:${port}/kick-participant?room=r`, {
    method: 'PUT',
    headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
    body: '{"participantId":"a"}',
  });
  expect([response.status, await response.text()]).toEqual([401, 'Unauthorized\n']);
  expect(asked).toEqual([
    {
      method: 'PUT',
      path: '/kick-participant',
      accept: '*/*',
      query: 'room=r',
      body: { participantId: 'a' },
      authorization: 'Bearer x',
      address: '127.0.0.1',
    },
  ]);
});

it('takes no bodies without end, nothing that is no JSON, and nothing from pages', async () => {
  const port = await start(withToken, () => Promise.reject(new Error('asked')));
  const status = async (body: string, headers: Record<string, string> = {}) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
    return (await fetch(`http://127.0.0.1:${port}/end-meeting`, init)).status;
  };
  expect(await status(JSON.stringify('x'.repeat(10_000)))).toBe(413);
  expect(await status('{')).toBe(400);
  expect(await status('{}', { origin: 'https://evil.example' })).toBe(403);
});

it('answers nothing where the module has been switched off', async () => {
  const port = await start(withToken, () => Promise.resolve(undefined));
  expect((await fetch(`http://127.0.0.1:${port}/sessions`)).status).toBe(404);
});

it('is not there without a token', async () => {
  expect(await start({}, () => Promise.resolve(undefined))).toBeUndefined();
});

it.each(['short', 'with spaces in between'])('does not take %j for a token', (token) => {
  expect(() => loadConfig({ CONCLAVE_CONFERENCE_API_TOKEN: token }, '/')).toThrow();
});
