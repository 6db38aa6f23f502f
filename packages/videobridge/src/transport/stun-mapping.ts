/**
 * The address of this machine as the world sees it, where a NAT stands before it: asked of STUN servers (RFC 8489) once and then
 * now and then, as it may change. The port is not asked for: the media port is to be forwarded under its own number.
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIPv4 } from 'node:net';

import type { Logger } from 'pino';

import { bindingRequest, readStun, StunType } from './ice/stun.js';

/** The first wait for an answer, in ms; each further one is twice as long (RFC 8489 s.6.2.1). */
const FIRST_WAIT = 500;
const ATTEMPTS = 3;

/** Between two rounds of asking, in ms. */
const REFRESH = 300_000;

export interface StunServer {
  readonly host: string;
  readonly port: number;
}

/** The IPv4 address that an answer to `transaction` tells; undefined when it is none. */
export function mappedAddress(answer: Buffer, transaction: Buffer): string | undefined {
  const message = readStun(answer);
  if (message?.type !== StunType.bindingSuccess || !message.transaction.equals(transaction)) return undefined;
  const { host = '' } = message.mappedAddress ?? {};
  return isIPv4(host) ? host : undefined;
}

/** Asks one server; undefined when it does not answer, or cannot be asked. It takes 3.5 s at most. */
export function discoverAddress(
  { host, port }: StunServer,
  firstWait = FIRST_WAIT,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const transaction = randomBytes(12);
    const socket = createSocket('udp4');
    let timer: NodeJS.Timeout | undefined;
    let settled = false;
    const settle = (address: string | undefined): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket.close();
      resolve(address);
    };
    const ask = (attempt: number): void => {
      if (attempt === ATTEMPTS) {
        settle(undefined);
        return;
      }
      socket.send(bindingRequest(transaction), port, host);
      timer = setTimeout(() => ask(attempt + 1), firstWait * 2 ** attempt);
    };
    socket.on('error', () => settle(undefined));
    socket.on('message', (answer: Buffer) => {
      const address = mappedAddress(answer, transaction);
      if (address !== undefined) settle(address);
    });
    ask(0);
  });
}

/** Keeps asking several servers; what one does not answer another may. */
export class StunMapping {
  /** Addresses that were told last, without repetition. */
  addresses: readonly string[] = [];
  readonly #timer: NodeJS.Timeout;

  private constructor(
    private readonly servers: readonly StunServer[],
    private readonly log: Logger,
  ) {
    this.#timer = setInterval(() => void this.#ask(), REFRESH);
  }

  /** Resolves when each server has answered or been given up. */
  static async begin(servers: readonly StunServer[], log: Logger): Promise<StunMapping> {
    const mapping = new StunMapping(servers, log);
    await mapping.#ask();
    return mapping;
  }

  async #ask(): Promise<void> {
    if (this.servers.length === 0) return;
    const answers = await Promise.all(this.servers.map((server) => discoverAddress(server)));
    const told = [...new Set(answers.filter((address) => address !== undefined))];
    // Whoever does not answer says nothing of a change.
    if (told.length === 0) {
      this.log.warn({ servers: this.servers }, 'no STUN server tells the address of this machine');
    } else {
      if (told.join() !== this.addresses.join()) this.log.info({ addresses: told }, 'addresses told by STUN');
      this.addresses = told;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
