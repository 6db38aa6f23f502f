/**
 * The ICE agent (RFC 8445) of a restart: controlling, of one component, without candidates of its own. The client finds the media
 * port; the agent answers its checks, checks back, nominates the first way that works, and then keeps to consent (RFC 7675). What is
 * not STUN it hands over untouched.
 */
import { randomBytes } from 'node:crypto';

import type { ClientPath, PathUser } from './client-paths.js';
import type { IceCredentials } from './credentials.js';
import {
  ALWAYS_CONTROLLING,
  checkSuccess,
  connectivityCheck,
  isAuthentic,
  isStun,
  readStun,
  roleConflict,
  type StunAddress,
  type StunMessage,
  StunType,
} from './stun.js';

/** `waiting` for the client's credentials; `failed` and `closed` are final. */
export type IceAgentState = 'waiting' | 'checking' | 'connected' | 'failed' | 'closed';

const NEXT: Readonly<Record<IceAgentState, readonly IceAgentState[]>> = {
  waiting: ['checking', 'closed'],
  checking: ['connected', 'closed'],
  connected: ['failed', 'closed'],
  failed: ['closed'],
  closed: [],
};

export interface IceAgentEvents {
  /** A way was nominated, and the client has confirmed it. */
  onConnected(): void;
  /** The client has withdrawn its consent, or is gone. */
  onFailed(): void;
  onClosed(): void;
  /** A datagram of the client that is not STUN; the Buffer is the receiver's to keep. */
  onData(datagram: Buffer): void;
}

/** Ways that are tried at a time. Whoever has more has to do with these. */
const MAX_PATHS = 12;
/** How long a way may go without a sign that the client is there, in ms. */
const UNPROVEN = 5000;
/** Between two checks on a way that has not been confirmed, in ms. */
const CHECK_INTERVAL = 100;
/** How long a way through a relay waits for a better one, in ms. */
const RELAY_PATIENCE = 500;
/** Checks that may be under way on one path. */
const MAX_TRANSACTIONS = 8;
/** RFC 7675 s.5.1: every 5 s, more or less by a fifth, until 30 s have passed without an answer. */
const CONSENT_INTERVAL = 5000;
const CONSENT_EXPIRY = 30_000;
/** Of a peer-reflexive candidate (RFC 8445 s.5.1.2.1). */
const PRIORITY = 110 * 2 ** 24 + 65535 * 2 ** 8 + 255;

interface Path {
  readonly way: ClientPath;
  /** Checks that were not answered yet: their transactions in hex, and whether they nominate. */
  readonly checks: Map<string, boolean>;
  /** The client has shown that it knows the credentials. It may send media by it before its own have come to us. */
  proven: boolean;
  /** The client has answered a check of ours. */
  valid: boolean;
  /** When the client has last shown that it knows the credentials. */
  seenAt: number;
  checkedAt: number;
}

