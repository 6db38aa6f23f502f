/** `npm start`: installs, builds, and becomes the all-in-one. What is done already is skipped. */
import { buildPage, buildTypeScript, checkNode, giveUp, installPackages } from './install.mjs';

checkNode();
installPackages();
if (!buildTypeScript(['packages/conclave']) || !buildPage()) {
  giveUp('The build failed; the messages above say where.');
}

// In this same process, so that signals and the exit code need nobody to pass them on (package.json says `exec` for the same reason:
// npm signals the shell that it starts, and that shell would keep the signal).
await import('../packages/videobridge/dist/young-generation.js');
const { conclave } = await import('../packages/conclave/dist/cli/conclave.js');
const { processTerminal } = await import('../packages/conclave/dist/cli/terminal.js');
process.exit(await conclave(['start', ...process.argv.slice(2)], processTerminal));
