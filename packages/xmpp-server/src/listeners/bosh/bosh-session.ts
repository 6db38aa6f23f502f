/**
 * A BOSH session (XEP-0124): a stream made of HTTP requests, some of which are held until there is something to say. Requests are
 * handled, and answered, in the order of their ids whatever order they come in; the last answers are kept for who lost one.
 */
import type { ServerResponse } from 'node:http';
import type { ConnectionParameters } from '../../stream/connection-parameters.js';
import { atEndOfTurn } from '../../stream/end-of-turn.js';
import type { ParserLimits } from '../../stream/parser-limits.js';
import { ReadGate } from '../../stream/read-gate.js';
import { el } from '@conclave/signaling';
import type { Rate } from '../../stream/token-bucket.js';
import {
  noBindings,
  type Elsewhere,
  type ResponseHeader,
  type Transport,
  type TransportSink,
} from '../../stream/transport.js';
import {
  bodyXml,
  httpBind,
  streamErrorIn,
  terminateXml,
  xbosh,
  type ClientBody,
  type TerminalCondition,
} from './body.js';
import { Exchange, respond } from './exchange.js';
import { Exchanges } from './exchanges.js';
import { KeySequence } from './key-sequence.js';
import { Polling } from './polling.js';
import { encodeTerms, type BoshTerms } from './terms.js';

export interface BoshSessionOptions {
  readonly sid: string;
  readonly address: string;
  readonly confidential: boolean;
  readonly parameters: ConnectionParameters;
  readonly terms: BoshTerms;
  readonly limits: ParserLimits;
  readonly rate: Rate | undefined;
  readonly maxUnsentBytes: number;
  readonly closeGrace: number;
  /** The session is over, and its id means nothing any more. */
  readonly onGone: () => void;
}

/** What an HTTP request costs beside its body, so that empty ones have a price too. */
const requestBytes = 512;

