#!/usr/bin/env node
import { conclavectl } from '../dist/cli/conclavectl.js';
import { processTerminal } from '../dist/cli/terminal.js';

process.exitCode = await conclavectl(process.argv.slice(2), processTerminal);
