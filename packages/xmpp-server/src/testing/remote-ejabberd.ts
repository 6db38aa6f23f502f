/**
 * Debian's ejabberd on loopback, as the remote server of a federation by certificates. It asks the operating system for addresses: the
 * other server's name must be one that leads to loopback.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comesUp, freePort } from './loopback.js';
import { RawTcp, streamHeader } from './raw-tcp.js';
import type { RemoteServerOptions, RemoteServer } from './remote-prosody.js';

const libraries = '/usr/lib/x86_64-linux-gnu';

export const ejabberdIsInstalled =
  spawnSync('which', ['ejabberdctl']).status === 0 && spawnSync('which', ['erl']).status === 0;

/** With the account `user`, whose password is `secret`. */
export async function startRemoteEjabberd(
  options: Omit<RemoteServerOptions, 'secure' | 'modules'>,
): Promise<RemoteServer> {
  const { domain, certificate, authorities } = options;
  const directory = await mkdtemp(join(tmpdir(), 'remote-ejabberd-'));
  const [c2s, s2s] = [await freePort(), await freePort()];
  const file = join(directory, 'ejabberd.yml');
  await Promise.all([
    writeFile(join(directory, 'server.pem'), `${certificate.cert}\n${certificate.key}`, { mode: 0o600 }),
    writeFile(join(directory, 'authorities.pem'), authorities),
    writeFile(file, configuration(directory, options, c2s, s2s)),
  ]);
  const child = spawn('erl', ['-noinput', '-mnesia', 'dir', `"${directory}/mnesia"`, '-s', 'ejabberd'], {
    cwd: directory,
    stdio: 'ignore',
    env: {
      ...process.env,
      HOME: directory,
      ERL_LIBS: libraries,
      EJABBERD_CONFIG_PATH: file,
      EJABBERD_LOG_PATH: join(directory, 'ejabberd.log'),
      ERL_CRASH_DUMP: join(directory, 'crash.dump'),
    },
  });
  const ended = once(child, 'exit');
  await comesUp('ejabberd', child, c2s);
  await register(c2s, domain);
  return {
    c2s,
    s2s,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

function configuration(
  directory: string,
  { domain, peerPort }: Pick<RemoteServerOptions, 'domain' | 'peerPort'>,
  c2s: number,
  s2s: number,
): string {
  return `
hosts: ["${domain}"]
loglevel: warning
certfiles: ["${directory}/server.pem"]
ca_file: "${directory}/authorities.pem"
listen:
  - { port: ${c2s}, ip: "127.0.0.1", module: ejabberd_c2s }
  - { port: ${s2s}, ip: "127.0.0.1", module: ejabberd_s2s_in }
s2s_use_starttls: required
outgoing_s2s_port: ${peerPort}
outgoing_s2s_families: [ipv4]
auth_password_format: plain
acl:
  loopback: { ip: [127.0.0.0/8] }
access_rules:
  register: { allow: all }
registration_timeout: infinity
modules:
  mod_roster: {}
  mod_disco: {}
  mod_ping: {}
  mod_register: { access: register, ip_access: all }
`;
}

async function register(port: number, domain: string): Promise<void> {
  const client = await RawTcp.open(port);
  client.send(streamHeader(domain));
  await client.until(/<\/stream:features>/);
  client.send(
    `<iq type='set' id='r' to='${domain}'><query xmlns='jabber:iq:register'><username>user</username><password>secret</password></query></iq>`,
  );
  await client.until(/<iq[^>]*type=['"]result['"]/);
  client.cut();
}
