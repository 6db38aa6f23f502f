/** Servers that begin with TLS (XEP-0368). */
import { connect, createServer as createTlsServer, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { authority, certified, login, startFederated, Ports } from '../testing/federated.js';
import { acceptStreamOver, serverHeader } from '../testing/raw-remote.js';
import { RawTcp } from '../testing/raw-tcp.js';
import type { TestServer } from '../testing/test-server.js';
import { defaultS2sLimits } from './s2s-config.js';

const verona = 'verona.example';
const mantua = 'mantua.example';
const directTls = { host: '127.0.0.1', port: 0 };

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(
  domain: string,
  remote: string,
  s2s: NonNullable<Parameters<typeof startFederated>[3]> = {},
): Promise<TestServer> {
  const server = await startFederated(domain, remote, new Ports(), s2s);
  servers.push(server);
  return server;
}

async function connected(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

describe('a server that connects to ours', () => {
  it('shows its certificate at once, and says that it speaks XMPP', async () => {
    const { server } = await start(verona, mantua, { directTls });
    const socket = await connected(server.ports.s2sDirectTls ?? 0, {
      ...(await certified(mantua)),
      ALPNProtocols: ['xmpp-server'],
    });
    expect(socket.alpnProtocol).toBe('xmpp-server');
    const remote = RawTcp.over(socket);
    remote.send(serverHeader(`from='${mantua}' to='${verona}'`));
    const features = await remote.until(/<\/stream:features>/);
    expect(features).toContain('EXTERNAL');
    expect(features).not.toContain('starttls');
    remote.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>");
    await remote.until(/<success[^>]*>/);
    remote.send(serverHeader(`from='${mantua}' to='${verona}'`));
    await remote.until(/<\/stream:features>/);
    const juliet = await login(server.ports.c2s, verona);
    remote.send(`<message from='x@${mantua}' to='user@${verona}/r'><body>hi</body></message>`);
    await juliet.until(/<body>hi<\/body>/);
  });

  it('is nobody without a certificate', async () => {
    const { server } = await start(verona, mantua, { directTls });
    const remote = RawTcp.over(await connected(server.ports.s2sDirectTls ?? 0, {}));
    remote.send(serverHeader(`from='${mantua}' to='${verona}'`));
    expect(await remote.streamError()).toBe('not-authorized');
  });

  it('cannot speak another protocol, nor without TLS', async () => {
    const { server } = await start(verona, mantua, { directTls });
    const port = server.ports.s2sDirectTls ?? 0;
    await expect(connected(port, { ALPNProtocols: ['http/1.1'] })).rejects.toThrow();
    const plain = await RawTcp.open(port);
    plain.send(serverHeader(`from='${mantua}' to='${verona}'`));
    expect(await plain.rest()).not.toContain('<stream');
  });

  it('is not waited for', async () => {
    const limits = { ...defaultS2sLimits, authTimeout: 100 };
    const { server } = await start(verona, mantua, { directTls, limits });
    const silent = await RawTcp.open(server.ports.s2sDirectTls ?? 0);
    expect(await silent.rest()).toBe('');
    const secured = RawTcp.over(await connected(server.ports.s2sDirectTls ?? 0, {}));
    expect(await secured.rest()).toContain('<connection-timeout');
  });

  it('counts among the connections of its address', async () => {
    const limits = { ...defaultS2sLimits, connectionsPerAddress: 1 };
    const { server } = await start(verona, mantua, { directTls, limits });
    await connected(server.ports.s2sDirectTls ?? 0, {});
    const second = await RawTcp.open(server.ports.s2s ?? 0);
    expect(await second.rest()).toBe('');
  });
});

describe('a server that ours connects to', () => {
  it('is spoken with where DNS says that TLS comes first', async () => {
    const there = await start(mantua, verona, { directTls });
    const endpoint = { host: '127.0.0.1', port: there.server.ports.s2sDirectTls ?? 0, directTls: true };
    const here = await start(verona, mantua, { resolve: () => Promise.resolve([endpoint]) });
    const romeo = await login(there.server.ports.c2s, mantua);
    const juliet = await login(here.server.ports.c2s, verona);
    juliet.send(`<message to='user@${mantua}/r'><body>hi</body></message>`);
    await romeo.until(/<body>hi<\/body>/);
  });

  it('is told which protocol and which domain is meant', async () => {
    const certificate = await certified(mantua);
    const ca = (await authority).pem;
    const server = createTlsServer({ ...certificate, ca, ALPNProtocols: ['xmpp-server'], requestCert: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const endpoint = { host: '127.0.0.1', port, directTls: true };
    const here = await start(verona, mantua, { resolve: () => Promise.resolve([endpoint]) });
    const juliet = await login(here.server.ports.c2s, verona);
    const connection = once(server, 'secureConnection') as Promise<[TLSSocket]>;
    juliet.send(`<message to='user@${mantua}'><body>hi</body></message>`);
    const [socket] = await connection;
    expect(socket.alpnProtocol).toBe('xmpp-server');
    expect((socket as { servername?: string }).servername).toBe(mantua);
    const remote = RawTcp.over(socket);
    await acceptStreamOver(remote, { from: mantua });
    await remote.until(/<body>hi<\/body>/);
    remote.cut();
    server.close();
  });

  it('is tried elsewhere when the handshake fails', async () => {
    const there = await start(mantua, verona);
    const port = there.server.ports.s2s ?? 0;
    const endpoints = [
      { host: '127.0.0.1', port, directTls: true },
      { host: '127.0.0.1', port },
    ];
    const limits = { ...defaultS2sLimits, connectTimeout: 300 };
    const here = await start(verona, mantua, { resolve: () => Promise.resolve(endpoints), limits });
    const romeo = await login(there.server.ports.c2s, mantua);
    const juliet = await login(here.server.ports.c2s, verona);
    juliet.send(`<message to='user@${mantua}/r'><body>hi</body></message>`);
    await romeo.until(/<body>hi<\/body>/);
  });

  it('must show a certificate for its domain', async () => {
    const certificate = await certified('other.example');
    const there = await start(mantua, verona, { directTls, certificate });
    const endpoint = { host: '127.0.0.1', port: there.server.ports.s2sDirectTls ?? 0, directTls: true };
    const here = await start(verona, mantua, { resolve: () => Promise.resolve([endpoint]) });
    const juliet = await login(here.server.ports.c2s, verona);
    juliet.send(`<message to='user@${mantua}/r'><body>hi</body></message>`);
    expect(await juliet.until(/<message[^>]*type="error".*?<\/message>/)).toContain(
      '<remote-server-not-found',
    );
  });
});
