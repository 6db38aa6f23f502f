#!/usr/bin/env node
import { conclave } from '../dist/cli/conclave.js';
import { processTerminal } from '../dist/cli/terminal.js';

process.exit(await conclave(process.argv.slice(2), processTerminal));
