/** A directory of one's own for tests: OpenLDAP's slapd from Debian's package, in a temporary directory, on loopback. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificate } from '../listeners/tls-context.js';
import { comesUp, freePort } from './loopback.js';

const program = '/usr/sbin/slapd';

/** Why there is none to be had; undefined: there is. */
export const whyNoSlapd = existsSync(program) ? undefined : `no ${program} (Debian package: slapd)`;

export const suffix = 'dc=example';
export const admin = { dn: `cn=admin,${suffix}`, password: 'administers' };

export interface TestSlapd {
  /** By the name `localhost`, as certificates have it. */
  readonly url: string;
  readonly secureUrl: string;
  stop(): Promise<void>;
}

/** @param ldif the entries below `suffix`, that itself included */
export async function startSlapd(certificate: Certificate, ldif: string): Promise<TestSlapd> {
  const directory = mkdtempSync(join(tmpdir(), 'xmpp-slapd-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text, { mode: 0o600 });
    return join(directory, name);
  };
  mkdirSync(join(directory, 'data'));
  const config = file(
    'slapd.conf',
    [
      ...['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`),
      `pidfile ${join(directory, 'pid')}`,
      'modulepath /usr/lib/ldap',
      'moduleload back_mdb',
      `TLSCertificateFile ${file('cert.pem', certificate.cert)}`,
      `TLSCertificateKeyFile ${file('key.pem', certificate.key)}`,
      'database mdb',
      `suffix "${suffix}"`,
      `rootdn "${admin.dn}"`,
      `rootpw ${admin.password}`,
      `directory ${join(directory, 'data')}`,
      'dbnosync',
      // Nobody reads along without having said who they are; a password is for its owner to be compared with.
      'access to attrs=userPassword by anonymous auth by * none',
      'access to * by users read by anonymous auth',
      '',
    ].join('\n'),
  );
  // One of the names under which the program runs is that of a tool that fills the database.
  const filled = spawnSync(program, ['-T', 'add', '-f', config, '-l', file('entries.ldif', ldif)], {
    encoding: 'utf8',
  });
  if (filled.status !== 0) throw new Error(`slapadd failed: ${filled.stderr}`);
  const [port, securePort] = [await freePort(), await freePort()];
  const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${securePort}/`;
  const server = spawn(program, ['-f', config, '-h', urls, '-d', '0'], { stdio: 'ignore' });
  const ended = once(server, 'exit');
  await comesUp('slapd', server, securePort);
  return {
    url: `ldap://localhost:${port}`,
    secureUrl: `ldaps://localhost:${securePort}`,
    async stop() {
      server.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
