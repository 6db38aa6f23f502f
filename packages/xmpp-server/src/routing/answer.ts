/** How a stanza is answered: bounced with an error, or, an IQ, by the handler that its host has for it (RFC 6120 s.8.2.3, s.8.3). */
import {
  attribute,
  errorReply,
  firstChild,
  isStanzaError,
  resultReply,
  stanzaError,
  type StanzaError,
} from '@conclave/signaling';
import type { IqAddress, IqReply, StanzaEvent } from '../host/host.js';
import type { LocalHost } from '../host/local-host.js';
import type { ClientSession } from '../session/client-session.js';

/** Takes a stanza to where it goes. */
type Deliver = (event: StanzaEvent) => void;

/** What a whole domain (a component, another server) may have in the works, in terms of a session. */
const usersOfDomain = 16;

/** As they are at any moment. */
export interface AnsweringLimits {
  /** IQs of one session that may be in the works at a time. */
  readonly pendingIqs: number;
}

export interface AnsweringOptions {
  readonly deliver: Deliver;
  readonly limits: AnsweringLimits;
}

export class Answering {
  readonly #options: AnsweringOptions;
  /** By whom they come from: the session, or else the domain. */
  readonly #pending = new Map<ClientSession | string, number>();

  constructor(options: AnsweringOptions) {
    this.#options = options;
  }

  /** Answers with an error, unless the stanza is an answer itself: errors never breed. */
  bounce(event: StanzaEvent, error: StanzaError): void {
    const type = attribute(event.stanza, 'type');
    if (type === 'error' || (event.stanza.name === 'iq' && type === 'result')) return;
    this.#deliver({
      stanza: errorReply(event.stanza, error),
      from: event.to,
      to: event.from,
      origin: undefined,
    });
  }

  /** An IQ to a host's own address, or to an account for which the server answers. */
  iq(address: IqAddress, host: LocalHost, event: StanzaEvent): void {
    const type = attribute(event.stanza, 'type');
    const payload = firstChild(event.stanza);
    if ((type !== 'get' && type !== 'set') || payload === undefined) {
      host.hooks.emit('iq', event);
      return;
    }
    const handler = host.iq.find(address, type, payload.name, attribute(payload, 'xmlns') ?? '');
    if (handler === undefined) {
      if (host.hooks.emit('iq', event) === undefined) this.bounce(event, stanzaError('service-unavailable'));
      return;
    }
    const reply = handler({ ...event, type, payload });
    if (reply instanceof Promise) this.#later(host, event, reply);
    else this.#reply(event, reply);
  }

  #later(host: LocalHost, event: StanzaEvent, reply: Promise<IqReply>): void {
    const settled = reply.catch((error: unknown) => {
      host.log.error({ err: error, stanza: event.stanza.name }, 'an IQ handler failed');
      return stanzaError('internal-server-error');
    });
    const payer = event.origin ?? event.from.domain;
    const pending = this.#pending.get(payer) ?? 0;
    const { pendingIqs } = this.#options.limits;
    if (pending >= (typeof payer === 'string' ? pendingIqs * usersOfDomain : pendingIqs)) {
      this.bounce(event, stanzaError('resource-constraint'));
      return;
    }
    this.#pending.set(payer, pending + 1);
    void settled.then((result) => {
      const left = (this.#pending.get(payer) ?? 1) - 1;
      if (left === 0) this.#pending.delete(payer);
      else this.#pending.set(payer, left);
      this.#reply(event, result);
    });
  }

  #reply(event: StanzaEvent, reply: IqReply): void {
    if (isStanzaError(reply)) {
      this.bounce(event, reply);
      return;
    }
    this.#deliver({
      stanza: resultReply(event.stanza, reply),
      from: event.to,
      to: event.from,
      origin: undefined,
    });
  }

  #deliver(event: StanzaEvent): void {
    this.#options.deliver(event);
  }
}