export class IceAgent implements PathUser {
  readonly #paths = new Set<Path>();
  #state: IceAgentState = 'waiting';
  #remote: IceCredentials | undefined;
  #relays: ReadonlySet<string> = new Set();
  #nominated: Path | undefined;
  #selected: Path | undefined;
  /** When there was a first way that works. */
  #validAt: number | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly credentials: IceCredentials,
    private readonly events: IceAgentEvents,
    private readonly now: () => number,
  ) {
    this.#timer = setInterval(() => this.#pace(), CHECK_INTERVAL);
  }

  get state(): IceAgentState {
    return this.#state;
  }

  /** Where the client is reached. */
  get selected(): StunAddress | undefined {
    const { host, port } = this.#selected?.way ?? {};
    return host === undefined || port === undefined ? undefined : { host, port };
  }

  /**
   * Begins to check, by the client's credentials.
   * @param relays addresses (`host port`) of the client's relays: what comes by them is used when nothing else is there
   */
  start(remote: IceCredentials, relays: readonly string[]): void {
    if (!this.#move('checking')) return;
    this.#remote = remote;
    this.#relays = new Set(relays);
    for (const path of this.#paths) this.#check(path, false);
  }

  /** A way on which somebody knows the name; whether it is the client, its checks will show. */
  take(way: ClientPath): ((datagram: Buffer) => void) | undefined {
    if (this.#state === 'failed' || this.#state === 'closed') return undefined;
    if (this.#paths.size >= MAX_PATHS) {
      const unproven = [...this.#paths].find(({ valid }) => !valid);
      if (unproven === undefined) return undefined;
      this.#drop(unproven);
    }
    const path: Path = {
      way,
      checks: new Map(),
      proven: false,
      valid: false,
      seenAt: this.now(),
      checkedAt: -Infinity,
    };
    this.#paths.add(path);
    this.#check(path, false);
    return (datagram) => this.#receive(path, datagram);
  }

  /** Sends a datagram to the client, where a way is selected. */
  send(datagram: Buffer): void {
    this.#selected?.way.send(datagram);
  }

  close(): void {
    if (!this.#move('closed')) return;
    clearInterval(this.#timer);
    for (const path of [...this.#paths]) this.#drop(path);
    this.#selected = undefined;
    this.events.onClosed();
  }

  #move(to: IceAgentState): boolean {
    if (!NEXT[this.#state].includes(to)) return false;
    this.#state = to;
    return true;
  }

  #drop(path: Path): void {
    this.#paths.delete(path);
    path.way.close();
  }

  #receive(path: Path, datagram: Buffer): void {
    if (!this.#paths.has(path)) return;
    if (!isStun(datagram)) {
      if (path.proven) this.events.onData(datagram);
      return;
    }
    const message = readStun(datagram);
    if (message?.type === StunType.bindingRequest) this.#answer(path, datagram, message);
    else if (message?.type === StunType.bindingSuccess) this.#confirmed(path, datagram, message);
  }

  #answer(path: Path, datagram: Buffer, message: StunMessage): void {
    const { ufrag, pwd } = this.credentials;
    const [mine, theirs] = message.username?.split(':') ?? [];
    const known = mine === ufrag && (this.#remote === undefined || theirs === this.#remote.ufrag);
    if (!known || !isAuthentic(datagram, message, pwd)) {
      // Somebody else at that address, whom this must not keep from being heard.
      if (!path.valid && mine !== ufrag) this.#drop(path);
      return;
    }
    path.proven = true;
    path.seenAt = this.now();
    if (message.role === 'controlling') {
      path.way.send(roleConflict(message, pwd));
      return;
    }
    path.way.send(checkSuccess(message, path.way, pwd));
    if (!path.valid) this.#check(path, false);
  }

  #check(path: Path, useCandidate: boolean): void {
    if (this.#remote === undefined) return;
    const transaction = randomBytes(12);
    path.checkedAt = this.now();
    path.checks.set(transaction.toString('hex'), useCandidate);
    for (const oldest of path.checks.keys()) {
      if (path.checks.size <= MAX_TRANSACTIONS) break;
      path.checks.delete(oldest);
    }
    path.way.send(
      connectivityCheck({
        role: 'controlling',
        tieBreaker: ALWAYS_CONTROLLING,
        transaction,
        username: `${this.#remote.ufrag}:${this.credentials.ufrag}`,
        password: this.#remote.pwd,
        priority: PRIORITY,
        useCandidate,
      }),
    );
  }

  #confirmed(path: Path, datagram: Buffer, message: StunMessage): void {
    const useCandidate = path.checks.get(message.transaction.toString('hex'));
    if (useCandidate === undefined || this.#remote === undefined) return;
    if (!isAuthentic(datagram, message, this.#remote.pwd)) return;
    path.checks.clear();
    path.proven = true;
    path.valid = true;
    path.seenAt = this.now();
    if (useCandidate && this.#move('connected')) {
      this.#selected = path;
      this.events.onConnected();
    } else {
      this.#validAt ??= this.now();
      this.#nominate();
    }
  }

  /** RFC 8445 s.8.1.1: once, and the first that works; one by a relay only when no other has come after a while. */
  #nominate(): void {
    if (this.#nominated !== undefined || this.#validAt === undefined) return;
    const valid = [...this.#paths].filter((path) => path.valid);
    const patient = this.now() - this.#validAt < RELAY_PATIENCE;
    const direct = valid.find(({ way }) => !this.#relays.has(nameOf(way)));
    const path = direct ?? (patient ? undefined : valid[0]);
    if (path === undefined) return;
    this.#nominated = path;
    this.#check(path, true);
  }

  #pace(): void {
    const now = this.now();
    if (this.#state === 'connected') this.#keepConsent(now);
    else {
      this.#nominate();
      for (const path of this.#paths) {
        if (!path.valid) this.#check(path, false);
        else if (path === this.#nominated) this.#check(path, true);
      }
    }
    for (const path of this.#paths) {
      const patience = path.valid ? CONSENT_EXPIRY : UNPROVEN;
      if (path !== this.#selected && now - path.seenAt > patience) this.#drop(path);
    }
  }

  #keepConsent(now: number): void {
    const path = this.#selected;
    if (path === undefined) return;
    if (now - path.seenAt > CONSENT_EXPIRY) {
      this.#move('failed');
      this.events.onFailed();
    } else if (now - path.checkedAt > CONSENT_INTERVAL * (0.8 + 0.4 * Math.random()))
      this.#check(path, false);
  }
}

const nameOf = ({ host, port }: ClientPath): string => `${host} ${port}`;
