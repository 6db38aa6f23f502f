/** A connection that lasts: it keeps a session with the XMPP server, resumes it or begins a new one, for ever. */
import { attribute, type Element, el, type Jid, NS, tryParseJid } from '@conclave/signaling';
import type { Logger } from 'pino';
import type {
  ConnectionEvents,
  IqHandler,
  IqMatch,
  IqOutcome,
  Unsubscribe,
  XmppConnection,
} from './connection.js';
import { Emitter } from './emitter.js';
import { IqExchange } from './iq-exchange.js';
import { createStream, type Stream, type StreamOptions } from './stream.js';

export interface ConnectOptions extends StreamOptions {
  readonly log: Logger;
  /** Milliseconds that a request waits for its answer; 15 s by default. */
  readonly replyTimeoutMs?: number;
  /** Milliseconds between two attempts; after the first success up to twice as many. 1 s by default. */
  readonly reconnectMs?: number;
}

/** connecting → online → waiting → connecting …, and stopped from anywhere. */
type State = 'connecting' | 'online' | 'waiting' | 'stopped';

/** Milliseconds from the first packet to a session. */
const negotiationTimeout = 20_000;
/** Stanzas kept for a session that waits to be resumed. */
const maxBacklog = 1000;
/** Milliseconds for the farewell at stop. */
const farewell = 1000;

class Connection implements XmppConnection {
  private readonly log: Logger;
  private readonly stream: Stream;
  private readonly events: Emitter<ConnectionEvents>;
  private readonly iqs: IqExchange;
  private readonly bySender = new Map<string, Set<(stanza: Element) => void>>();
  private state: State = 'waiting';
  private timer: NodeJS.Timeout | undefined;
  private everOnline = false;
  private lastFailure: string | undefined;
  private address: Jid | undefined;
  private backlog: Element[] = [];

  constructor(private readonly options: ConnectOptions) {
    this.log = options.log.child({ component: 'xmpp', server: `${options.host}:${options.port}` });
    this.events = new Emitter(this.log);
    this.iqs = new IqExchange(
      (stanza) => this.send(stanza),
      () => this.address,
      this.log,
    );
    this.iqs.handle({ name: 'ping', xmlns: NS.ping, type: 'get' }, () => undefined);
    this.stream = createStream(options);
    const { entity, management } = this.stream;
    entity.on('online', () => this.becomeOnline(false));
    management.on('resumed', () => this.becomeOnline(true));
    entity.on('stanza', (stanza: Element) => this.receive(stanza));
    entity.on('disconnect', () => this.lose('the connection closed'));
    entity.on('error', (error: Error) => this.fail(error));
    this.attempt();
  }

  get jid(): string | undefined {
    return this.address?.toString();
  }

  get online(): boolean {
    return this.state === 'online';
  }

  send(stanza: Element): void {
    if (this.state === 'online') {
      this.stream.entity.send(stanza).catch(() => this.keep(stanza));
    } else {
      this.keep(stanza);
    }
  }

  request(iq: Element, options: { readonly timeoutMs?: number } = {}): Promise<IqOutcome> {
    if (this.state !== 'online' && !this.resumable) return Promise.resolve({ kind: 'disconnected' });
    return this.iqs.request(iq, options.timeoutMs ?? this.options.replyTimeoutMs ?? 15_000);
  }

  handleIq(match: IqMatch, handler: IqHandler): Unsubscribe {
    return this.iqs.handle(match, handler);
  }

  on<E extends keyof ConnectionEvents>(
    event: E,
    listener: (payload: ConnectionEvents[E]) => void,
  ): Unsubscribe {
    return this.events.on(event, listener);
  }

