/** Debian's Prosody, with the modules of its own default configuration but for its rate limits. */
import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { domain, freePort, guestDomain, peer, roomDomain, type Server } from './server.js';

const usual = `disco roster saslauth blocklist bookmarks carbons pep private smacks vcard4 vcard_legacy csi_simple
  invites invites_adhoc invites_register ping register_ibr time uptime version admin_adhoc`;

function configuration(directory: string, port: number, modules: string): string {
  return `
data_path = "${directory}/data"
pidfile = "${directory}/prosody.pid"
log = { warn = "${directory}/prosody.log" }
run_as_root = true
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
c2s_require_encryption = false
c2s_direct_tls_ports = { }
allow_registration = true
registration_invite_only = false
authentication = "internal_hashed"
modules_enabled = { ${modules
    .split(/\s+/)
    .map((module) => `"${module}"`)
    .join('; ')} }
modules_disabled = { "s2s", "tls" }
VirtualHost "${domain}"
VirtualHost "${guestDomain}"
  authentication = "anonymous"
Component "${roomDomain}" "muc"
  muc_room_locking = false
`;
}

/** @param variant `archive`: keeps all messages */
export async function startProsody(variant?: 'archive'): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-prosody-'));
  const port = await freePort();
  const file = join(directory, 'prosody.cfg.lua');
  await writeFile(file, configuration(directory, port, variant === 'archive' ? `${usual} mam` : usual));
  const child = spawn('prosody', ['--config', file, '-F'], { stdio: ['ignore', 'ignore', 'inherit'] });
  return peer('prosody', child, port, directory);
}
