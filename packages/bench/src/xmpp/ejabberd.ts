/** Debian's ejabberd, with the modules of its own default configuration that concern clients on TCP, and no shapers. */
import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { domain, freePort, guestDomain, peer, roomDomain, type Server } from './server.js';

const usual = `adhoc admin_extra avatar blocking caps carboncopy client_state configure disco last muc_admin offline ping
  privacy private push push_keepalive roster shared_roster stream_mgmt vcard vcard_xupdate version`;

function configuration(port: number, archive: boolean): string {
  return `
hosts: ["${domain}", "${guestDomain}"]
loglevel: warning
listen:
  - { port: ${port}, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144, shaper: none }
auth_password_format: scram
host_config:
  "${guestDomain}":
    auth_method: anonymous
    anonymous_protocol: sasl_anon
acl:
  loopback: { ip: [127.0.0.0/8] }
access_rules:
  register: { allow: all }
registration_timeout: infinity
modules:
${usual
  .split(/\s+/)
  .map((module) => `  mod_${module}: {}`)
  .join('\n')}
${archive ? '  mod_mam: { default: always, assume_mam_usage: true }\n' : ''}  mod_pubsub: { plugins: [flat, pep] }
  mod_register: { access: register, ip_access: all }
  mod_muc:
    host: "${roomDomain}"
    access: all
    access_create: all
    max_users: 1000
    default_room_options: { max_users: 1000 }
`;
}

const libraries = '/usr/lib/x86_64-linux-gnu';

/** @param variant `archive`: keeps all messages */
export async function startEjabberd(variant?: 'archive'): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-ejabberd-'));
  const port = await freePort();
  const file = join(directory, 'ejabberd.yml');
  await writeFile(file, configuration(port, variant === 'archive'));
  // As `ejabberdctl foreground` does, but as this user, and without a name on the network.
  const child = spawn(
    'erl',
    ['-noinput', '+K', 'true', '-mnesia', 'dir', `"${directory}/mnesia"`, '-s', 'ejabberd'],
    {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        HOME: directory,
        ERL_LIBS: libraries,
        EJABBERD_CONFIG_PATH: file,
        EJABBERD_LOG_PATH: join(directory, 'ejabberd.log'),
        ERL_CRASH_DUMP: join(directory, 'crash.dump'),
      },
    },
  );
  return peer('ejabberd', child, port, directory);
}
