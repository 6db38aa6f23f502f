/**
 * A client whose checks the ICE library refuses. Chromium says zero for its tie-breaker where it gets to its TURN server by TCP or TLS,
 * and the library takes that for none at all: https://github.com/paullouisageneau/libjuice/issues/355. The library has found a way to
 * such a client all the same, as it checks back first; then no DTLS comes. An agent of ours answers there in its place, by the same
 * credentials.
 */
import type { ClientPath, ClientPaths, PathUser } from './client-paths.js';
import type { IceCredentials } from './credentials.js';
import { IceAgent } from './ice-agent.js';
import { canSharePorts } from './shared-port.js';
import { isAuthentic, isStun, readStun, type StunAddress, type StunMessage, StunType } from './stun.js';

/** How long DTLS may take on a way that the library has found, in ms, before the client is asked for its tie-breaker. */
const PATIENCE = 1000;
/** How long one that has answered a check may take to check as well, in ms. Chromium does within 50. */
const CHECK_BACK = 500;

/** What the library has come to. */
export interface LibraryView {
  /** Whether it carries media. */
  readonly established: boolean;
  /** The first credentials of the client; known once the library has begun. */
  readonly remoteCredentials: IceCredentials | undefined;
  /** Where it has found the client. */
  readonly foundAt: StunAddress | undefined;
}

export interface RefusedClientEvents {
  /** The client is refused, and is answered from now on. */
  onBegun(): void;
  /** The agent has a way to the client. */
  onConnected(agent: IceAgent): void;
  onFailed(agent: IceAgent): void;
  onData(datagram: Buffer): void;
}

/** `unsure` while it is found out whether the client is refused. */
type RefusedClientState = 'idle' | 'waiting' | 'unsure' | 'refused' | 'closed';

export class RefusedClient implements PathUser {
  #state: RefusedClientState = 'idle';
  #timer: NodeJS.Timeout | undefined;
  #agent: IceAgent | undefined;
  #path: StunAddress | undefined;

  constructor(
    private readonly local: IceCredentials,
    private readonly library: LibraryView,
    private readonly paths: Pick<ClientPaths, 'reach'>,
    private readonly events: RefusedClientEvents,
    private readonly now: () => number,
  ) {}

  /** The library has found a way to the client. */
  found(): void {
    if (this.#state !== 'idle' || !canSharePorts) return;
    this.#state = 'waiting';
    this.#timer = setTimeout(() => this.#ask(), PATIENCE);
  }

  #ask(): void {
    const { established, foundAt } = this.library;
    if (established || foundAt === undefined) return;
    this.#state = 'unsure';
    this.#timer = undefined;
    this.paths.reach(foundAt, this);
  }

  /** Checks on the path make the client check as well. Whoever is not refused is left to the library at once. */
  take(path: ClientPath): ((datagram: Buffer) => void) | undefined {
    const { remoteCredentials: remote, established } = this.library;
    if (this.#state !== 'unsure' || remote === undefined || established) return undefined;
    const agent = new IceAgent(
      this.local,
      {
        onConnected: () => this.events.onConnected(agent),
        onFailed: () => this.events.onFailed(agent),
        onClosed: () => undefined,
        onData: (datagram) => this.events.onData(datagram),
      },
      this.now,
    );
    this.#agent = agent;
    this.#path = path;
    agent.start(remote, []);
    const hear = agent.take({
      ...path,
      close: () => {
        path.close();
        agent.close();
      },
    });
    return (datagram) => {
      if (this.#state === 'unsure') this.#judge(datagram);
      if (this.#state === 'refused') hear?.(datagram);
    };
  }

  #judge(datagram: Buffer): void {
    const message = isStun(datagram) ? readStun(datagram) : undefined;
    if (message?.type === StunType.bindingSuccess) {
      this.#timer ??= setTimeout(() => this.#state === 'unsure' && this.close(), CHECK_BACK);
      return;
    }
    if (message !== undefined && this.#isRefused(datagram, message)) {
      this.#state = 'refused';
      this.events.onBegun();
    } else this.close();
  }

  #isRefused(datagram: Buffer, message: StunMessage): boolean {
    const { type, tieBreaker } = message;
    return (
      type === StunType.bindingRequest && tieBreaker === 0n && isAuthentic(datagram, message, this.local.pwd)
    );
  }

  /** Media flow. Where that is by another way than the agent's, there is no need for it. */
  reached(): void {
    const { foundAt } = this.library;
    const same = this.#path?.host === foundAt?.host && this.#path?.port === foundAt?.port;
    if (this.#state !== 'refused' || !same) this.close();
  }

  /** The client needs no agent of ours, or has another, or has gone. */
  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#timer);
    this.#agent?.close();
  }
}
