/** IQs both ways (RFC 6120 s.8.2.3): requests that wait for their answers, and handlers that give answers. */
import { randomBytes } from 'node:crypto';
import {
  attribute,
  childElements,
  type Element,
  errorReply,
  isStanzaError,
  type Jid,
  parseStanzaError,
  resultReply,
  SignalingError,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';
import type { Logger } from 'pino';
import type { IqAnswer, IqHandler, IqMatch, IqOutcome, Unsubscribe } from './connection.js';

interface Pending {
  /** Who was asked; undefined: our own server. */
  readonly to: Jid | undefined;
  readonly settle: (outcome: IqOutcome) => void;
}

interface Registration extends IqMatch {
  readonly handler: IqHandler;
}

export class IqExchange {
  private readonly pending = new Map<string, Pending>();
  private readonly handlers = new Set<Registration>();

  constructor(
    private readonly send: (stanza: Element) => void,
    private readonly ownJid: () => Jid | undefined,
    private readonly log: Logger,
  ) {}

  request(iq: Element, timeoutMs: number): Promise<IqOutcome> {
    // Unguessable, since an answer is known by it.
    const id = randomBytes(12).toString('base64url');
    iq.attrs['id'] = id;
    return new Promise((resolve) => {
      const settle = (outcome: IqOutcome) => {
        clearTimeout(timer);
        this.pending.delete(id);
        resolve(outcome);
      };
      const timer = setTimeout(() => settle({ kind: 'timeout' }), timeoutMs);
      this.pending.set(id, { to: tryParseJid(attribute(iq, 'to')), settle });
      this.send(iq);
    });
  }

  handle(match: IqMatch, handler: IqHandler): Unsubscribe {
    const registration = { ...match, handler };
    this.handlers.add(registration);
    return () => this.handlers.delete(registration);
  }

  /** The session is gone: no answer will come. */
  disconnected(): void {
    for (const { settle } of [...this.pending.values()]) settle({ kind: 'disconnected' });
  }

  receive(iq: Element): void {
    const type = attribute(iq, 'type');
    if (type === 'result' || type === 'error') this.answered(iq, type);
    else void this.answer(iq, type);
  }

  private answered(stanza: Element, type: 'result' | 'error'): void {
    const pending = this.pending.get(attribute(stanza, 'id') ?? '');
    if (pending === undefined || !this.isFrom(stanza, pending.to)) return;
    if (type === 'result') pending.settle({ kind: 'result', stanza });
    else {
      const error = parseStanzaError(stanza) ?? stanzaError('undefined-condition');
      pending.settle({ kind: 'error', stanza, error });
    }
  }

  /** What was asked without an address is answered by our server: from nobody, itself or our account (s.10.3.3). */
  private isFrom(stanza: Element, to: Jid | undefined): boolean {
    const from = attribute(stanza, 'from');
    if (to !== undefined) return tryParseJid(from)?.equals(to) === true;
    const own = this.ownJid();
    return (
      from === undefined || from === own?.domain || from === own?.bare.toString() || from === own?.toString()
    );
  }

  private async answer(iq: Element, type: string | undefined): Promise<void> {
    const answer = await this.answerOf(iq, type);
    this.send(isStanzaError(answer) ? errorReply(iq, answer) : resultReply(iq, answer));
  }

  private async answerOf(iq: Element, type: string | undefined): Promise<IqAnswer> {
    const [payload, ...more] = childElements(iq);
    if ((type !== 'get' && type !== 'set') || payload === undefined || more.length > 0) {
      return stanzaError('bad-request');
    }
    const found = [...this.handlers].find(
      (each) => payload.is(each.name, each.xmlns) && (each.type === undefined || each.type === type),
    );
    if (found === undefined) return stanzaError('service-unavailable');
    try {
      return await found.handler(iq);
    } catch (error) {
      if (error instanceof SignalingError) return stanzaError(error.condition, error.message);
      this.log.error(
        { err: error, from: attribute(iq, 'from'), payload: payload.name },
        'an IQ handler failed',
      );
      return stanzaError('internal-server-error');
    }
  }
}
