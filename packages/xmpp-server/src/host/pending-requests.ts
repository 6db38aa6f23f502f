/** IQs that a host has sent and waits for the answers of. */
import { randomUUID } from 'node:crypto';
import type { Element } from 'ltx';
import { attribute, errorReply, parseJid, stanzaError, type Jid } from '@conclave/signaling';

/** As they are at any moment. */
export interface RequestLimits {
  /** IQs that may wait for an answer. */
  readonly pendingRequests: number;
  /** Milliseconds. */
  readonly requestTimeout: number;
}

export interface PendingRequestsOptions {
  readonly limits: RequestLimits;
  readonly send: (iq: Element) => void;
}

interface Pending {
  readonly iq: Element;
  readonly settle: (answer: Element) => void;
}

export class PendingRequests {
  readonly #pending = new Map<string, Pending>();

  constructor(private readonly options: PendingRequestsOptions) {}

  /** Resolves with the answer; with an error stanza when there is none in time, or too many are waiting. */
  request(iq: Element): Promise<Element> {
    const from = parseJid(attribute(iq, 'from') ?? '');
    const to = parseJid(attribute(iq, 'to') ?? '');
    const id = attribute(iq, 'id') ?? randomUUID();
    iq.attrs['id'] = id;
    const key = keyOf(id, from, to);
    if (this.#pending.size >= this.options.limits.pendingRequests || this.#pending.has(key)) {
      return Promise.resolve(errorReply(iq, stanzaError('resource-constraint')));
    }
    return new Promise((resolve) => {
      const settle = (answer: Element): void => {
        clearTimeout(timer);
        this.#pending.delete(key);
        resolve(answer);
      };
      const timer = setTimeout(
        () => settle(errorReply(iq, stanzaError('remote-server-timeout'))),
        this.options.limits.requestTimeout,
      );
      this.#pending.set(key, { iq, settle });
      this.options.send(iq);
    });
  }

  /** Takes an answer to a request of this host. @returns whether it was one */
  answer(stanza: Element, from: Jid, to: Jid): boolean {
    const pending = this.#pending.get(keyOf(attribute(stanza, 'id') ?? '', to, from));
    pending?.settle(stanza);
    return pending !== undefined;
  }

  /** Gives up on all that is outstanding. */
  dispose(): void {
    for (const { iq, settle } of [...this.#pending.values()]) {
      settle(errorReply(iq, stanzaError('service-unavailable')));
    }
  }
}

function keyOf(id: string, from: Jid, to: Jid): string {
  return JSON.stringify([id, from, to]);
}
