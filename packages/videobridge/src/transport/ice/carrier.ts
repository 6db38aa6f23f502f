/**
 * Carries a client's datagrams between an agent of ours and the ICE library. To the library it is the client itself, which has moved
 * to a loopback address: a peer-reflexive candidate (RFC 8445 s.7.3.1.3) that knows both sides' first credentials. What
 * runs above ICE never notices.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

import type { Logger } from 'pino';

import type { IceCredentials } from './credentials.js';
import {
  ALWAYS_CONTROLLING,
  checkSuccess,
  connectivityCheck,
  isAuthentic,
  isStun,
  readStun,
  type StunMessage,
  StunType,
} from './stun.js';

/** Between two checks until the library has answered, in ms. */
const CHECK_INTERVAL = 20;
/**
 * How long the library may take to check back when it has answered, in ms: its pace is one check each 50 ms, and each check that it
 * gets meanwhile makes it wait as long again. One of the client's, on the former path, makes it forget its own; hence not much longer.
 */
const CHECK_BACK = 120;
/** Above what any client's candidate has, so that the library prefers it to the ways that it knows. */
const PRIORITY = 127 * 2 ** 24;

/** `unknown` to the library, `checked` by it, `nominated`: the library sends here. */
type CarrierState = 'unknown' | 'checked' | 'nominated';

export interface CarrierSettings {
  /** The library's port, and the address that it is bound to. */
  readonly port: number;
  readonly bindAddress: string | undefined;
  /** The bridge's first credentials, and the client's. */
  readonly local: IceCredentials;
  readonly remote: IceCredentials;
}

export class Carrier {
  readonly #socket: Socket;
  #state: CarrierState = 'unknown';
  /** The library is to send here. */
  #wanted = false;
  /** Checks that nominate, and came after the library's own was answered. */
  readonly #nominations = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  /** @param onPacket gets what the library sends to the client */
  constructor(
    private readonly settings: CarrierSettings,
    private readonly onPacket: (datagram: Buffer) => void,
    log: Logger,
  ) {
    const host = nearAddress(settings.bindAddress);
    this.#socket = createSocket({
      type: isIPv6(host) ? 'udp6' : 'udp4',
      lookup: (address, _, found) => found(null, address, isIPv6(address) ? 6 : 4),
    });
    this.#socket.on('error', (error) => log.warn({ err: error }, 'a socket to the ICE library failed'));
    this.#socket.on('message', (datagram) => this.#receive(datagram));
    this.#socket.bind(0, host);
    this.#socket.connect(settings.port, host);
  }

  /** Makes itself known to the library, which goes on to use the way that it has. */
  prepare(): void {
    if (this.#timer === undefined) this.#check();
  }

  /** Makes the library send here from now on. */
  switch(): void {
    this.#wanted = true;
    if (this.#state === 'checked') this.#check();
    else this.prepare();
  }

  /** Hands the library what the client has sent. */
  deliver(datagram: Buffer): void {
    this.#socket.send(datagram);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  #check(): void {
    clearTimeout(this.#timer);
    if (this.#state === 'nominated' || (this.#state === 'checked' && !this.#wanted)) return;
    const { local, remote } = this.settings;
    const transaction = randomBytes(12);
    const useCandidate = this.#wanted;
    if (useCandidate && this.#state === 'checked') this.#nominations.add(transaction.toString('hex'));
    this.#socket.send(
      connectivityCheck({
        role: 'controlling',
        tieBreaker: ALWAYS_CONTROLLING,
        transaction,
        username: `${local.ufrag}:${remote.ufrag}`,
        password: local.pwd,
        priority: PRIORITY,
        useCandidate,
      }),
    );
    // The library does not answer the check by which it gives us the controlling role, nor those that the client's own have crossed.
    this.#checkIn(CHECK_INTERVAL);
  }

  #checkIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), ms);
  }

  #receive(datagram: Buffer): void {
    if (!isStun(datagram)) {
      this.onPacket(datagram);
      return;
    }
    const message = readStun(datagram);
    if (message?.type === StunType.bindingRequest) this.#answer(datagram, message);
    else if (message?.type === StunType.bindingSuccess) this.#confirmed(datagram, message);
  }

  #answer(datagram: Buffer, message: StunMessage): void {
    const { pwd } = this.settings.remote;
    if (!isAuthentic(datagram, message, pwd)) return;
    // Not told where it came from, the library takes the way for one of a host candidate, which has the greatest priority.
    this.#socket.send(checkSuccess(message, undefined, pwd));
    if (this.#state !== 'unknown') return;
    this.#state = 'checked';
    this.#check();
  }

  #confirmed(datagram: Buffer, message: StunMessage): void {
    if (!isAuthentic(datagram, message, this.settings.local.pwd)) return;
    if (this.#state === 'unknown') this.#checkIn(CHECK_BACK);
    if (!this.#nominations.has(message.transaction.toString('hex'))) return;
    this.#state = 'nominated';
    this.#nominations.clear();
    clearTimeout(this.#timer);
  }
}

/** Where a socket of this machine reaches one that is bound to `address`. */
function nearAddress(address: string | undefined): string {
  if (address === undefined || address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}
