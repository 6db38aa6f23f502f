/**
 * Lets sockets of ours share the media port with the library's. On Linux a UDP socket that is connected to one client gets that
 * client's datagrams before an unconnected one of the same port; but both must have SO_REUSEADDR, which the library does not set and
 * Node sets on whatever descriptor it adopts. A short-lived child inherits the library's socket, adopts it and exits.
 */
import { spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { isIPv6 } from 'node:net';

import type { StunAddress } from './stun.js';

/** What the child does: nothing is read, as its event loop never runs. */
const ADOPT = "require('node:dgram').createSocket('udp4').bind({ fd: 3, exclusive: true }); process.exit();";

/** Whether there is a way at all to share a port here. */
export const canSharePorts = process.platform === 'linux';

/** Opens the UDP port that this process has bound through the library to sockets of `socketTo`. Throws when it cannot be done. */
export async function sharePort(port: number): Promise<void> {
  const descriptor = await descriptorOf(port);
  if (descriptor === undefined) throw new Error(`no socket of this process has UDP port ${port}`);
  const child = spawn(process.execPath, ['--eval', ADOPT], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
    env: {},
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`UDP port ${port} cannot be shared`);
}

/**
 * A socket at a shared port that is connected to `client`, and gets its datagrams from now on. Binding and connecting are one
 * synchronous step: what is bound but not connected would get those of everybody. Throws the system's error.
 */
export function socketTo(client: StunAddress, port: number, bindAddress: string | undefined): Socket {
  const family = isIPv6(client.host.replace(/%.*$/, '')) ? 6 : 4;
  const socket = createSocket({
    type: `udp${family}`,
    reuseAddr: true,
    ipv6Only: family === 6,
    lookup: (host, _, found) => found(null, host, family),
  });
  let failure: Error | undefined;
  const failed = (error: Error): void => void (failure = error);
  socket.on('error', failed);
  socket.bind({ port, address: bindAddress ?? (family === 6 ? '::' : '0.0.0.0'), exclusive: true });
  if (failure === undefined) socket.connect(client.port, client.host);
  if (failure !== undefined) {
    socket.close();
    throw failure;
  }
  socket.off('error', failed);
  return socket;
}

async function descriptorOf(port: number): Promise<number | undefined> {
  const tables = await Promise.all(
    ['/proc/self/net/udp', '/proc/self/net/udp6'].map((table) => readFile(table, 'utf8').catch(() => '')),
  );
  const inodes = new Set(tables.flatMap((table) => inodesBoundTo(port, table)));
  for (const name of await readdir('/proc/self/fd')) {
    // A descriptor may have been closed meanwhile.
    const target = await readlink(`/proc/self/fd/${name}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return Number(name);
  }
  return undefined;
}

/** Inodes of the sockets in a table of the kernel (proc(5)) that are bound to `port` and not connected. */
function inodesBoundTo(port: number, table: string): string[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = '', remote = '']) =>
        parseInt(local.split(':')[1] ?? '', 16) === port && /:0000$/.test(remote),
    )
    .flatMap((fields) => fields[9] ?? []);
}
