/** The two servers that hear the same dialogues: Debian's Prosody and ours, both on plain TCP of the loopback interface. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MemoryStorage, startXmppServer } from '@conclave/xmpp-server';
import isPortReachable from 'is-port-reachable';
import { pino } from 'pino';
import { freeTcpPort } from '../harness/ports.js';

export const domain = 'verona.lit';
const roomDomain = `conference.${domain}`;
/** Of every account. */
export const password = 'wherefore art thou';

export interface Peer {
  readonly name: 'Prosody' | 'Conclave';
  readonly port: number;
  stop(): Promise<void>;
}

/** Why there is no Prosody to compare with; undefined: there is. */
export const whyNoProsody =
  spawnSync('which', ['prosody']).status === 0
    ? undefined
    : 'prosody is not installed (Debian package: prosody)';

const modules =
  'disco roster saslauth blocklist carbons pep private vcard ping time version lastactivity mam';

const configuration = (directory: string, port: number): string => `
data_path = "${directory}/data"
pidfile = "${directory}/prosody.pid"
log = { warn = "${directory}/prosody.log" }
run_as_root = true
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
c2s_require_encryption = false
authentication = "internal_hashed"
default_archive_policy = false
modules_enabled = { ${modules
  .split(' ')
  .map((module) => `"${module}"`)
  .join('; ')} }
modules_disabled = { "s2s", "tls" }
VirtualHost "${domain}"
Component "${roomDomain}" "muc"
  muc_room_locking = false
  muc_room_default_public = false
  muc_room_default_public_jids = true
  muc_room_default_change_subject = false
  muc_tombstones = false
`;

/** Milliseconds that Prosody has to come up. */
const patience = 30_000;

/** Accounts lie ready in its own format; it hashes a password when it is first used. */
export async function startProsody(usernames: readonly string[]): Promise<Peer> {
  const directory = await mkdtemp(join(tmpdir(), 'interop-prosody-'));
  const port = await freeTcpPort();
  const accounts = join(directory, 'data', domain.replace('.', '%2e'), 'accounts');
  await mkdir(accounts, { recursive: true });
  for (const username of usernames) {
    const file = join(accounts, `${username.replaceAll('-', '%2d')}.dat`);
    await writeFile(file, `return { ["password"] = "${password}" };\n`);
  }
  const file = join(directory, 'prosody.cfg.lua');
  await writeFile(file, configuration(directory, port));
  const child = spawn('prosody', ['--config', file, '-F'], { stdio: 'ignore' });
  const exit = once(child, 'exit');
  const deadline = Date.now() + patience;
  while (!(await isPortReachable(port, { host: '127.0.0.1' }))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error('Prosody does not come up');
    await delay(50);
  }
  return {
    name: 'Prosody',
    port,
    stop: async () => {
      child.kill('SIGKILL');
      await exit;
      await rm(directory, { recursive: true });
    },
  };
}

/** What makes rooms conferences. */
const conferenceModules = [
  'muc-archive',
  'meeting-id',
  'endpoint-ids',
  'replies',
  'permissions',
  'kicks',
  'focus-lock',
  'conference-duration',
  'room-metadata',
  'lobby',
  'breakout-rooms',
  'av-moderation',
  'speaker-stats',
  'polls',
  'end-conference',
];

/** With the rooms of instant messaging rather than those of meetings. */
export async function startConclave(usernames: readonly string[]): Promise<Peer> {
  const server = await startXmppServer(
    {
      domain,
      storage: new MemoryStorage(),
      c2s: { host: '127.0.0.1', port: 0, unprotected: true },
      component: { host: '127.0.0.1', port: 0, secrets: {} },
      tls: selfSigned(),
      serviceAccounts: [],
      modules: {
        [domain]: { 'external-services': false, bookmarks: false },
        [roomDomain]: {
          muc: { creation: 'anyone', persistence: 'owners' },
          ...Object.fromEntries(conferenceModules.map((module) => [module, false])),
        },
      },
    },
    { log: pino({ level: 'silent' }) },
  );
  for (const username of usernames) await server.accounts.register(username, domain, password);
  return { name: 'Conclave', port: server.ports.c2s, stop: () => server.stop() };
}

/** Nobody looks at it: the dialogues are in the clear. */
function selfSigned(): { key: string; cert: string } {
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const { stdout } = spawnSync(
    'openssl',
    [...request, '-subj', `/CN=${domain}`, '-keyout', '/dev/stdout', '-out', '/dev/stdout'],
    { encoding: 'utf8' },
  );
  const [key = '', cert = ''] = stdout.match(/-----BEGIN [^]*?-----END [A-Z ]*-----/g) ?? [];
  return { key, cert };
}
