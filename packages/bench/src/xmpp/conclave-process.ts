/** The process of our own server: every module of the default configuration, rates raised as they are for the peers. */
import { pino } from 'pino';
import { startXmppServer, type XmppServerConfig } from '@conclave/xmpp-server';
import { selfSigned } from './certificate.js';
import { collectGarbage } from './collected.js';
import type { ServerReply, Variant } from './conclave.js';
import { domain, roomDomain, usernames } from './server.js';

const [directory = '', variant] = process.argv.slice(2) as [string?, Variant?];
const unlimited = { bytesPerSecond: 1e9, burst: 1e9 };
const off = (...modules: readonly string[]): Record<string, false> =>
  Object.fromEntries(modules.map((name) => [name, false] as const));
const rooms = { creation: 'anyone', limits: { broadcasts: { perSecond: 1e6, burst: 1e6 } } };
const roomModules = { muc: rooms, 'message-limits': { perMinute: 1e9 } };
const modules: Record<Variant, XmppServerConfig['modules']> = {
  plain: {},
  tls: {},
  sparse: {
    [roomDomain]: { ...roomModules, ...off('meeting-id', 'endpoint-ids', 'replies', 'muc-archive') },
  },
  archive: { [domain]: { archive: { defaultPolicy: 'always' } } },
};

const server = await startXmppServer(
  {
    domain,
    storage: { directory },
    c2s: { host: '127.0.0.1', port: 0, ...(variant === 'tls' ? {} : { unprotected: true }) },
    component: { host: '127.0.0.1', port: 0, secrets: {} },
    tls: selfSigned(domain),
    serviceAccounts: [{ username: 'focus', password: 'focus secret' }],
    modules: { [roomDomain]: roomModules, ...modules[variant ?? 'plain'] },
    limits: { connectionsPerAddress: 10_000, sessionsPerAddress: 10_000, rate: unlimited },
  },
  { log: pino({ level: 'warn' }, pino.destination(2)) },
);
for (const username of usernames) await server.accounts.register(username, domain, username);

function tell(reply: ServerReply): void {
  if (process.connected) process.send?.(reply);
}

process.on('message', () => {
  tell({ kind: 'collected', slack: collectGarbage() });
});
process.on('disconnect', () => void server.stop().then(() => process.exit(0)));
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
tell({ kind: 'listening', port: server.ports.c2s });
