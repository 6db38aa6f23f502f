import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { adminClient } from '../admin/admin-client.js';
import { loadConfig, type LoadedConfig } from '../config/load.js';
import { dataPaths } from '../data/data-directory.js';
import { type AllInOne, startAllInOne } from './all-in-one.js';

let directory: string;
let lines: string[];
let log: Logger;
let running: AllInOne[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conclave-all-'));
  mkdirSync(join(directory, 'page'));
  writeFileSync(join(directory, 'page', 'index.html'), '<!doctype html><title>Conclave</title>');
  lines = [];
  running = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push((JSON.parse(String(chunk)) as { msg: string }).msg);
      done();
    },
  });
  log = pino({ level: 'info' }, stream);
});
afterEach(async () => {
  for (const instance of running) await instance.stop();
  rmSync(directory, { recursive: true });
});

const configuration = (name: string, more: NodeJS.ProcessEnv = {}): LoadedConfig =>
  loadConfig(
    {
      CONCLAVE_DATA: name,
      CONCLAVE_HTTP_ADDRESS: '127.0.0.1',
      CONCLAVE_HTTP_PORT: '0',
      CONCLAVE_C2S_ADDRESS: '127.0.0.1',
      CONCLAVE_C2S_PORT: '0',
      CONCLAVE_COMPONENT_PORT: '0',
      CONCLAVE_MEDIA_ADDRESS: '127.0.0.1',
      CONCLAVE_MEDIA_PORT: '0',
      CONCLAVE_ADVERTISED_ADDRESSES: '127.0.0.1',
      ...more,
    },
    directory,
  );

const start = async (config: LoadedConfig): Promise<AllInOne> => {
  const instance = await startAllInOne(config, log, join(directory, 'page'));
  running.push(instance);
  return instance;
};

describe('the all-in-one', { timeout: 30_000 }, () => {
  test('says when it is ready: the policy, the address, and the command that registers a first host', async () => {
    const { ports } = await start(configuration('one'));
    expect(lines.slice(-20).join('\n')).toContain('rooms are opened by the accounts of localhost only');
    expect(lines.find((line) => line.startsWith('Conclave is ready'))).toBe(
      `Conclave is ready: http://localhost:${ports.http} - register a first host: ` +
        `npx conclavectl register <user> localhost <password> --data ${join(directory, 'one')}`,
    );
  });

  test('runs twice on one machine, each with its own data, accounts and ports', async () => {
    const [one, two] = [configuration('one'), configuration('two', { CONCLAVE_DOMAIN: 'two.example' })];
    const [first, second] = [await start(one), await start(two)];
    await adminClient(dataPaths(one.config).adminSocket).register('ann', 'localhost', 'secret');
    expect(await adminClient(dataPaths(two.config).adminSocket).list('two.example')).toEqual([]);
    const configOf = async ({ ports }: AllInOne): Promise<string> =>
      (await fetch(`http://127.0.0.1:${ports.http}/config.js`)).text();
    expect(await configOf(first)).toContain('"domain": "localhost"');
    expect(await configOf(second)).toContain('"domain": "two.example"');
  });

  test('takes XMPP over WebSocket at the port of the page, from pages of its own origin only', async () => {
    const { ports } = await start(configuration('one'));
    const url = `ws://127.0.0.1:${ports.http}/xmpp-websocket`;
    const socket = new WebSocket(url, 'xmpp', { origin: `http://127.0.0.1:${ports.http}` });
    await once(socket, 'open');
    socket.send("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>");
    const [answer] = (await once(socket, 'message')) as [Buffer];
    expect(answer.toString()).toMatch(/^<open /);
    socket.terminate();

    const foreign = new WebSocket(url, 'xmpp', { origin: 'https://evil.example' });
    const [error] = (await once(foreign, 'error')) as [Error];
    expect(error.message).toContain('403');
  });

  test('takes files at the port of the page, from those who have a slot for one', async () => {
    const { ports } = await start(configuration('one'));
    const url = `http://127.0.0.1:${ports.http}/upload/slot/name.txt`;
    const { status, headers } = await fetch(url, { method: 'PUT', body: 'x' });
    expect([status, headers.get('x-content-type-options')]).toEqual([404, 'nosniff']);
  });

  test('stops within five seconds, with clients connected, and starts again on the same data', async () => {
    const config = configuration('one');
    const instance = await start(config);
    const socket = new WebSocket(`ws://127.0.0.1:${instance.ports.http}/xmpp-websocket`, 'xmpp');
    await once(socket, 'open');
    const gone = once(socket, 'close');
    const asked = Date.now();
    await instance.stop();
    expect(Date.now() - asked).toBeLessThan(5000);
    await gone;
    await start(config);
  });

  test('says which key to change when the media port is taken, and leaves nothing running', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    const config = configuration('one', { CONCLAVE_MEDIA_PORT: String(taken.address().port) });
    await expect(start(config)).rejects.toMatchObject({
      code: 'NET-001',
      detail: expect.stringContaining('`media.port`') as string,
    });
    taken.close();
    await once(taken, 'close');
    await start(config);
  });
});
