/**
 * Paths to single clients at the media port, for agents that the ICE library knows nothing of. The library tells of checks that name
 * none of its own agents, though not what is in them; or somebody knows where a client is: from then on a socket of ours gets what comes from
 * there.
 */
import type { Socket } from 'node:dgram';

import type { Logger } from 'pino';

import { guarded } from '../guard.js';
import { sharePort, socketTo } from './shared-port.js';
import type { StunAddress } from './stun.js';

/** The way between the media port and one address of a client. */
export interface ClientPath extends StunAddress {
  send(datagram: Buffer): void;
  close(): void;
}

/** Who expects checks of a client. */
export interface PathUser {
  /** Takes a path to where a check came from, and answers with who hears what comes on it; undefined: no more of them. */
  take(path: ClientPath): ((datagram: Buffer) => void) | undefined;
}

/** Who tells of checks that name none of the library's agents. */
export interface UnknownChecks {
  onUnhandledStunRequest(listener: (check: UnknownCheck) => void): void;
}

interface UnknownCheck extends StunAddress {
  readonly localUfrag: string;
}

export class ClientPaths {
  /** By their user name fragments. */
  readonly #users = new Map<string, PathUser>();
  /** Addresses with a path. */
  readonly #taken = new Set<string>();
  #listening = false;
  #shared: Promise<boolean> | undefined;

  constructor(
    private readonly port: number,
    private readonly bindAddress: string | undefined,
    private readonly checks: UnknownChecks,
    private readonly log: Logger,
  ) {}

  /** Gives `user` the paths on which somebody calls it by `ufrag`, until `forget`. */
  expect(ufrag: string, user: PathUser): void {
    this.#users.set(ufrag, user);
    void this.#share();
    if (this.#listening) return;
    this.#listening = true;
    const checked = guarded(this.log, (check: UnknownCheck) => this.#checked(check));
    this.checks.onUnhandledStunRequest(checked);
  }

  forget(ufrag: string): void {
    this.#users.delete(ufrag);
  }

  /** Gives `user` the path to a client that the library has found, unless somebody has it. */
  reach(client: StunAddress, user: PathUser): void {
    void this.#share().then((shared) => {
      if (shared) this.#open(user, client);
    });
  }

  /** Whether sockets of ours may share the port, which is found out once. */
  #share(): Promise<boolean> {
    return (this.#shared ??= sharePort(this.port).then(
      () => true,
      (error: unknown) => {
        this.log.warn({ err: error }, 'the media port cannot be shared: no ICE restarts');
        return false;
      },
    ));
  }

  /** Whatever it costs, a flood makes it cost many times. */
  #checked({ localUfrag, host, port }: UnknownCheck): void {
    const user = this.#users.get(localUfrag);
    if (user === undefined) return;
    void this.#share().then((shared) => {
      if (shared && this.#users.get(localUfrag) === user) this.#open(user, { host, port });
    });
  }

  #open(user: PathUser, client: StunAddress): void {
    const name = `${client.host} ${client.port}`;
    if (this.#taken.has(name)) return;
    let socket: Socket;
    try {
      socket = socketTo(client, this.port, this.bindAddress);
    } catch (error) {
      this.log.debug({ err: error, client }, 'no path to a client');
      return;
    }
    this.#taken.add(name);
    let open = true;
    const close = (): void => {
      if (!open) return;
      open = false;
      this.#taken.delete(name);
      socket.close();
    };
    const hear = user.take({
      ...client,
      send: (datagram) => {
        if (open) socket.send(datagram);
      },
      close,
    });
    if (hear === undefined) close();
    // A client that has gone is told by ICMP, before its consent runs out.
    socket.on('error', (error) => this.log.debug({ err: error, client }, 'path to a client'));
    socket.on('message', (datagram, source) => {
      // What came between binding and connecting may be anybody's.
      if (open && source.port === client.port) hear?.(datagram);
    });
  }

  close(): void {
    this.#users.clear();
  }
}
