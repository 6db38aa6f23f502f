/** A TCP connection to the server of a remote domain: each of its endpoints is tried in turn. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { StanzaCondition } from '@conclave/signaling';
import type { Resolver } from './resolver.js';

/** Why there is none, as those are told whose stanzas wait for it (RFC 6120 s.8.3.3.16, s.8.3.3.17). */
export class Unreachable extends Error {
  constructor(
    readonly condition: StanzaCondition,
    options: ErrorOptions,
  ) {
    super('a remote server cannot be reached', options);
  }
}

/** Rejects with `Unreachable`. @param timeout milliseconds for each endpoint */
export async function connectTo(
  domain: string,
  { resolve, timeout, signal }: { resolve: Resolver; timeout: number; signal: AbortSignal },
): Promise<Socket> {
  let cause: unknown;
  const endpoints = await resolve(domain).catch((error: unknown) => {
    cause = error;
    return [];
  });
  for (const endpoint of endpoints) {
    const socket = connect({ ...endpoint, autoSelectFamily: true });
    try {
      await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]) });
      return socket;
    } catch (error) {
      cause = error;
      socket.on('error', () => undefined);
      socket.destroy();
    }
  }
  const late = cause instanceof Error && cause.name === 'AbortError';
  throw new Unreachable(late ? 'remote-server-timeout' : 'remote-server-not-found', { cause });
}
