/** A UDP relay on loopback between a client and the media port, whose ways to and from the client can be made narrow, slow and lossy. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface Impairment {
  /** Bits a second; Infinity: no limit. */
  readonly rate: number;
  /** Added on the way, in ms. */
  readonly delay: number;
  /** Up to so many ms more for each packet, so that packets overtake each other. */
  readonly jitter: number;
  /** Share of packets that vanish. */
  readonly loss: number;
}

export const unimpaired: Impairment = { rate: Infinity, delay: 0, jitter: 0, loss: 0 };

/** Packets wait at most so long, in ms of the rate, before more are lost. */
const longestQueue = 300;

/** One direction: packets pass one after the other at its rate. */
class Way {
  private free = 0;

  /** Sends a packet of `octets` when it has come through, if it does. */
  pass({ rate, delay, jitter, loss }: Impairment, octets: number, send: () => void): void {
    const now = performance.now();
    const start = Math.max(now, this.free);
    if (start - now > longestQueue || Math.random() < loss) return;
    this.free = start + (octets * 8000) / rate;
    const wait = this.free - now + delay + jitter * Math.random();
    if (wait < 1) send();
    else setTimeout(send, wait);
  }
}

export class ImpairedLink {
  /** Of the way to the client. */
  impairment: Impairment = unimpaired;
  /** Of the way from it. */
  upward: Impairment = unimpaired;
  /** Octets that went to the client. */
  delivered = 0;
  private readonly upstreams = new Map<string, Socket>();
  private readonly ways = { down: new Way(), up: new Way() };
  private stopped = false;

  private constructor(
    private readonly front: Socket,
    target: number,
  ) {
    front.on('message', (packet, { address, port }) =>
      this.ways.up.pass(this.upward, packet.length, () => {
        if (!this.stopped) this.upstream(address, port).send(packet, target, '127.0.0.1');
      }),
    );
  }

  /** A relay to UDP port `target`. */
  static async open(target: number): Promise<ImpairedLink> {
    const front = createSocket('udp4');
    front.bind(0, '127.0.0.1');
    await once(front, 'listening');
    return new ImpairedLink(front, target);
  }

  get port(): number {
    return this.front.address().port;
  }

  private upstream(address: string, port: number): Socket {
    const key = `${address}:${port}`;
    const known = this.upstreams.get(key);
    if (known) return known;
    const socket = createSocket('udp4');
    socket.on('message', (packet) => this.deliver(packet, address, port));
    this.upstreams.set(key, socket);
    return socket;
  }

  private deliver(packet: Buffer, address: string, port: number): void {
    this.ways.down.pass(this.impairment, packet.length, () => {
      if (this.stopped) return;
      this.delivered += packet.length;
      this.front.send(packet, port, address);
    });
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.front.close();
    for (const socket of this.upstreams.values()) socket.close();
  }
}
