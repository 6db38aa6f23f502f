/** A connection to nowhere: a script answers what is sent and delivers what comes in. */
import {
  type Element,
  errorReply,
  firstChild,
  isStanzaError,
  parseJid,
  resultReply,
  SignalingError,
  stanzaError,
  type StanzaError,
} from '@conclave/signaling';
import type {
  ConnectionEvents,
  IqHandler,
  IqMatch,
  IqOutcome,
  Unsubscribe,
  XmppConnection,
} from '@conclave/xmpp-connection';
import type { Clock } from './clock.js';

/** The payload of a result (or nothing), an error, or no answer ever. */
export type ScriptedAnswer = Element | StanzaError | undefined | 'silence';

export class ScriptedConnection implements XmppConnection {
  readonly jid: string;
  online = true;
  /** Everything that was sent, in order. */
  readonly sent: Element[] = [];
  /** Answers an IQ that is sent. */
  answer: (iq: Element) => ScriptedAnswer = () => 'silence';
  /** Sees presence and messages that are sent. */
  onSend: (stanza: Element) => void = () => undefined;
  readonly #clock: Clock;
  readonly #handlers: { match: IqMatch; handler: IqHandler }[] = [];
  readonly #listeners: { event: string; listener: (payload: never) => void }[] = [];
  readonly #bySender: { jid: string; listener: (stanza: Element) => void }[] = [];

  constructor(jid: string, clock: Clock) {
    this.jid = jid;
    this.#clock = clock;
  }

  send(stanza: Element): void {
    this.sent.push(stanza);
    this.onSend(stanza);
  }

  request(iq: Element, { timeoutMs = 15_000 }: { timeoutMs?: number } = {}): Promise<IqOutcome> {
    if (!this.online) return Promise.resolve({ kind: 'disconnected' });
    this.sent.push(iq);
    const answer = this.answer(iq);
    if (answer === 'silence') {
      return new Promise((resolve) => this.#clock.after(timeoutMs, () => resolve({ kind: 'timeout' })));
    }
    return Promise.resolve(
      isStanzaError(answer)
        ? { kind: 'error', stanza: errorReply(iq, answer), error: answer }
        : { kind: 'result', stanza: resultReply(iq, answer) },
    );
  }

  handleIq(match: IqMatch, handler: IqHandler): Unsubscribe {
    const entry = { match, handler };
    this.#handlers.push(entry);
    return () => void this.#handlers.splice(this.#handlers.indexOf(entry), 1);
  }

  on<E extends keyof ConnectionEvents>(
    event: E,
    listener: (payload: ConnectionEvents[E]) => void,
  ): Unsubscribe {
    const entry = { event, listener };
    this.#listeners.push(entry);
    return () => void this.#listeners.splice(this.#listeners.indexOf(entry), 1);
  }

  onStanzaFrom(jid: string, listener: (stanza: Element) => void): Unsubscribe {
    const entry = { jid, listener };
    this.#bySender.push(entry);
    return () => void this.#bySender.splice(this.#bySender.indexOf(entry), 1);
  }

  stop(): Promise<void> {
    this.online = false;
    return Promise.resolve();
  }

  abandon(): void {
    this.online = false;
  }

  goOffline(): void {
    this.online = false;
    this.#emit('offline', undefined);
  }

  goOnline(resumed: boolean): void {
    this.online = true;
    this.#emit('online', { resumed });
  }

  /** A stanza comes in. */
  deliver(stanza: Element): void {
    const sender = parseJid(String(stanza.attrs['from'])).bare.toString();
    for (const { jid, listener } of [...this.#bySender]) if (jid === sender) listener(stanza);
    this.#emit('stanza', stanza);
  }

  /** An IQ comes in; resolves with its answer. */
  async ask(iq: Element): Promise<Element> {
    const payload = firstChild(iq) ?? iq;
    const found = this.#handlers.find(
      ({ match }) => payload.is(match.name, match.xmlns) && (!match.type || match.type === iq.attrs['type']),
    );
    try {
      const answer = found ? await found.handler(iq) : stanzaError('service-unavailable');
      return isStanzaError(answer) ? errorReply(iq, answer) : resultReply(iq, answer);
    } catch (error) {
      if (error instanceof SignalingError) return errorReply(iq, stanzaError(error.condition, error.message));
      throw error;
    }
  }

  #emit<E extends keyof ConnectionEvents>(event: E, payload: ConnectionEvents[E]): void {
    for (const entry of [...this.#listeners]) {
      if (entry.event === event) (entry.listener as (payload: ConnectionEvents[E]) => void)(payload);
    }
  }
}
