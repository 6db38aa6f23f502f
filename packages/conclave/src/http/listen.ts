/** Listening on a port, with failures that say which key to change. */
import { networkInterfaces } from 'node:os';
import type { FastifyInstance } from 'fastify';
import { ConclaveError } from '../errors/conclave-error.js';

export interface Listener {
  /** `any` or an IP address. */
  readonly address: string;
  readonly port: number;
  /** The configuration key of the port, and its variable, for the message when the port is taken. */
  readonly key: string;
  readonly variable: string;
}

/** `any` is all addresses of both families where the machine has IPv6, else of IPv4. */
export function bindAddress(address: string): string {
  if (address !== 'any') return address;
  const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some(({ family }) => family === 'IPv6'),
  );
  return hasIPv6 ? '::' : '0.0.0.0';
}

/** @returns the port in use @throws ConclaveError NET-001, NET-002, NET-003 */
export async function listen(app: FastifyInstance, listener: Listener): Promise<number> {
  try {
    await app.listen({ host: bindAddress(listener.address), port: listener.port });
  } catch (error) {
    throw listenError(error, listener);
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : listener.port;
}

/** Turns what the operating system says about a listener into something that a person can act on. */
export function listenError(error: unknown, { address, port, key, variable }: Listener): unknown {
  const options = { cause: error };
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new ConclaveError(
        'NET-001',
        `Port ${port} is taken; its key is \`${key}\` (${variable})`,
        options,
      );
    case 'EADDRNOTAVAIL':
      return new ConclaveError(
        'NET-002',
        `${address} is no address of this machine (see \`${key}\`)`,
        options,
      );
    case 'EACCES':
      return new ConclaveError(
        'NET-003',
        `Port ${port} may not be opened; its key is \`${key}\` (${variable})`,
        options,
      );
    default:
      return error;
  }
}
