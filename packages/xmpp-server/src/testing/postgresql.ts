/** A PostgreSQL of one's own for tests, from Debian's package: in a temporary directory, reached by a Unix socket only. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface TestPostgresql {
  readonly url: string;
  stop(): Promise<void>;
}

const installations = '/usr/lib/postgresql';

/** Where the newest PostgreSQL has its programs. */
function programs(): string | undefined {
  if (!existsSync(installations)) return undefined;
  const versions = readdirSync(installations).sort((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => join(installations, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
}

/** Why there is none to be had; undefined: there is. */
export const whyNoPostgresql =
  programs() === undefined ? `no PostgreSQL below ${installations} (Debian package: postgresql)` : undefined;

/** PostgreSQL refuses to run as root: then it runs as its own user. */
function user(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string): number =>
    Number(spawnSync('id', [option, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

export async function startPostgresql(): Promise<TestPostgresql> {
  const bin = programs() ?? '';
  const directory = mkdtempSync(join(tmpdir(), 'xmpp-pg-'));
  const as = user();
  if (as.uid !== undefined && as.gid !== undefined) chownSync(directory, as.uid, as.gid);
  const data = join(directory, 'data');
  const options = { ...as, cwd: directory, env: { PATH: process.env['PATH'], LC_ALL: 'C' } };
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'conclave', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    { ...options, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${directory}`,
    'fsync=off',
    'log_timezone=UTC',
  ];
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await ready(server);
  return {
    url: `postgresql:///postgres?host=${encodeURIComponent(directory)}&user=conclave`,
    async stop() {
      // Its "immediate shutdown": nothing here is worth keeping.
      server.kill('SIGQUIT');
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}

/** Resolves when it says that it is ready; its log is read on, so that it never waits for us. */
function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const log: string[] = [];
    if (server.stderr === null) throw new Error('nothing to read');
    createInterface(server.stderr).on('line', (line) => {
      log.push(line);
      if (line.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(`PostgreSQL has ended:\n${log.join('\n')}`)));
  });
}
