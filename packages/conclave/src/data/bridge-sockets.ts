/** The sockets of the videobridges of this machine, by the names of the bridges. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

export const socketOf = (directory: string, bridge: string): string => join(directory, `${bridge}.sock`);

/** Names of the bridges that have a socket in `directory`, those that have died without leaving as well. */
export async function bridgesIn(directory: string): Promise<string[]> {
  const files = await readdir(directory).catch(() => []);
  return files.filter((file) => file.endsWith('.sock')).map((file) => file.slice(0, -'.sock'.length));
}
