import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adminClient } from '../admin/admin-client.js';
import { loadConfig, type LoadedConfig } from '../config/load.js';
import { dataPaths } from '../data/data-directory.js';
import type { Running } from '../process/run.js';
import { startService } from './split.js';

let directory: string;
let running: Running[];
let lines: string[];
let log: Logger;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conclave-services-'));
  running = [];
  lines = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  log = pino({ level: 'info' }, stream);
});
afterEach(async () => {
  for (const service of running.reverse()) await service.stop();
  rmSync(directory, { recursive: true });
});

const configuration = (name: string, more: NodeJS.ProcessEnv = {}): LoadedConfig =>
  loadConfig(
    {
      CONCLAVE_DATA: name,
      CONCLAVE_C2S_ADDRESS: '127.0.0.1',
      CONCLAVE_C2S_PORT: '0',
      CONCLAVE_COMPONENT_PORT: '0',
      CONCLAVE_XMPP_HTTP_PORT: '0',
      ...more,
    },
    directory,
  );

const startXmpp = async (config: LoadedConfig): Promise<LoadedConfig> => {
  running.push(await startService('xmpp-server', config, log));
  return config;
};

describe('the XMPP server as a process of its own', () => {
  test('makes its data on the first start, private', async () => {
    const paths = dataPaths((await startXmpp(configuration('one'))).config);
    expect(readdirSync(paths.secrets).sort()).toEqual(['certificate.pem', 'focus-password', 'jvb-password']);
    for (const path of [paths.root, paths.xmppServer, paths.secrets])
      expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(paths.secrets)) {
      expect(statSync(join(paths.secrets, name)).mode & 0o077).toBe(0);
    }
  });

  test('is administered while it runs, and keeps its accounts over a restart', async () => {
    const config = await startXmpp(configuration('one'));
    const admin = adminClient(dataPaths(config.config).adminSocket);
    await admin.register('ann', 'localhost', 'secret');
    await expect(admin.register('Ann', 'localhost', 'other')).rejects.toMatchObject({ refusal: 'exists' });
    await expect(admin.register('ann', 'guest.localhost', 'x')).rejects.toMatchObject({
      refusal: 'no-such-host',
    });
    await expect(admin.register('a b', 'localhost', 'x')).rejects.toMatchObject({ refusal: 'bad-username' });
    await expect(admin.setPassword('bob', 'localhost', 'x')).rejects.toMatchObject({
      refusal: 'no-such-account',
    });

    await running.pop()?.stop();
    await expect(admin.list('localhost')).rejects.toMatchObject({ code: 'CTL-001' });
    await startXmpp(config);
    expect(await admin.list('localhost')).toEqual(['ann@localhost']);
    await admin.remove('ann', 'localhost');
    expect(await admin.list('localhost')).toEqual([]);
  });

  test('says at start who is let in', async () => {
    await startXmpp(configuration('one', { CONCLAVE_DOMAIN: 'meet.example' }));
    expect(lines.join('')).toContain('rooms are opened by the accounts of meet.example only');
  });

  test('runs beside another instance with other ports and data', async () => {
    const one = await startXmpp(configuration('one'));
    const two = await startXmpp(configuration('two'));
    await adminClient(dataPaths(one.config).adminSocket).register('ann', 'localhost', 'x');
    expect(await adminClient(dataPaths(two.config).adminSocket).list('localhost')).toEqual([]);
  });

  test('does not share its data directory (DATA-003)', async () => {
    await startXmpp(configuration('one'));
    await expect(startService('xmpp-server', configuration('one'), log)).rejects.toMatchObject({
      code: 'DATA-003',
    });
  });

  test.each([
    ['CONCLAVE_C2S_PORT', 'xmpp.c2s.port'],
    ['CONCLAVE_COMPONENT_PORT', 'xmpp.component.port'],
    ['CONCLAVE_XMPP_HTTP_PORT', 'xmpp.internalHttp.port'],
  ])('says which key to change when a port is taken: %s', async (variable, key) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const config = configuration('one', { [variable]: String(port) });
    const start = startService('xmpp-server', config, log);
    await expect(start).rejects.toMatchObject({
      code: 'NET-001',
      detail: expect.stringContaining(`\`${key}\``) as string,
    });
    // Nothing is left running or in the way.
    taken.close();
    await once(taken, 'close');
    await startXmpp(config);
  });
});
