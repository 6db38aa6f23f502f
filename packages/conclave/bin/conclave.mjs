#!/usr/bin/env node
import './built.mjs';

const forwardsMedia = ['start', 'videobridge'].some((command) => process.argv.includes(command));
if (forwardsMedia) await import('@conclave/videobridge/young-generation');

const { conclave } = await import('../dist/cli/conclave.js');
const { processTerminal } = await import('../dist/cli/terminal.js');
process.exit(await conclave(process.argv.slice(2), processTerminal));
