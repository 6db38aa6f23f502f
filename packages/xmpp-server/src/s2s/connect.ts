/** A connection to the server of a remote domain, with TLS where that comes first (XEP-0368): each of its endpoints is tried in turn. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { StanzaCondition } from '@conclave/signaling';
import type { Resolver } from './resolver.js';
import type { S2sTls } from './s2s-tls.js';

/** Why there is none, as those are told whose stanzas wait for it (RFC 6120 s.8.3.3.16, s.8.3.3.17). */
export class Unreachable extends Error {
  constructor(
    readonly condition: StanzaCondition,
    options: ErrorOptions,
  ) {
    super('a remote server cannot be reached', options);
  }
}

export interface ConnectOptions {
  readonly resolve: Resolver;
  /** Milliseconds for each endpoint. */
  readonly timeout: number;
  readonly tls: S2sTls;
  readonly signal: AbortSignal;
}

/** Rejects with `Unreachable`. A TLSSocket is one whose handshake is done. */
export async function connectTo(domain: string, options: ConnectOptions): Promise<Socket> {
  const { resolve, timeout, tls } = options;
  let cause: unknown;
  const endpoints = await resolve(domain).catch((error: unknown) => {
    cause = error;
    return [];
  });
  for (const { host, port, directTls = false } of endpoints) {
    const socket = connect({ host, port, autoSelectFamily: true });
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeout)]);
    const giveUp = (): void => void socket.destroy();
    signal.addEventListener('abort', giveUp);
    try {
      await once(socket, 'connect', { signal });
      return directTls ? await tls.connect(socket, domain, 'direct') : socket;
    } catch (error) {
      cause = signal.aborted ? signal.reason : error;
      socket.on('error', () => undefined);
      socket.destroy();
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }
  const late = cause instanceof Error && ['AbortError', 'TimeoutError'].includes(cause.name);
  throw new Unreachable(late ? 'remote-server-timeout' : 'remote-server-not-found', { cause });
}
