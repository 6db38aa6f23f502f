#!/usr/bin/env node
import './built.mjs';

const { conclavectl } = await import('../dist/cli/conclavectl.js');
const { processTerminal } = await import('../dist/cli/terminal.js');
process.exitCode = await conclavectl(process.argv.slice(2), processTerminal);