  onStanzaFrom(bareJid: string, listener: (stanza: Element) => void): Unsubscribe {
    const listeners = this.bySender.get(bareJid) ?? new Set();
    this.bySender.set(bareJid, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.bySender.get(bareJid) === listeners) this.bySender.delete(bareJid);
    };
  }

  async stop(): Promise<void> {
    if (this.retire()) {
      await Promise.race([
        this.stream.entity.disconnect(),
        new Promise((resolve) => setTimeout(resolve, farewell).unref()),
      ]);
    }
    this.stream.destroy();
  }

  abandon(): void {
    this.retire();
    this.stream.destroy();
  }

  /** Connects no more. @returns whether there is a session that could be told */
  private retire(): boolean {
    const wasOnline = this.state === 'online';
    this.state = 'stopped';
    clearTimeout(this.timer);
    this.iqs.disconnected();
    this.backlog = [];
    if (wasOnline) this.events.emit('offline', undefined);
    return wasOnline;
  }

  /** Whether the server keeps our session for us while we are away. */
  private get resumable(): boolean {
    return this.state !== 'stopped' && this.everOnline && Boolean(this.stream.management.id);
  }

  private keep(stanza: Element): void {
    if (this.resumable && this.backlog.length < maxBacklog) this.backlog.push(stanza);
    else
      this.log.debug({ stanza: stanza.name, to: attribute(stanza, 'to') }, 'dropped a stanza while offline');
  }

  private attempt(): void {
    this.state = 'connecting';
    this.timer = setTimeout(() => this.lose('the session took too long to establish'), negotiationTimeout);
    this.stream.open().catch((error: unknown) => {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    });
  }

  /** What goes wrong during negotiation ends the attempt; later xmpp.js itself ends the stream if it must. */
  private fail(error: Error): void {
    if (this.state === 'connecting') this.lose(error.message);
    else if (this.state === 'online') this.log.warn({ err: error }, 'the stream reported an error');
  }

  private lose(reason: string): void {
    if (this.state !== 'connecting' && this.state !== 'online') return;
    const wasOnline = this.state === 'online';
    this.state = 'waiting';
    clearTimeout(this.timer);
    this.stream.destroy();
    // One line for a reason, however often it repeats.
    if (wasOnline || reason !== this.lastFailure)
      this.log.warn({ reason }, 'not connected to the XMPP server');
    this.lastFailure = reason;
    if (wasOnline) this.events.emit('offline', undefined);
    // Spread out once it has worked: a server that restarts is not rushed by all at once.
    const delay = (this.options.reconnectMs ?? 1000) * (this.everOnline ? 1 + Math.random() : 1);
    this.timer = setTimeout(() => this.attempt(), delay);
  }

  private becomeOnline(resumed: boolean): void {
    if (this.state !== 'connecting') return;
    clearTimeout(this.timer);
    this.state = 'online';
    this.everOnline = true;
    this.lastFailure = undefined;
    this.address = tryParseJid(this.stream.entity.jid?.toString());
    const backlog = this.backlog;
    this.backlog = [];
    if (resumed) for (const stanza of backlog) this.send(stanza);
    else this.iqs.disconnected();
    this.log.info({ jid: this.jid, resumed }, 'connected to the XMPP server');
    if (!resumed) this.send(el('presence'));
    this.events.emit('online', { resumed });
  }

  /** Also while a session is being resumed: what the server kept for us comes together with its consent. */
  private receive(stanza: Element): void {
    if (this.state === 'stopped') return;
    if (stanza.name === 'iq') this.iqs.receive(stanza);
    const sender = tryParseJid(attribute(stanza, 'from'))?.bare.toString();
    for (const listener of [...((sender !== undefined && this.bySender.get(sender)) || [])]) {
      try {
        listener(stanza);
      } catch (error) {
        this.log.error({ err: error, from: sender }, 'a stanza could not be handled');
      }
    }
    this.events.emit('stanza', stanza);
  }
}

/** Connects and stays connected until `stop`. Returns at once: `online` tells when there is a session. */
export function connect(options: ConnectOptions): XmppConnection {
  return new Connection(options);
}
