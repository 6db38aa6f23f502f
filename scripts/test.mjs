/**
 * `npm test`: installs what is missing, builds, lints, type-checks and runs every test. The last line is the count:
 * `N passed, N failed, N skipped`. Anything that fails makes the exit code 1.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDebianPackages } from './debian.mjs';
import {
  buildPage,
  buildTypeScript,
  checkNode,
  giveUp,
  installPackages,
  root,
  run,
  runBeside,
} from './install.mjs';

checkNode();
installPackages();
installDebianPackages();

const bin = (name) => join(root, 'node_modules', '.bin', name);
const failures = [];
const step = (name, succeeded) => {
  if (!succeeded) failures.push(name);
  return succeeded;
};

console.log('Building and checking types ...');
// What does not build is not worth testing.
if (!buildTypeScript() || !buildPage()) giveUp('The build failed; nothing was tested.');

console.log('Linting ...');
const lint = async (name, args) => step(name, await runBeside(bin(name), args));
// The first takes as long as the others together.
await Promise.all([
  lint('eslint', ['.']),
  lint('prettier', ['--check', '--log-level', 'warn', '.'])
    .then(() => lint('depcruise', ['--config', '.dependency-cruiser.cjs', 'packages']))
    .then(() => lint('knip', [])),
]);

console.log('Testing ...');
const directory = mkdtempSync(join(tmpdir(), 'conclave-test-'));
const report = join(directory, 'report.json');
step(
  'vitest',
  run(bin('vitest'), [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ]),
);
const counts = countsOf(report);
rmSync(directory, { recursive: true });

if (failures.length > 0) console.error(`\nFailed: ${failures.join(', ')}`);
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(failures.length > 0 || counts.failed > 0 ? 1 : 0);

function countsOf(file) {
  let results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  // A file that fails before its first test has no failed test, and is one failure all the same.
  const stillborn = results.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + stillborn.length,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}
