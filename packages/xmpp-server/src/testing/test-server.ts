/** A whole server on loopback, with free ports and nothing kept, for tests that speak to it as clients do. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { XmppServerConfig } from '../config.js';
import { startXmppServer, type XmppServer } from '../server.js';
import { MemoryStorage } from '../storage/memory.js';
import { selfSigned } from './certificate.js';

export const domain = 'meet.example';

export interface TestServer extends AsyncDisposable {
  readonly server: XmppServer;
  readonly webSocketUrl: string;
  readonly boshUrl: string;
  readonly tcpUrl: string;
  stop(): Promise<void>;
}

const certificate = selfSigned(domain);

/** Fewer PBKDF2 iterations than any real server may have, for speed. */
export async function startTestServer(
  config: Partial<XmppServerConfig> = {},
  log = pino({ level: process.env['TEST_LOG'] ?? 'silent' }),
): Promise<TestServer> {
  const server = await startXmppServer(
    {
      domain,
      storage: new MemoryStorage(),
      c2s: { host: '127.0.0.1', port: 0 },
      component: { host: '127.0.0.1', port: 0, secrets: {} },
      tls: await certificate,
      serviceAccounts: [{ username: 'focus', password: 'focus secret' }],
      ...config,
      limits: { scramIterations: 16, ...config.limits },
    },
    { log },
  );
  const http = createServer((request, response) => server.handleBosh(request, response));
  http.on('upgrade', (request, socket, head) => server.handleUpgrade(request, socket, head));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const stop = async (): Promise<void> => {
    await server.stop();
    http.close();
    http.closeAllConnections();
  };
  return {
    server,
    webSocketUrl: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/xmpp-websocket`,
    boshUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}/http-bind`,
    tcpUrl: `xmpp://127.0.0.1:${server.ports.c2s}`,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
