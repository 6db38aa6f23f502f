/** Installing and building, skipping what is done. Only node's own modules: nothing else is there yet. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Ends the process with a message that says what to do. */
export function giveUp(message, code = 1) {
  console.error(`\n${message}`);
  process.exit(code);
}

/** Runs a command in the root of the repository. @returns whether it succeeded */
export function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) console.error(`${command}: ${error.message}`);
  return status === 0;
}

/** The same beside whatever else runs. */
export async function runBeside(command, args) {
  try {
    const [code] = await once(
      spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }),
      'exit',
    );
    return code === 0;
  } catch (error) {
    console.error(`${command}: ${error.message}`);
    return false;
  }
}

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    giveUp(`Conclave needs Node.js 20.19 or later; this is ${process.versions.node}.`);
  }
}

/** Whether node_modules is what package-lock.json asks for: npm keeps its own account of what it installed. */
function installedMatchesLock() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, link, optional, devOptional, peer, resolved }]) => {
    if (path === '') return true;
    const found = present[path];
    if (!found) return Boolean(optional || devOptional || peer) || !path.includes('node_modules/');
    return link ? found.resolved === resolved : found.version === version;
  });
}

/** `npm ci`, unless everything is installed. */
export function installPackages() {
  if (installedMatchesLock()) return;
  console.log('Installing packages (npm ci) ...');
  // A test run by npm may have set omit=dev for us; building needs everything.
  if (!run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'])) {
    giveUp(
      'npm ci failed. If better-sqlite3 could not be built, its compiler is missing; on Debian or Ubuntu:\n' +
        '  apt-get install -y python3 make g++',
    );
  }
}

/** The time of the newest file below the paths (milliseconds), 0 when there is none. */
function newest(paths) {
  let time = 0;
  for (const path of paths.filter((candidate) => existsSync(candidate))) {
    const stat = statSync(path);
    time = stat.isDirectory()
      ? Math.max(time, newest(readdirSync(path).map((name) => join(path, name))))
      : Math.max(time, stat.mtimeMs);
  }
  return time;
}

/** TypeScript builds incrementally by itself. @param projects directories with a tsconfig.json; none is all @returns whether it succeeded */
export function buildTypeScript(projects = []) {
  return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', ...projects]);
}

/** Vite builds the page from scratch, so it is asked only when a source is newer than the page. @returns whether it succeeded */
export function buildPage() {
  const sources = ['web', 'client', 'signaling'].flatMap((name) =>
    ['src', 'public', 'index.html', 'vite.config.ts', 'package.json'].map((entry) =>
      join(root, 'packages', name, entry),
    ),
  );
  const built = newest([join(root, 'packages/web/dist/index.html')]);
  if (built > newest([...sources, join(root, 'package-lock.json')])) return true;
  console.log('Building the web page ...');
  return run('npm', ['run', '--silent', 'build', '-w', 'packages/web']);
}
