/** A server under test: what every contender of the benchmark is started as, and what the load knows of it. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export const domain = 'bench.example';
/** Where anonymous clients log in. */
export const guestDomain = `guest.${domain}`;
export const roomDomain = `conference.${domain}`;

/** Accounts on the main domain; each has its name for a password. */
export const usernames: readonly string[] = Array.from({ length: 20 }, (_, index) => `user${index}`);

/** Milliseconds that a server has to come up, and to go. */
const patience = 30_000;

export interface Server {
  readonly name: string;
  readonly pid: number;
  /** Of plain TCP on 127.0.0.1, unless it is a server that wants TLS. */
  readonly port: number;
  /** Whether clients have to begin with STARTTLS. */
  readonly tls: boolean;
  /** Collects garbage, if it can be asked to. @returns KiB that it holds on to without there being anything in them, if it can tell */
  collect(): Promise<number>;
  stop(): Promise<void>;
}

/** A port of the loopback interface that nobody uses. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Resolves when a process that was just started takes connections. Rejects when it ends instead, or takes too long. */
async function listens(name: string, child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await delay(100);
    } finally {
      socket.destroy();
    }
  }
  child.kill();
  throw new Error(`${name} does not listen on ${port}`);
}

/** A process that does not outlive this one. */
function mortal(child: ChildProcess): void {
  process.once('exit', () => child.kill());
}

/** Ends a process, by force if it takes too long. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const force = setTimeout(() => child.kill('SIGKILL'), patience);
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
  clearTimeout(force);
}

/** A peer that is a program of its own on plain TCP: resolves once it listens; its directory goes with it. */
export async function peer(
  name: string,
  child: ChildProcess,
  port: number,
  directory: string,
): Promise<Server> {
  mortal(child);
  await listens(name, child, port);
  return {
    name,
    pid: child.pid ?? 0,
    port,
    tls: false,
    collect: () => Promise.resolve(0),
    stop: async () => {
      await end(child);
      await rm(directory, { recursive: true });
    },
  };
}
