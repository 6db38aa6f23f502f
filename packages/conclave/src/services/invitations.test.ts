/** From `conclavectl invite` to the password, with the page and the XMPP server in processes of their own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminClient, type AdminClient } from '../admin/admin-client.js';
import { loadConfig } from '../config/load.js';
import { dataPaths } from '../data/data-directory.js';
import { forwardRequests } from '../http/bosh.js';
import { forwardUpgrades } from '../http/upgrades.js';
import { startWebFront, type WebFront } from '../http/web-front.js';
import type { Running } from '../process/run.js';
import { startService } from './split.js';

const log = pino({ level: 'silent' });
let directory: string;
let server: Running;
let front: WebFront;
let admin: AdminClient;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'conclave-invite-'));
  const page = join(directory, 'page');
  mkdirSync(page);
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>Conclave</title>');
  const port = await getPort({ host: '127.0.0.1' });
  const loaded = loadConfig(
    {
      CONCLAVE_DOMAIN: 'meet.example',
      CONCLAVE_PUBLIC_URL: 'https://meet.example',
      CONCLAVE_HTTP_ADDRESS: '127.0.0.1',
      CONCLAVE_HTTP_PORT: '0',
      CONCLAVE_C2S_PORT: '0',
      CONCLAVE_COMPONENT_PORT: '0',
      CONCLAVE_XMPP_HTTP_PORT: String(port),
    },
    directory,
  );
  server = await startService('xmpp-server', loaded, log);
  const origin = `http://127.0.0.1:${port}`;
  const upgrades = forwardUpgrades(origin, log);
  const routes = {
    conferenceRequest: () => Promise.reject(new Error('not asked')),
    bosh: forwardRequests(origin, log),
    xmpp: upgrades,
    bridge: upgrades,
  };
  front = await startWebFront(loaded.config, routes, log, page);
  admin = adminClient(dataPaths(loaded.config).adminSocket);
});
afterEach(async () => {
  await front.stop();
  await server.stop();
  rmSync(directory, { recursive: true });
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${front.port}/invite/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

test(
  'an invitation becomes an account, whose password nobody else has seen',
  { timeout: 20_000 },
  async () => {
    const { link, uri } = await admin.invite({ kind: 'account', username: 'ann', lifetime: 60 });
    const token = /^https:\/\/meet\.example\/invite\/([\w-]{32})$/.exec(link)?.[1] ?? '';
    expect(uri).toBe(`xmpp:ann@meet.example?register;preauth=${token}`);

    const page = await fetch(`http://127.0.0.1:${front.port}/invite/${token}`);
    expect(await page.text()).toContain('<title>Conclave</title>');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");

    expect(await (await post('look', { token })).json()).toMatchObject({ kind: 'account', username: 'ann' });
    expect((await post('accept', { token, password: 'x' }, { origin: 'https://evil.example' })).status).toBe(
      403,
    );
    expect((await post('accept', { token, password: 'of her own' })).status).toBe(200);
    expect(await admin.list('meet.example')).toEqual(['ann@meet.example']);
    expect((await post('accept', { token, password: 'again' })).status).toBe(404);
  },
);

test('conclavectl is told of accounts that are there, or not', async () => {
  await admin.register('ann', 'meet.example', 'x');
  await expect(admin.invite({ kind: 'account', username: 'ann', lifetime: 60 })).rejects.toMatchObject({
    refusal: 'exists',
  });
  await expect(admin.invite({ kind: 'reset', username: 'bob', lifetime: 60 })).rejects.toMatchObject({
    refusal: 'no-such-account',
  });
  await expect(admin.invite({ kind: 'account', lifetime: 1 })).rejects.toMatchObject({
    refusal: 'bad-request',
  });
});
