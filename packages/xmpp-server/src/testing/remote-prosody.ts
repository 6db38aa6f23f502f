/** Debian's Prosody on loopback, as the remote server of a federation. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificate } from '../listeners/tls-context.js';
import { comesUp, freePort } from './loopback.js';

export const prosodyIsInstalled = spawnSync('prosodyctl', ['--help']).error === undefined;

export interface RemoteServer {
  readonly c2s: number;
  readonly s2s: number;
  stop(): Promise<void>;
}

export interface RemoteProsody extends RemoteServer {
  /** What it has logged. */
  log(): Promise<string>;
  /** Ends it without a word to anybody. */
  kill(): Promise<void>;
}

export interface RemoteServerOptions {
  readonly domain: string;
  readonly certificate: Certificate;
  /** PEM. */
  readonly authorities: string;
  /** Whether it insists on certificates; otherwise it uses dialback. */
  readonly secure: boolean;
  /** Where it finds every other server. */
  readonly peerPort: number;
  /** Its own, beside the usual. */
  readonly modules?: readonly string[];
}

/** With the account `user`, whose password is `secret`, and rooms that anybody may make. */
export async function startRemoteProsody(options: RemoteServerOptions): Promise<RemoteProsody> {
  const { domain, certificate, authorities } = options;
  const directory = await mkdtemp(join(tmpdir(), 'remote-prosody-'));
  const [c2s, s2s] = [await freePort(), await freePort()];
  const accounts = join(directory, 'data', domain.replaceAll('.', '%2e'), 'accounts');
  await mkdir(accounts, { recursive: true });
  await Promise.all([
    writeFile(join(directory, 'key.pem'), certificate.key, { mode: 0o600 }),
    writeFile(join(directory, 'cert.pem'), certificate.cert),
    writeFile(join(directory, 'authorities.pem'), authorities),
    writeFile(join(directory, 'mod_loopback.lua'), loopback(options.peerPort)),
    writeFile(join(accounts, 'user.dat'), 'return { ["password"] = "secret" };'),
    writeFile(join(directory, 'prosody.cfg.lua'), configuration(directory, options, c2s, s2s)),
  ]);
  const child = spawn('prosody', ['--config', join(directory, 'prosody.cfg.lua'), '-F'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await comesUp('prosody', child, c2s);
  return {
    c2s,
    s2s,
    log: () => readFile(join(directory, 'prosody.log'), 'utf8'),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: async () => {
      child.kill('SIGTERM');
      const forced = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(forced);
      await rm(directory, { recursive: true });
    },
  };
}

function configuration(
  directory: string,
  { domain, secure, modules = [] }: RemoteServerOptions,
  c2s: number,
  s2s: number,
): string {
  const usual = ['loopback', 'roster', 'saslauth', 'tls', 'disco', 'ping'];
  const enabled = [...usual, ...(secure ? [] : ['dialback']), ...modules];
  return `
data_path = "${directory}/data"
pidfile = "${directory}/prosody.pid"
log = { debug = "${directory}/prosody.log" }
plugin_paths = { "${directory}" }
run_as_root = true
interfaces = { "127.0.0.1" }
c2s_ports = { ${c2s} }
c2s_direct_tls_ports = { }
s2s_ports = { ${s2s} }
s2s_direct_tls_ports = { }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
s2s_require_encryption = true
s2s_secure_auth = ${secure}
ssl = { key = "${directory}/key.pem", certificate = "${directory}/cert.pem", cafile = "${directory}/authorities.pem" }
modules_enabled = { ${enabled.map((name) => `"${name}"`).join(', ')} }
VirtualHost "${domain}"
Component "conference.${domain}" "muc"
  muc_room_locking = false
`;
}

/** Instead of asking DNS. */
function loopback(port: number): string {
  return `
module:set_global()
local service, basic = require "net.resolvers.service", require "net.resolvers.basic"
local none = { next = function (self, callback) callback(nil) end }
function service.new(host, name, kind, extra)
  if name ~= "xmpp-server" then return none end
  return basic.new("127.0.0.1", ${port}, "tcp", extra)
end
`;
}
