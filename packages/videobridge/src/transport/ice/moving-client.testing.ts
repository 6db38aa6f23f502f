/**
 * Between a client and the media port, for tests: what a browser does when its network changes. The client's first path goes through
 * here; a further one has ICE credentials and a socket of its own, and takes the client's media over when the bridge nominates it.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import type { IceCredentials } from './credentials.js';
import {
  checkSuccess,
  connectivityCheck,
  isAuthentic,
  isStun,
  readStun,
  type StunMessage,
  StunType,
} from './stun.js';

async function boundSocket(host: string): Promise<Socket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').bind(0, host);
  await once(socket, 'listening');
  return socket;
}

/** One ICE agent of the client, in the controlled role, with one address. */
export class ClientAgent {
  readonly credentials: IceCredentials = {
    ufrag: randomBytes(4).toString('hex'),
    pwd: randomBytes(16).toString('hex'),
  };
  /** Checks of ours that were answered. */
  answers = 0;
  /** Checks of the bridge's that were. */
  asked = 0;
  /** What came that is not STUN. */
  packets = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #nominated: Promise<void>;
  #onNominated = (): void => undefined;

  private constructor(
    readonly socket: Socket,
    private readonly host: string,
    private readonly port: number,
    private readonly onPacket: (packet: Buffer) => void,
  ) {
    this.#nominated = new Promise((resolve) => (this.#onNominated = resolve));
  }

  static async open(host: string, port: number, onPacket: (packet: Buffer) => void): Promise<ClientAgent> {
    const agent = new ClientAgent(await boundSocket(host), host, port, onPacket);
    agent.socket.on('message', (datagram) => agent.#receive(datagram));
    return agent;
  }

  get nominated(): Promise<void> {
    return this.#nominated;
  }

  /** Begins checks, signed with `password`; every 10 ms, since Chromium is fast as well. */
  check(remote: IceCredentials, password = remote.pwd, ufrag = remote.ufrag): void {
    this.#timer = setInterval(() => {
      this.send(
        connectivityCheck({
          transaction: randomBytes(12),
          username: `${ufrag}:${this.credentials.ufrag}`,
          password,
          priority: 1,
          role: 'controlled',
          tieBreaker: 7n,
          useCandidate: false,
        }),
      );
    }, 10);
  }

  send(datagram: Buffer): void {
    this.socket.send(datagram, this.port, this.host);
  }

  #receive(datagram: Buffer): void {
    if (!isStun(datagram)) {
      this.packets += 1;
      this.onPacket(datagram);
      return;
    }
    const message = readStun(datagram);
    if (message?.type === StunType.bindingSuccess) this.answers += 1;
    if (message?.type === StunType.bindingRequest) this.#answer(datagram, message);
  }

  #answer(datagram: Buffer, message: StunMessage): void {
    if (!isAuthentic(datagram, message, this.credentials.pwd)) return;
    this.asked += 1;
    this.send(checkSuccess(message, { host: this.host, port: this.port }, this.credentials.pwd));
    if (message.useCandidate === true) this.#onNominated();
  }

  close(): void {
    clearInterval(this.#timer);
    this.socket.close();
  }
}

/** The client's network: its first path, as long as it is not cut, and the agent to which it has moved. */
export class MovingClient {
  readonly #agents: ClientAgent[] = [];
  #carrier: ClientAgent | undefined;
  #client: number | undefined;
  /** Nothing comes through on the first path. */
  cut = false;
  /** Media that the bridge has sent on the first path. */
  packets = 0;
  #checks: NodeJS.Timeout | undefined;

  private constructor(
    private readonly near: Socket,
    private readonly far: Socket,
    private readonly host: string,
    private readonly port: number,
  ) {
    near.on('message', (datagram, { port: client }) => {
      this.#client = client;
      if (this.#carrier !== undefined && !isStun(datagram)) this.#carrier.send(datagram);
      else if (!this.cut) far.send(datagram, port, host);
    });
    far.on('message', (datagram) => {
      if (this.cut) return;
      if (!isStun(datagram)) this.packets += 1;
      this.#deliver(datagram);
    });
  }

  /** @param port the bridge's media port, at `host` */
  static async open(port: number, host = '127.0.0.1'): Promise<MovingClient> {
    return new MovingClient(await boundSocket(host), await boundSocket(host), host, port);
  }

  /** Where the client is to send. */
  get nearPort(): number {
    return this.near.address().port;
  }

  #deliver(datagram: Buffer): void {
    if (this.#client !== undefined) this.near.send(datagram, this.#client, this.host);
  }

  /** Checks the first path over and over, more often than browsers do (Chromium: each 900 ms where the path works). */
  keepChecking(local: IceCredentials, remote: IceCredentials): void {
    this.#checks = setInterval(() => {
      const check = connectivityCheck({
        transaction: randomBytes(12),
        username: `${remote.ufrag}:${local.ufrag}`,
        password: remote.pwd,
        priority: 0x6e7f1eff,
        role: 'controlled',
        tieBreaker: 7n,
        useCandidate: false,
      });
      this.far.send(check, this.port, this.host);
    }, 200);
  }

  /** A new network, with an agent that has not checked anything. */
  async arrive(): Promise<ClientAgent> {
    const agent = await ClientAgent.open(this.host, this.port, (packet) => this.#deliver(packet));
    this.#agents.push(agent);
    return agent;
  }

  /** The client sends by `agent` from now on. */
  use(agent: ClientAgent): void {
    this.#carrier = agent;
  }

  close(): void {
    clearInterval(this.#checks);
    for (const agent of this.#agents) agent.close();
    this.near.close();
    this.far.close();
  }
}
