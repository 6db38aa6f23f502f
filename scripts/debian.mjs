/** The Debian packages that the tests need beside Node: a browser, an XMPP client and an XMPP server that we did not write, a font, PostgreSQL, an LDAP directory, and a TURN server. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { giveUp, run } from './install.mjs';

const packages = [
  'chromium',
  'python3-slixmpp',
  'fonts-dejavu-core',
  'postgresql',
  'prosody',
  'slapd',
  'coturn',
];

const isOnPath = (program) =>
  (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));

function missingPackages() {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Abbrev}\n', ...packages], {
    encoding: 'utf8',
  });
  const installed = new Set(
    (stdout ?? '').split('\n').flatMap((line) => (line.includes(' ii') ? line.split(' ')[0] : [])),
  );
  return packages.filter((name) => !installed.has(name));
}

/** Does something while Debian's packages may not start services of their own: the tests start what they need. */
function withoutServices(work) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return work();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return work();
  } finally {
    rmSync(policy);
  }
}

/** Installs what is missing when it can, else says exactly what to install and ends. */
export function installDebianPackages() {
  if (!isOnPath('dpkg-query')) {
    if (isOnPath('chromium') || isOnPath('google-chrome')) return;
    giveUp(
      'The tests need Chromium and Python 3 with slixmpp; this is no Debian, so please install them yourself.',
    );
  }
  const missing = missingPackages();
  if (missing.length === 0) return;
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  if (process.getuid?.() !== 0) {
    giveUp(
      `The tests need Debian packages that are not installed. As root:\n  apt-get update && apt-get ${install.join(' ')}`,
    );
  }
  console.log(`Installing Debian packages: ${missing.join(' ')} ...`);
  process.env.DEBIAN_FRONTEND = 'noninteractive';
  const installed = withoutServices(
    () => run('apt-get', ['update', '-q']) && run('apt-get', ['-q', ...install]),
  );
  if (!installed) {
    giveUp(`apt-get could not install ${missing.join(' ')}.`);
  }
}
