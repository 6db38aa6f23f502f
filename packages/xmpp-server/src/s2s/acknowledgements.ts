/**
 * Stream management between servers (XEP-0198 s.4), without resumption: each side says how much it has taken. What was sent and not
 * acknowledged when the stream ends has not got through, as far as anybody can know.
 */
import type { Element } from 'ltx';
import { attribute, el, NS } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import { AckQueue } from '../session/ack-queue.js';
import { streamError, type StreamError } from '../stream/stream-error.js';
import type { S2sLimits } from './s2s-config.js';

interface Sent {
  readonly event: StanzaEvent;
  readonly xml: string;
}

type State =
  /** Nothing is counted. */
  | { readonly name: 'off' }
  /** We have enabled it, which the other server has yet to confirm: until then it is not asked for anything. */
  | { readonly name: 'offered'; readonly queue: AckQueue<Sent> }
  | { readonly name: 'on'; readonly queue: AckQueue<Sent>; readonly asked: NodeJS.Timeout | undefined };

export interface AcknowledgementsOptions {
  readonly limits: Pick<S2sLimits, 'unackedStanzas' | 'unackedBytes' | 'ackTimeout'>;
  readonly write: (xml: string) => void;
  /** The other server does not acknowledge what it was asked about. */
  readonly overdue: () => void;
}

export class Acknowledgements {
  readonly #options: AcknowledgementsOptions;
  #state: State = { name: 'off' };
  #handled = 0;

  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
  }

  /** Asks the other server to count. Only where it has offered to. */
  enable(): void {
    if (this.#state.name !== 'off') return;
    this.#state = { name: 'offered', queue: this.#newQueue() };
    this.#options.write(`<enable xmlns="${NS.streamManagement}"/>`);
  }

  /** Notes a stanza that is being written. */
  sent(event: StanzaEvent, xml: string): void {
    if (this.#state.name !== 'off') this.#state.queue.push({ event, xml });
  }

  /** Counts a stanza that has come. */
  handled(): void {
    if (this.#state.name !== 'off') this.#handled = (this.#handled + 1) % 2 ** 32;
  }

  /** What goes out now is to be acknowledged, unless the other server is being asked already. */
  flushing(): void {
    const state = this.#state;
    if (state.name !== 'on' || state.asked !== undefined || state.queue.isEmpty) return;
    const asked = setTimeout(() => this.#options.overdue(), this.#options.limits.ackTimeout);
    this.#state = { ...state, asked };
    this.#options.write(`<r xmlns="${NS.streamManagement}"/>`);
  }

  /** @param mayEnable whether the other server may switch it on now @returns the error that ends the stream */
  receive(element: Element, mayEnable: boolean): StreamError | undefined {
    const state = this.#state;
    switch (element.name) {
      case 'enable':
        this.#enabled(mayEnable && state.name === 'off');
        return undefined;
      case 'enabled':
        if (state.name !== 'offered') break;
        this.#state = { name: 'on', queue: state.queue, asked: undefined };
        this.flushing();
        return undefined;
      case 'failed':
        if (state.name !== 'offered') break;
        this.#state = { name: 'off' };
        return undefined;
      case 'r':
        if (state.name === 'off') break;
        this.#options.write(el('a', { xmlns: NS.streamManagement, h: this.#handled }).toString());
        return undefined;
      case 'a':
        if (state.name === 'on') return this.#acknowledged(element, state);
    }
    return streamError('unsupported-stanza-type');
  }

  /** The stream has ended. @returns what has not got through, oldest first */
  end(): readonly StanzaEvent[] {
    const state = this.#state;
    this.#state = { name: 'off' };
    if (state.name === 'off') return [];
    if (state.name === 'on') clearTimeout(state.asked);
    return Array.from(state.queue, ({ event }) => event);
  }

  #enabled(may: boolean): void {
    if (may) {
      this.#state = { name: 'on', queue: this.#newQueue(), asked: undefined };
      this.#options.write(`<enabled xmlns="${NS.streamManagement}"/>`);
      return;
    }
    const condition = el('unexpected-request', { xmlns: NS.stanzaErrors });
    this.#options.write(el('failed', { xmlns: NS.streamManagement }, condition).toString());
  }

  #acknowledged(element: Element, state: Extract<State, { name: 'on' }>): StreamError | undefined {
    const h = attribute(element, 'h') ?? '';
    if (!/^[0-9]{1,10}$/.test(h) || !state.queue.acknowledge(Number(h))) {
      return streamError('undefined-condition', 'h counts what was never sent');
    }
    clearTimeout(state.asked);
    this.#state = { ...state, asked: undefined };
    this.flushing();
    return undefined;
  }

  #newQueue(): AckQueue<Sent> {
    const { unackedStanzas: stanzas, unackedBytes: bytes } = this.#options.limits;
    return new AckQueue({ stanzas, bytes });
  }
}
