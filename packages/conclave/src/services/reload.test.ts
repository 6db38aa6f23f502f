/** An operator changes the configuration of a running service. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import isPortReachable from 'is-port-reachable';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { adminClient } from '../admin/admin-client.js';
import { ConfigErrors, loadConfig } from '../config/load.js';
import { dataPaths } from '../data/data-directory.js';
import { makeSelfSigned } from '../data/self-signed-certificate.js';
import type { Running } from '../process/run.js';
import { startService } from './split.js';

/** Where the resolver of the tests finds the packages of this repository. */
let modules: string;
let directory: string;
let running: Running | undefined;
let httpPort: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'conclave-reload-'));
  modules = mkdtempSync(join(import.meta.dirname, 'reload-test-'));
  httpPort = await freePort();
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(directory, { recursive: true });
  rmSync(modules, { recursive: true });
});

const host = '127.0.0.1';
const freePort = (): Promise<number> => getPort({ host });
const connects = (port: number): Promise<boolean> => isPortReachable(port, { host });

/** conclave.yaml with these lines at the end. */
const configure = (...lines: string[]): void =>
  writeFileSync(
    join(directory, 'conclave.yaml'),
    `domain: meet.example
xmpp:
  c2s: { address: 127.0.0.1, port: 0 }
  component: { port: 0 }
  internalHttp: { port: ${httpPort} }
${lines.map((line) => `${line}\n`).join('')}`,
  );

const module = (feature: string): string => {
  writeFileSync(
    join(modules, 'greeting.mjs'),
    `import { defineModule } from '@conclave/xmpp-server';
import { z } from 'zod';
export default defineModule({
  name: 'greeting',
  options: z.strictObject({ text: z.string() }),
  load({ host, onUnload }, { text }) {
    onUnload(host.disco.feature('${feature}:' + text));
  },
});
`,
  );
  return join(modules, 'greeting.mjs');
};

const start = async (): Promise<ReturnType<typeof adminClient>> => {
  const loaded = loadConfig({}, directory);
  running = await startService('xmpp-server', loaded, pino({ level: 'silent' }));
  return adminClient(dataPaths(loaded.config).adminSocket);
};

/** A guest, connected all the time. */
class Guest {
  private constructor(private readonly socket: WebSocket) {}

  static async enter(): Promise<Guest> {
    const guest = new Guest(new WebSocket(`ws://127.0.0.1:${httpPort}/xmpp-websocket`, 'xmpp'));
    await once(guest.socket, 'open');
    const open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='guest.meet.example' version='1.0'/>";
    await guest.says(open, 'features');
    await guest.says("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>", 'success');
    await guest.says(open, 'features');
    await guest.says(
      "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
      '<jid>',
    );
    return guest;
  }

  features(): Promise<string> {
    return this.says(
      "<iq xmlns='jabber:client' type='get' id='d' to='guest.meet.example'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
      '<iq',
    );
  }

  leave(): void {
    this.socket.terminate();
  }

  /** Resolves with the first frame that has the text in it. */
  says(xml: string, answered: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.socket.once('close', () => reject(new Error('closed')));
      this.socket.on('message', (data: Buffer) => {
        if (data.toString().includes(answered)) resolve(data.toString());
      });
      this.socket.send(xml);
    });
  }
}

