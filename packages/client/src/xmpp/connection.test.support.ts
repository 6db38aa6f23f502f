/** A server that a test plays itself, behind the face of an XMPP connection. */
import { type Element, type StanzaError, attribute, isStanzaError } from '@conclave/signaling';
import { parse } from 'ltx';
import type { ConnectionEvents, ConnectionOptions, IqAnswer, XmppConnection } from './connection.js';

/** What the server answers to an IQ: its payload, nothing, an error, or no answer at all. */
export type ServerAnswer = Element | StanzaError | undefined | 'silence';

export class ScriptedConnection implements XmppConnection {
  readonly sent: Element[] = [];
  readonly requests: Element[] = [];
  closed = false;
  private waiting: { match: (stanza: Element) => boolean; resolve: (stanza: Element) => void }[] = [];

  constructor(
    readonly options: ConnectionOptions,
    readonly events: ConnectionEvents,
    private readonly answer: (iq: Element, connection: ScriptedConnection) => ServerAnswer,
  ) {}

  send(stanza: Element): void {
    this.note(this.sent, stanza);
  }

  async request(iq: Element): Promise<IqAnswer> {
    this.note(this.requests, iq);
    await Promise.resolve();
    const answer = this.answer(iq, this);
    if (answer === 'silence') return { kind: 'timeout' };
    if (isStanzaError(answer)) return { kind: 'error', error: answer };
    const result = parse(`<iq type='result' from='${attribute(iq, 'to') ?? ''}'/>`);
    if (answer) result.cnode(answer);
    return { kind: 'result', iq: result };
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** Lets the client receive a presence or message. */
  receive(xml: string): void {
    this.events.stanza(parse(xml));
  }

  /** Resolves with the next stanza or request that fits, sent already or still to come. */
  next(match: (stanza: Element) => boolean): Promise<Element> {
    const known = [...this.sent, ...this.requests].find(match);
    if (known) return Promise.resolve(known);
    return new Promise((resolve) => this.waiting.push({ match, resolve }));
  }

  private note(list: Element[], stanza: Element): void {
    list.push(stanza);
    for (const { match, resolve } of this.waiting) if (match(stanza)) resolve(stanza);
    this.waiting = this.waiting.filter(({ match }) => !match(stanza));
  }
}
