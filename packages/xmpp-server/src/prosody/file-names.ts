/** Where Prosody keeps what: `<data>/<host>/<store>/<user>.dat`, the parts of the path escaped byte by byte. */
import { join } from 'node:path';
import { bytesOf } from './lua-writer.js';

/** Of a host or a user name; of names of stores, which keep their underscores, too. */
export function encodeName(name: string): string {
  return bytesOf(name).replace(
    /[^A-Za-z0-9]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Undefined: no name that was encoded so. */
export function decodeName(encoded: string): string | undefined {
  if (!/^(?:[A-Za-z0-9]|%[0-9a-f]{2})+$/.test(encoded)) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

export function hostPath(directory: string, host: string): string {
  return join(directory, encodeName(host));
}

export function userFile(directory: string, host: string, store: string, username: string): string {
  return join(hostPath(directory, host), store, `${encodeName(username)}.dat`);
}
