/** The module that the handbook shows is the one that is compiled and run here, word for word. */
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { configured, startXmppServer } from '@conclave/xmpp-server';
import { pino } from 'pino';
import ts from 'typescript';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { makeSelfSigned } from '../data/self-signed-certificate.js';
import { importModule } from '../modules/import-module.js';

const page = readFileSync(new URL('../../../../docs/handbook/modules.md', import.meta.url), 'utf8');
const example = /```js\n(.*?)```/s.exec(page)?.[1] ?? '';
/** Below the packages, which it imports. */
let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(import.meta.dirname, 'handbook-example-'));
  file = join(directory, 'motd.mjs');
  writeFileSync(file, example);
});
afterEach(() => rmSync(directory, { recursive: true }));

test('it compiles, strictly', { timeout: 60_000 }, () => {
  const program = ts.createProgram([file], {
    allowJs: true,
    checkJs: true,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    customConditions: ['source'],
    types: ['node'],
  });
  const source = program.getSourceFile(file);
  const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
});

test('it greets, once, and answers', { timeout: 20_000 }, async () => {
  const domain = 'meet.example';
  const motd = configured(await importModule('./motd.mjs', directory), { text: 'Be kind.' });
  const pem = await makeSelfSigned(domain, new Date());
  const server = await startXmppServer(
    {
      domain,
      storage: 'memory',
      c2s: { host: '127.0.0.1', port: 0 },
      component: { host: '127.0.0.1', port: 0, secrets: {} },
      tls: { cert: pem, key: pem },
      serviceAccounts: [],
      addedModules: { [domain]: [motd] },
    },
    { log: pino({ level: 'silent' }) },
  );
  await server.accounts.register('ann', domain, 'secret');
  const http = createServer().listen(0, '127.0.0.1');
  http.on('upgrade', (...upgrade) => server.handleUpgrade(...upgrade));
  await once(http, 'listening');
  const socket = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/`, 'xmpp');
  await once(socket, 'open');
  const says = (xml: string, answered: string): Promise<string> =>
    new Promise((resolve) => {
      socket.on('message', (data: Buffer) => {
        if (data.toString().includes(answered)) resolve(data.toString());
      });
      socket.send(xml);
    });
  const open = `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='${domain}' version='1.0'/>`;
  await says(open, 'features');
  const plain = Buffer.from('\0ann\0secret').toString('base64');
  await says(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`, 'success');
  await says(open, 'features');
  const iq = (id: string, type: string, payload: string): string =>
    `<iq xmlns='jabber:client' type='${type}' id='${id}' ${type === 'get' ? `to='${domain}'` : ''}>${payload}</iq>`;
  await says(iq('1', 'set', "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"), '<jid>');

  const online = "<presence xmlns='jabber:client'/>";
  expect(await says(online, '<message')).toContain('<body>Be kind.</body>');
  let greetings = 0;
  socket.on('message', (data: Buffer) => (greetings += data.toString().includes('<message') ? 1 : 0));
  await says("<presence xmlns='jabber:client' type='unavailable'/>", 'unavailable');
  socket.send(online);
  expect(await says(iq('2', 'get', "<motd xmlns='urn:example:motd'/>"), 'type="result"')).toContain(
    'Be kind.',
  );
  expect(greetings).toBe(0);
  socket.terminate();
  await server.stop();
  http.close();
});
