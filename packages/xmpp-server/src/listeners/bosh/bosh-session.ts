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
import { bodyXml, httpBind, terminateXml, xbosh, type ClientBody, type TerminalCondition } from './body.js';
import { Exchange, respond } from './exchange.js';
import { KeySequence } from './key-sequence.js';
import type { BoshTerms } from './terms.js';

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

/** What a stream error is as a condition of the binding (s.17.2); others are passed on as they are. */
const conditions: Readonly<Record<string, TerminalCondition>> = {
  'host-unknown': 'host-unknown',
  'improper-addressing': 'improper-addressing',
  'system-shutdown': 'system-shutdown',
};
const streamError = /^<stream:error[^>]*><([a-z-]+)/;

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
  readonly #gate = new ReadGate({
    pause: () => {
      this.#paused = true;
    },
    resume: () => {
      this.#paused = false;
      this.#handleDue();
    },
  });
  /** By request id: what has come too early, what is held, and what was answered lately. */
  readonly #exchanges = new Map<number, Exchange>();
  /** The ids of held requests, in order. */
  #held: number[] = [];
  #lastHandled: number;
  #sink: TransportSink | undefined;
  #to: string | undefined;
  #header: ResponseHeader | undefined;
  #created = false;
  #paused = false;
  #unsent = '';
  #flushDue = false;
  #lastReceived = Date.now();
  /** When an empty request was last handled, of a session that polls. */
  #polledAt = -Infinity;
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
    this.#keys = new KeySequence(first.newKey);
    this.#lastHandled = first.rid;
    this.#gate.rate = options.rate;
  }

  /** A client whose request is held is there. */
  get lastReceived(): number {
    return this.#held.some((rid) => this.#exchanges.get(rid)?.isAwaited) ? Date.now() : this.#lastReceived;
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
    const condition = streamError.exec(this.#unsent.slice(this.#unsent.lastIndexOf('<stream:error')))?.[1];
    this.#conclude(condition === undefined ? undefined : (conditions[condition] ?? 'remote-stream-error'));
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
    const awaited = [...this.#exchanges.values()].some((exchange) => exchange.isAwaited);
    if (awaited) {
      this.#answerAll(xml, terminal === undefined ? bodyXml({}, '') : terminateXml(terminal));
      this.#vanish();
      return;
    }
    this.#last = { xml, timer: setTimeout(() => this.#vanish(), this.#options.closeGrace) };
  }

  #exchange(body: ClientBody, response: ServerResponse): Exchange {
    const exchange = new Exchange(body, this.#terms.content, () => this.#watchAbsence());
    this.#exchanges.set(body.rid, exchange);
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
    if (this.#pollsTooOften(body)) {
      this.#terminate('policy-violation');
      return;
    }
    this.#allowedAbsence = this.#terms.inactivity;
    this.#hold(exchange);
    if (body.pause !== undefined) this.#pauseFor(body.pause * 1000);
    this.#deliver(body);
  }

  /** Two empty requests of a client that holds none, sooner than agreed (s.12). */
  #pollsTooOften({ elements, pause, restart, terminate }: ClientBody): boolean {
    if (this.#terms.hold > 0) return false;
    const empty = elements.length === 0 && pause === undefined && !restart && !terminate;
    const now = Date.now();
    const tooOften = empty && now - this.#polledAt < this.#terms.polling;
    this.#polledAt = empty ? now : -Infinity;
    return tooOften;
  }

  #hold(exchange: Exchange): void {
    const { rid } = exchange.body;
    this.#held.push(rid);
    exchange.hold(this.#terms.wait, () => {
      while (this.#held.includes(rid)) this.#answerOldest();
    });
    this.#flushSoon();
  }

  /** The client will be away for a while (s.10): what is held is answered, and its absence forgiven. */
  #pauseFor(milliseconds: number): void {
    this.#allowedAbsence = Math.min(milliseconds, this.#terms.pause);
    while (this.#held.length > 0) this.#answerOldest();
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
      const [oldest = 0] = this.#held;
      if (this.#exchanges.get(oldest)?.isAwaited === true) this.#answerOldest();
    }
    while (this.#held.length > this.#terms.hold) this.#answerOldest();
    this.#watchAbsence();
  }

  /** Answers the held request that came first, with all there is to say. */
  #answerOldest(): void {
    const rid = this.#held.shift();
    if (rid === undefined) return;
    const payload = this.#unsent;
    this.#unsent = '';
    this.#exchanges.get(rid)?.answer(bodyXml(this.#attributes(rid), payload));
    for (const each of this.#exchanges.keys()) {
      if (each <= rid - this.#terms.requests) this.#exchanges.delete(each);
    }
    this.#watchAbsence();
  }

  #attributes(rid: number): Record<string, string | number | undefined> {
    const { ack } = this.#terms;
    if (this.#created) return { ack: ack && this.#lastHandled !== rid ? this.#lastHandled : undefined };
    this.#created = true;
    const { wait, hold, requests, inactivity, polling, pause, ver } = this.#terms;
    return {
      sid: this.sid,
      wait: seconds(wait),
      hold,
      requests,
      inactivity: seconds(inactivity),
      polling: seconds(polling),
      maxpause: seconds(pause),
      ver,
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
    const present = [...this.#exchanges.values()].some((exchange) => exchange.isAwaited);
    if (present) {
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
    this.#answerAll(xml, xml);
    this.#vanish();
  }

  #answerAll(first: string, others: string): void {
    const waiting = [...this.#exchanges.entries()]
      .filter(([, exchange]) => !exchange.answered)
      .toSorted(([a], [b]) => a - b);
    let xml = first;
    for (const [, exchange] of waiting) {
      const told = exchange.isAwaited;
      exchange.answer(xml);
      if (told) xml = others;
    }
    this.#held = [];
  }

  #vanish(): void {
    if (this.#gone) return;
    this.#gone = true;
    clearTimeout(this.#absence);
    clearTimeout(this.#last?.timer);
    this.#gate.dispose();
    this.#answerAll(terminateXml(undefined), terminateXml(undefined));
    this.#exchanges.clear();
    this.#options.onGone();
    const sink = this.#sink;
    this.#sink = undefined;
    // As a socket does, it says so only when whatever made it go has been done with.
    queueMicrotask(() => sink?.gone());
  }
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
