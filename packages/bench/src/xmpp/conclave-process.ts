/** The process of our own server: every module of the default configuration, rates raised as they are for the peers. */
import { pino } from 'pino';
import { startXmppServer } from '@conclave/xmpp-server';
import { selfSigned } from './certificate.js';
import type { ServerReply } from './conclave.js';
import { domain, roomDomain, usernames } from './server.js';

const [directory = '', protection] = process.argv.slice(2);
const unlimited = { bytesPerSecond: 1e9, burst: 1e9 };

const server = await startXmppServer(
  {
    domain,
    storage: { directory },
    c2s: { host: '127.0.0.1', port: 0, ...(protection === 'tls' ? {} : { unprotected: true }) },
    component: { host: '127.0.0.1', port: 0, secrets: {} },
    tls: selfSigned(domain),
    serviceAccounts: [{ username: 'focus', password: 'focus secret' }],
    modules: {
      [roomDomain]: { muc: { creation: 'anyone', limits: { broadcasts: { perSecond: 1e6, burst: 1e6 } } } },
    },
    limits: { connectionsPerAddress: 10_000, sessionsPerAddress: 10_000, rate: unlimited },
  },
  { log: pino({ level: 'warn' }, pino.destination(2)) },
);
for (const username of usernames) await server.accounts.register(username, domain, username);

function tell(reply: ServerReply): void {
  process.send?.(reply);
}

process.on('message', () => {
  global.gc?.();
  tell({ kind: 'collected' });
});
process.on('disconnect', () => void server.stop().then(() => process.exit(0)));
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
tell({ kind: 'listening', port: server.ports.c2s });
