/* eslint-disable no-console -- the console is where a browser's log is. */
import type { Log } from '@conclave/client';

/** The client's log in the browser's console: warnings, and the rest for who asks the console for verbose output. */
export const consoleLog: Log = {
  debug: (message, details) => console.debug(message, details ?? ''),
  warn: (message, details) => console.warn(message, details ?? ''),
};
