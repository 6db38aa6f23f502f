/**
 * The WebSocket over which a service gets the media of a conference. It comes back whenever it is lost, and is never waited for: what
 * cannot be sent at once is kept as far as there is room, and what there is no room for is dropped and counted.
 */
import type { Logger } from 'pino';
import { WebSocket } from 'ws';

import { guarded } from '../transport/guard.js';
import { countEvent, type FeedCounts, NO_COUNTS } from './feed-counts.js';
import { type IncomingEvent, type MediaPacket, MediaJsonWriter, readMediaJson } from './media-json.js';

export interface FeedOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** In ms; absent: the service is not asked whether it is there. */
  readonly ping: { readonly intervalMs: number; readonly timeoutMs: number } | undefined;
  readonly application: {
    readonly name: string;
    readonly version: string;
    readonly region: string | undefined;
  };
  /** Names of the sources that are exported and asked for, as of now. */
  readonly sources: () => { readonly exports: readonly string[]; readonly requests: readonly string[] };
  /** What the service says, other than about the connection. */
  readonly received: (event: IncomingEvent) => void;
  readonly log: Logger;
}

/** Packets that wait while there is no connection; beyond, the oldest go. */
export const QUEUE = 1024;
/** Octets that may wait in a connection that takes them too slowly. */
export const MAX_BUFFERED = 1024 * 1024;
const MAX_MESSAGE = 64 * 1024;
/** RFC 6455 section 7.4.1: the service has met an error of its own. */
const INTERNAL_ERROR = 1011;
const HANDSHAKE_TIMEOUT = 10_000;
/** How long a service may take to close, in ms. */
const CLOSE_GRACE = 1000;
/** Ms to the first attempts to come back; then as long as the last. */
const DELAYS = [0, 1000, 2000, 4000, 8000, 16_000, 30_000];
/** A connection that has lasted so long (ms) was a good one: the next attempts begin from the first delay. */
const GOOD = 30_000;

/** What the feed does now. */
type State =
  | { readonly name: 'connecting'; readonly socket: WebSocket }
  | {
      readonly name: 'open';
      readonly socket: WebSocket;
      readonly writer: MediaJsonWriter;
      readonly since: number;
    }
  | { readonly name: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly name: 'closed' };

export class Feed {
  readonly counts: FeedCounts = { ...NO_COUNTS, starts: 1 };
  readonly #queue: MediaPacket[] = [];
  #state: State;
  #attempts = 0;
  #pinging: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;
  #pings = 0;

  constructor(private readonly options: FeedOptions) {
    this.#state = this.#connect();
  }

  get state(): State['name'] {
    return this.#state.name;
  }

  /** Sends a packet, or keeps or drops it. The packet is its own: nobody writes to it any more. */
  send(packet: MediaPacket): void {
    switch (this.#state.name) {
      case 'open':
        this.#write(packet, this.#state);
        return;
      case 'connecting':
      case 'waiting':
        this.#queue.push(packet);
        if (this.#queue.length <= QUEUE) return;
        this.#queue.shift();
        this.counts.packetsDropped += 1;
        return;
      case 'closed':
        return;
    }
  }

  /** Tells the service that what is exported or asked for has changed. */
  sourcesChanged(): void {
    if (this.#state.name !== 'open') return;
    const { exports, requests } = this.options.sources();
    this.#state.socket.send(this.#state.writer.sources(exports, requests));
  }

  /** Ends the feed in an orderly way; it does not come back. */
  close(): void {
    const state = this.#state;
    this.#state = { name: 'closed' };
    this.#queue.length = 0;
    this.#stopPinging();
    if (state.name === 'waiting') clearTimeout(state.timer);
    if (state.name === 'connecting') state.socket.terminate();
    if (state.name !== 'open') return;
    const { socket, writer } = state;
    socket.send(writer.end());
    socket.close(1000);
    const timer = setTimeout(() => socket.terminate(), CLOSE_GRACE);
    socket.once('close', () => clearTimeout(timer));
  }

  #connect(): State {
    const { url, headers, log } = this.options;
    const socket = new WebSocket(url, {
      headers,
      handshakeTimeout: HANDSHAKE_TIMEOUT,
      maxPayload: MAX_MESSAGE,
      perMessageDeflate: false,
      followRedirects: false,
    });
    socket.on('open', () => this.#opened(socket));
    const received = guarded(log, (data: Buffer) => this.#received(data.toString()));
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary && this.#isCurrent(socket)) received(data);
    });
    // Followed by 'close'.
    socket.on('error', (error) => log.info({ err: error }, 'an export has no connection'));
    socket.on('close', (code) => this.#lost(socket, code));
    return { name: 'connecting', socket };
  }

  #isCurrent(socket: WebSocket): boolean {
    return 'socket' in this.#state && this.#state.socket === socket;
  }

  #opened(socket: WebSocket): void {
    if (!this.#isCurrent(socket)) return;
    const { application, sources, ping, log } = this.options;
    const writer = new MediaJsonWriter();
    const state = { name: 'open', socket, writer, since: performance.now() } as const;
    this.#state = state;
    log.info('an export is connected');
    const { exports, requests } = sources();
    if (exports.length > 0 || requests.length > 0) socket.send(writer.sources(exports, requests));
    socket.send(writer.info(application.name, application.version, application.region));
    if (ping !== undefined)
      this.#pinging = setInterval(() => this.#ping(state, ping.timeoutMs), ping.intervalMs);
    for (const packet of this.#queue.splice(0)) this.#write(packet, state);
  }

  #write(packet: MediaPacket, { socket, writer }: Extract<State, { name: 'open' }>): void {
    if (socket.bufferedAmount > MAX_BUFFERED) {
      this.counts.packetsDropped += 1;
      return;
    }
    for (const event of writer.media(packet)) socket.send(event);
    this.counts.packetsSent += 1;
  }

  #ping({ socket, writer }: Extract<State, { name: 'open' }>, timeoutMs: number): void {
    // One that has not been answered yet is what the next would ask.
    if (this.#patience !== undefined) return;
    this.#pings += 1;
    socket.send(writer.ping(this.#pings));
    this.#patience = setTimeout(() => {
      this.options.log.info('an export is not answered any more');
      socket.terminate();
    }, timeoutMs);
  }

  #received(text: string): void {
    const state = this.#state;
    if (state.name !== 'open') return;
    const event = readMediaJson(text);
    countEvent(this.counts, event);
    if (event === undefined) return;
    switch (event.event) {
      case 'ping':
        if (state.socket.bufferedAmount <= MAX_BUFFERED) state.socket.send(state.writer.pong(event.id));
        return;
      case 'pong':
        if (event.id !== this.#pings) return;
        clearTimeout(this.#patience);
        this.#patience = undefined;
        return;
      default:
        this.options.received(event);
    }
  }

  #lost(socket: WebSocket, code: number): void {
    if (!this.#isCurrent(socket)) return;
    const state = this.#state;
    this.#stopPinging();
    this.counts.failures += 1;
    if (code === INTERNAL_ERROR) this.counts.internalErrors += 1;
    if (state.name === 'open' && performance.now() - state.since > GOOD) this.#attempts = 0;
    const delay = DELAYS[Math.min(this.#attempts, DELAYS.length - 1)] ?? 0;
    this.#attempts += 1;
    const timer = setTimeout(() => {
      this.#state = this.#connect();
    }, delay);
    this.#state = { name: 'waiting', timer };
  }

  #stopPinging(): void {
    clearInterval(this.#pinging);
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }
}
