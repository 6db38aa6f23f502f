/** What an operator changes while the server runs: those who are connected stay, and find it changed. */
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { moduleProblems } from './host-plans.js';
import { defineModule } from './host/module.js';
import { configured } from './host/module-set.js';
import { defaultLimits } from './limits.js';
import { selfSigned } from './testing/certificate.js';
import { RawTcp } from './testing/raw-tcp.js';
import { RawWebSocket } from './testing/raw-websocket.js';
import { domain, startTestServer, type TestServer } from './testing/test-server.js';

let running: TestServer | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const greeting = defineModule({
  name: 'greeting',
  options: z.strictObject({ text: z.string().default('hello') }),
  load({ host, onUnload }, { text }) {
    onUnload(host.disco.feature(`urn:example:greeting:${text}`));
  },
});

const guests = `guest.${domain}`;

async function guest(server: TestServer): Promise<RawTcp> {
  const client = await RawTcp.guest(server.server.ports.c2s);
  client.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
  await client.until(/<\/iq>/);
  return client;
}

async function features(client: RawTcp): Promise<string> {
  client.send(
    `<iq type='get' id='d' to='${guests}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
  );
  return client.until(/<\/iq>/);
}

it('modules come, change and go; the session stays', async () => {
  running = await startTestServer();
  const { server } = running;
  const client = await guest(running);
  const [before] = server.sessions(guests);
  expect(await features(client)).not.toContain('urn:example:greeting');

  const added = (text: string) => ({ addedModules: { [guests]: [configured(greeting, { text })] } });
  expect(server.replaceModules(added('hello')).get(guests)).toMatchObject({
    loaded: ['greeting'],
    unloaded: [],
    reloaded: [],
  });
  expect(await features(client)).toContain('urn:example:greeting:hello');
  server.replaceModules(added('salut'));
  const then = await features(client);
  expect(then).toContain('urn:example:greeting:salut');
  expect(then).not.toContain('urn:example:greeting:hello');
  server.replaceModules({ modules: { [guests]: { ping: false } } });
  const last = await features(client);
  expect(last).not.toContain('urn:example:greeting');
  expect(last).not.toContain('urn:xmpp:ping');
  expect(server.sessions(guests)).toEqual([before]);
});

it('rooms are not taken away: their options wait for the next start', async () => {
  running = await startTestServer();
  const rooms = `conference.${domain}`;
  const changes = running.server.replaceModules({ modules: { [rooms]: { muc: { name: 'Others' } } } });
  expect(changes.get(rooms)).toEqual({ loaded: [], unloaded: [], reloaded: [], later: ['muc'] });
});

it('what cannot be is refused, and everything is as before', async () => {
  running = await startTestServer();
  const client = await guest(running);
  const before = await features(client);
  const wrong = {
    addedModules: { [guests]: [configured(greeting)], [domain]: [configured(greeting, { text: 1 })] },
  };
  expect(() => running?.server.replaceModules(wrong)).toThrow();
  expect(() => running?.server.replaceModules({ modules: { 'elsewhere.example': {} } })).toThrow('no host');
  expect(await features(client)).toBe(before);
});

it('a new certificate serves new handshakes, on a connection of old nothing ends', async () => {
  running = await startTestServer({ directTls: { host: '127.0.0.1', port: 0 } });
  const client = await guest(running);
  const next = await selfSigned(domain);
  running.server.replaceCertificate(next);
  const socket = connect({
    port: running.server.ports.directTls ?? 0,
    host: '127.0.0.1',
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  expect(socket.getPeerX509Certificate()?.fingerprint256).toBe(new X509Certificate(next.cert).fingerprint256);
  socket.destroy();
  expect(await features(client)).toContain('urn:xmpp:ping');
});

it('limits change: what is there stays as it is, what comes is held to the new ones', async () => {
  running = await startTestServer();
  const { server, webSocketUrl } = running;
  const client = await guest(running);
  const { unauthenticated, authenticated } = defaultLimits;
  server.replaceLimits({
    unauthenticated: { ...unauthenticated, stanzaBytes: 2_000 },
    authenticated: { ...authenticated, stanzaBytes: 20_000 },
    sessionsPerAddress: 2,
    hibernation: 7_000,
  });
  const message = (length: number): string =>
    `<message to='${guests}'><body>${'x'.repeat(length)}</body></message>`;
  client.send(message(50_000));
  expect(await features(client)).toContain('urn:xmpp:ping');

  const early = await RawTcp.secured(server.ports.c2s);
  early.send(`<message>${'x'.repeat(3_000)}`);
  expect(await early.streamError()).toBe('policy-violation');
  const late = await guest(running);
  late.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
  expect(await late.until(/<enabled[^>]*>/)).toContain('max="7"');
  late.send(message(21_000));
  expect(await late.streamError()).toBe('policy-violation');
  const framed = await RawWebSocket.connect(webSocketUrl);
  framed.open(guests);
  await framed.frames(2);
  framed.send(`<message>${'x'.repeat(21_000)}</message>`);
  await framed.rest();
  expect(framed.code).toBe(1009);

  await guest(running);
  const third = await RawTcp.guest(server.ports.c2s);
  third.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
  expect(await third.until(/<\/iq>/)).toContain('<resource-constraint');
  server.replaceLimits({});
  third.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
  expect(await third.until(/<\/iq>/)).toContain('type="result"');
});

it('connections of an address are counted on, whatever the limit becomes', async () => {
  running = await startTestServer();
  const { server } = running;
  const client = await guest(running);
  server.replaceLimits({ connectionsPerAddress: 1 });
  expect(await (await RawTcp.open(server.ports.c2s)).rest()).toBe('');
  client.cut();
  await expect.poll(() => server.sessions()).toEqual([]);
  expect(await (await RawTcp.guest(server.ports.c2s)).until(/^/)).toBe('');
});

it('all that is wrong is known before anything is done', () => {
  const problems = moduleProblems({
    domain,
    modules: {
      'elsewhere.example': {},
      [domain]: { carbon: false, offline: { maxMesages: 1 }, version: false },
    },
    addedModules: { [domain]: [configured(greeting, { text: 5 })] },
  });
  expect(problems.map(({ host, module, message }) => [host, module, message])).toEqual([
    ['elsewhere.example', undefined, 'elsewhere.example is no host here'],
    [domain, 'carbon', `there is no module carbon on ${domain}`],
    [domain, 'offline', expect.stringContaining('maxMesages')],
    [domain, 'greeting', expect.stringContaining('expected string')],
  ]);
});