describe('a reload', { timeout: 30_000 }, () => {
  test('adds, changes and removes modules, while those who are connected stay', async () => {
    configure();
    const admin = await start();
    const guest = await Guest.enter();
    expect(await admin.reload()).toEqual({ changed: [], later: [] });

    const name = module('urn:example:first');
    const added = (text: string) =>
      configure('  modules:', '    guest.meet.example:', `      ${name}: { text: ${text} }`);
    added('hello');
    expect(await admin.reload()).toEqual({
      changed: ['xmpp.modules: greeting on guest.meet.example: loaded'],
      later: [],
    });
    expect(await guest.features()).toContain('urn:example:first:hello');

    module('urn:example:second');
    expect((await admin.reload()).changed).toEqual([
      'xmpp.modules: greeting on guest.meet.example: reloaded',
    ]);
    expect(await guest.features()).toContain('urn:example:second:hello');

    configure('log: { level: warn }', 'http: { port: 8081 }');
    expect(await admin.reload()).toEqual({
      changed: ['xmpp.modules: greeting on guest.meet.example: unloaded', 'log.level: warn'],
      later: ['http.port'],
    });
    expect(await guest.features()).not.toContain('urn:example');
    guest.leave();
  });

  test('takes to other servers and leaves them, while those who are connected stay', async () => {
    configure();
    const admin = await start();
    const guest = await Guest.enter();
    const [starttls, directTls] = [await freePort(), await freePort()];
    const s2s = (...lines: string[]): void =>
      configure('  s2s:', '    address: 127.0.0.1', ...lines.map((line) => `    ${line}`));
    s2s('enabled: true', `port: ${starttls}`, 'allow: [mantua.example]');
    expect(await admin.reload()).toEqual({ changed: ['xmpp.s2s: spoken with: mantua.example'], later: [] });
    expect(await connects(starttls)).toBe(true);
    s2s(
      'enabled: true',
      `port: ${starttls}`,
      `directTls: { enabled: true, port: ${directTls} }`,
      'allow: [mantua.example, padua.example]',
    );
    expect(await admin.reload()).toEqual({
      changed: ['xmpp.s2s: spoken with: mantua.example, padua.example'],
      later: [],
    });
    expect(await connects(directTls)).toBe(true);
    s2s('enabled: true', `port: ${httpPort}`, 'allow: [mantua.example]');
    expect(await admin.reload()).toEqual({ changed: [], later: ['xmpp.s2s: its port cannot be had'] });
    expect(await connects(starttls)).toBe(true);
    configure();
    expect(await admin.reload()).toEqual({ changed: ['xmpp.s2s: spoken with: nobody'], later: [] });
    expect(await connects(starttls)).toBe(false);
    expect(await guest.features()).toContain('urn:xmpp:ping');
    guest.leave();
  });

  test('with something wrong changes nothing, and says what and in which line', async () => {
    configure();
    const admin = await start();
    const guest = await Guest.enter();
    const before = await guest.features();
    configure('log:', '  level: loud');
    await expect(admin.reload()).rejects.toMatchObject({
      refusal: 'bad-configuration',
      message: expect.stringContaining('line 7: `log.level` must be one of') as string,
    });
    const name = module('urn:example');
    configure(
      '  modules:',
      '    meet.exmple: {}',
      '    meet.example:',
      '      carbos: false',
      '      offline:',
      '        maxMessages: many',
      '    guest.meet.example:',
      '      ping: false',
      '      ./nothing.mjs: {}',
      `      ${name}: { text: 5 }`,
      '      npm:conclave-no-such-module:',
      'log: { level: warn }',
    );
    const refused = await admin.reload().catch((error: unknown) => (error as Error).message.split('\n'));
    expect(refused).toEqual([
      expect.stringMatching(/line 14: \.\/nothing\.mjs cannot be loaded: ENOENT/),
      expect.stringMatching(/line 16: npm:conclave-no-such-module cannot be loaded: /),
      expect.stringMatching(/line 7: meet.exmple is no host here; did you mean `meet.example`\?/),
      expect.stringMatching(/line 9: there is no module carbos on meet.example; did you mean `carbons`\?/),
      expect.stringMatching(/line 11: `maxMessages` of offline: .*expected number/),
      expect.stringMatching(/line 15: `text` of \/.*greeting\.mjs: .*expected string/),
    ]);
    expect(await guest.features()).toBe(before);
    guest.leave();
  });

  test('is what SIGHUP does as well; the same faults keep a service from starting', async () => {
    configure('  modules: { meet.example: { version: { name: Meet } } }');
    await start();
    configure('  modules: { meet.example: { version: false } }');
    await expect(running?.reload?.()).resolves.toEqual({
      changed: ['xmpp.modules: version on meet.example: unloaded'],
      later: [],
    });
    await running?.stop();
    running = undefined;
    configure('  modules: { meet.example: { version: { nam: Meet } } }');
    await expect(start()).rejects.toThrow(ConfigErrors);
  });

  test('takes over a certificate that was renewed, and refuses one that is broken', async () => {
    configure();
    const admin = await start();
    const pem = join(directory, 'renewed.pem');
    writeFileSync(pem, 'nonsense');
    configure(`tls: { certificate: ${pem}, key: ${pem} }`);
    await expect(admin.reload()).rejects.toThrow(/TLS-002/);
    writeFileSync(pem, await makeSelfSigned('meet.example', new Date()));
    expect((await admin.reload()).changed).toEqual([
      expect.stringMatching(/^tls.certificate: valid until \d{4}-/),
    ]);
  });

  test('takes over the authorities of clients', async () => {
    configure();
    const admin = await start();
    const pem = join(directory, 'clients.pem');
    writeFileSync(pem, (await makeSelfSigned('clients', new Date())).split('-----BEGIN PRIVATE')[0] ?? '');
    configure(`tls: { clientAuthorities: ${pem} }`);
    expect(await admin.reload()).toEqual({ changed: ['tls.clientAuthorities'], later: [] });
    expect((await admin.reload()).changed).toEqual([]);
  });

  test('takes over limits, but for those that wait for the next start', async () => {
    configure('  limits: { stanzaBytes: 100000 }');
    const admin = await start();
    configure('  limits: { hibernationSeconds: 300, scramIterations: 20000 }');
    expect(await admin.reload()).toEqual({
      changed: ['xmpp.limits.stanzaBytes: 262144', 'xmpp.limits.hibernationSeconds: 300'],
      later: ['xmpp.limits.scramIterations'],
    });
    configure('  limits: { hibernationSeconds: 0 }');
    await expect(admin.reload()).rejects.toThrow(/from 1 to 86400/);
  });

  test('takes over where clients are sent', async () => {
    configure();
    const admin = await start();
    configure('  redirections: { guest.meet.example: { webSocket: "wss://other.example/", when: always } }');
    expect(await admin.reload()).toEqual({
      changed: ['xmpp.redirections: sent elsewhere: guest.meet.example'],
      later: [],
    });
    configure('  redirections: { auth.meet.example: { host: other.example } }');
    await expect(admin.reload()).rejects.toThrow(/CONF-006/);
    configure('  redirections: { meet.example: { webSocket: "ws://other.example/" } }');
    await expect(admin.reload()).rejects.toThrow(/wss/);
  });
});