export class BoshSession implements Transport {
  readonly kind = 'bosh';
  readonly secure = true;
  readonly canStartTls = false;
  readonly bindings = noBindings;
  readonly certified = [];
  readonly sid: string;
  readonly address: string;
  readonly confidential: boolean;
  readonly parameters: ConnectionParameters;
  limits: ParserLimits;
  readonly #options: BoshSessionOptions;
  readonly #terms: BoshTerms;
  readonly #keys: KeySequence;
  readonly #polling: Polling;
  readonly #gate = new ReadGate({
    pause: () => {
      this.#paused = true;
    },
    resume: () => {
      this.#paused = false;
      this.#handleDue();
    },
  });
  readonly #exchanges: Exchanges;
  #lastHandled: number;
  #sink: TransportSink | undefined;
  #to: string | undefined;
  #header: ResponseHeader | undefined;
  #created = false;
  #paused = false;
  #unsent = '';
  #flushDue = false;
  #lastReceived = Date.now();
  /** Until when the client is expected back, while none of its requests is held. */
  #absence: NodeJS.Timeout | undefined;
  #allowedAbsence: number;
  /** The last words, and how long they wait for somebody to tell them to. */
  #last: { readonly xml: string; readonly timer: NodeJS.Timeout } | undefined;
  #gone = false;

  constructor(first: ClientBody, options: BoshSessionOptions) {
    this.sid = options.sid;
    this.address = options.address;
    this.confidential = options.confidential;
    this.parameters = options.parameters;
    this.limits = options.limits;
    this.#options = options;
    this.#terms = options.terms;
    this.#allowedAbsence = options.terms.inactivity;
    this.#exchanges = new Exchanges(options.terms.requests);
    this.#keys = new KeySequence(first.newKey);
    this.#polling = new Polling(options.terms);
    this.#lastHandled = first.rid;
    this.#gate.rate = options.rate;
  }

  /** A client whose request is held is there. */
  get lastReceived(): number {
    return this.#exchanges.held.some(({ isAwaited }) => isAwaited) ? Date.now() : this.#lastReceived;
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
  }

  /** Handles the request that created the session; after `start`. */
  create(first: ClientBody, response: ServerResponse): void {
    const exchange = this.#exchange(first, response);
    this.#hold(exchange);
    this.#deliver({ ...first, restart: true });
  }

  receive(body: ClientBody, response: ServerResponse, bytes: number): void {
    this.#lastReceived = Date.now();
    if (this.#last !== undefined) {
      respond(response, this.#last.xml, this.#terms.content);
      this.#vanish();
      return;
    }
    this.#gate.took(bytes + requestBytes);
    const known = this.#exchanges.get(body.rid);
    if (known !== undefined) {
      // Who cannot tell the key of the request it says to repeat did not make it.
      if (known.body.key === body.key) known.attach(response);
      else this.#terminate('item-not-found', response);
    } else if (body.rid <= this.#lastHandled || body.rid > this.#lastHandled + this.#terms.requests) {
      this.#terminate('item-not-found', response);
    } else {
      this.#exchange(body, response);
      this.#handleDue();
    }
    this.#watchAbsence();
  }

  openStream(header: ResponseHeader): void {
    this.#header = header;
  }

  write(xml: string): void {
    if (this.#gone || this.#last !== undefined) return;
    this.#unsent += xml;
    if (this.#unsent.length > this.#options.maxUnsentBytes) this.destroy();
    else this.#flushSoon();
  }

  restart(): void {
    // Each body stands alone: there is no parser state to forget.
  }

  startTls(): void {
    throw new Error('STARTTLS was not offered');
  }

  probe(): void {
    // A client that is there answers within the time a request is held.
  }

  pause(): void {
    this.#gate.hold();
  }

  resume(): void {
    this.#gate.release();
  }

  admit(limits: ParserLimits, rate: Rate | undefined): void {
    this.limits = limits;
    this.#gate.rate = rate;
  }

  close(): void {
    if (this.#gone || this.#last !== undefined) return;
    this.#conclude(streamErrorIn(this.#unsent));
  }

  redirect({ bosh }: Elsewhere): boolean {
    if (bosh === undefined) return false;
    if (this.#gone || this.#last !== undefined) return true;
    this.#unsent += el('uri', { xmlns: httpBind }, bosh).toString();
    this.#conclude('see-other-uri');
    return true;
  }

  destroy(): void {
    this.#terminate(undefined);
  }

  /** Ends the session with all that is still to be said; waits for a request if none is there. */
  #conclude(terminal: TerminalCondition | undefined): void {
    // Who leaves takes nothing more: some clients fail on stanzas in the answer, and s.13 wants it empty.
    const xml = terminateXml(terminal, terminal === undefined ? '' : this.#unsent);
    this.#unsent = '';
    if (this.#exchanges.areAwaited) {
      this.#exchanges.answerAll(xml, terminal === undefined ? bodyXml({}, '') : terminateXml(terminal));
      this.#vanish();
      return;
    }
    this.#last = { xml, timer: setTimeout(() => this.#vanish(), this.#options.closeGrace) };
  }

  #exchange(body: ClientBody, response: ServerResponse): Exchange {
    const exchange = new Exchange(body, this.#terms.content, () => this.#watchAbsence());
    this.#exchanges.add(exchange);
    exchange.attach(response);
    return exchange;
  }

  #handleDue(): void {
    while (!this.#paused && !this.#gone && this.#last === undefined) {
      const next = this.#exchanges.get(this.#lastHandled + 1);
      if (next === undefined) return;
      this.#lastHandled++;
      this.#handle(next);
    }
  }

  #handle(exchange: Exchange): void {
    const { body } = exchange;
    if (!this.#keys.accepts(body.key, body.newKey)) {
      this.#terminate('item-not-found');
      return;
    }
    if (this.#polling.isTooOften(body, Date.now())) {
      this.#terminate('policy-violation');
      return;
    }
    this.#allowedAbsence = this.#terms.inactivity;
    this.#hold(exchange);
    if (body.pause !== undefined) this.#pauseFor(body.pause * 1000);
    this.#deliver(body);
  }

  #hold(exchange: Exchange): void {
    this.#exchanges.hold(exchange);
    exchange.hold(this.#terms.wait, () => {
      while (this.#exchanges.held.includes(exchange)) this.#answerOldest();
    });
    this.#flushSoon();
  }

  /** The client will be away for a while (s.10): what is held is answered, and its absence forgiven. */
  #pauseFor(milliseconds: number): void {
    this.#allowedAbsence = Math.min(milliseconds, this.#terms.pause);
    while (this.#exchanges.held.length > 0) this.#answerOldest();
  }

  #deliver(body: ClientBody): void {
    if (body.fault !== undefined) {
      this.#sink?.failed(body.fault);
      return;
    }
    if (body.restart) {
      this.#to = body.to ?? this.#to;
      this.#sink?.opened({ to: this.#to, from: body.from, version: body.version ?? this.#terms.version });
    }
    for (const element of body.elements) this.#sink?.element(element);
    if (body.terminate) this.#sink?.closed();
  }

  #flushSoon(): void {
    if (this.#flushDue) return;
    this.#flushDue = true;
    atEndOfTurn(() => this.#flush());
  }

  #flush(): void {
    this.#flushDue = false;
    if (this.#gone || this.#last !== undefined) return;
    if (this.#unsent !== '') {
      this.#sink?.flushing();
      if (this.#exchanges.held[0]?.isAwaited === true) this.#answerOldest();
    }
    while (this.#exchanges.held.length > this.#terms.hold) this.#answerOldest();
    this.#watchAbsence();
  }

  /** Answers the held request that came first, with all there is to say. */
  #answerOldest(): void {
    const exchange = this.#exchanges.release();
    if (exchange === undefined) return;
    const payload = this.#unsent;
    this.#unsent = '';
    exchange.answer(bodyXml(this.#attributes(exchange.body.rid), payload));
    this.#watchAbsence();
  }

  #attributes(rid: number): Record<string, string | number | undefined> {
    const { ack } = this.#terms;
    if (this.#created) return { ack: ack && this.#lastHandled !== rid ? this.#lastHandled : undefined };
    this.#created = true;
    return {
      sid: this.sid,
      ...encodeTerms(this.#terms),
      from: this.#header?.from,
      authid: this.#header?.id,
      ack: ack ? rid : undefined,
      secure: this.confidential ? 'true' : undefined,
      'xmlns:xmpp': xbosh,
      'xmpp:version': '1.0',
      'xmpp:restartlogic': 'true',
    };
  }

  /** Counts the time during which the client has no request here. */
  #watchAbsence(): void {
    if (this.#gone) return;
    if (this.#exchanges.areAwaited) {
      clearTimeout(this.#absence);
      this.#absence = undefined;
    } else {
      this.#absence ??= setTimeout(() => this.#vanish(), this.#allowedAbsence);
    }
  }

  /** Ends the binding, not the stream: a client may come back to that (XEP-0198). */
  #terminate(condition: TerminalCondition | undefined, response?: ServerResponse): void {
    const xml = terminateXml(condition);
    if (response !== undefined) respond(response, xml, this.#terms.content);
    this.#exchanges.answerAll(xml, xml);
    this.#vanish();
  }

  #vanish(): void {
    if (this.#gone) return;
    this.#gone = true;
    clearTimeout(this.#absence);
    clearTimeout(this.#last?.timer);
    this.#gate.dispose();
    this.#exchanges.answerAll(terminateXml(undefined), terminateXml(undefined));
    this.#exchanges.clear();
    this.#options.onGone();
    const sink = this.#sink;
    this.#sink = undefined;
    // As a socket does, it says so only when whatever made it go has been done with.
    queueMicrotask(() => sink?.gone());
  }
}
