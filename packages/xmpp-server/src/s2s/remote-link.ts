/** The way from one domain of ours to one remote domain: a queue while its stream is being set up, the stream once it stands. */
import { stanzaError, type StanzaCondition, type StanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import { unqualifiedXml } from '../stream/serialize.js';

/** A stream that takes stanzas of the pair. */
export interface Carrier {
  /** @returns why it does not take the stanza */
  send(event: StanzaEvent, xml: string): StanzaError | undefined;
}

type State =
  | { readonly name: 'connecting'; readonly queue: Waiting[]; readonly bytes: number }
  | { readonly name: 'ready'; readonly carrier: Carrier }
  /** Not to be tried again for a while. */
  | { readonly name: 'failed'; readonly condition: StanzaCondition };

interface Waiting {
  readonly event: StanzaEvent;
  readonly xml: string;
}

export interface LinkOptions {
  readonly queuedStanzas: number;
  readonly queuedBytes: number;
  readonly bounce: (event: StanzaEvent, error: StanzaError) => void;
}

export class RemoteLink {
  readonly #options: LinkOptions;
  #state: State = { name: 'connecting', queue: [], bytes: 0 };

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** @returns why the stanza cannot be taken */
  send(event: StanzaEvent): StanzaError | undefined {
    const state = this.#state;
    if (state.name === 'failed') return stanzaError(state.condition);
    const xml = unqualifiedXml(event.stanza);
    if (state.name === 'ready') return state.carrier.send(event, xml);
    const bytes = state.bytes + Buffer.byteLength(xml);
    const { queuedStanzas, queuedBytes } = this.#options;
    if (state.queue.length >= queuedStanzas || bytes > queuedBytes) return stanzaError('resource-constraint');
    state.queue.push({ event, xml });
    this.#state = { ...state, bytes };
    return undefined;
  }

  get hasFailed(): boolean {
    return this.#state.name === 'failed';
  }

  /** A stream is authenticated: what waited goes first. @returns whether it is wanted: another may have come before */
  ready(carrier: Carrier): boolean {
    if (this.#state.name === 'ready') return false;
    const queue = this.#state.name === 'connecting' ? this.#state.queue : [];
    this.#state = { name: 'ready', carrier };
    for (const { event, xml } of queue) {
      const error = carrier.send(event, xml);
      if (error !== undefined) this.#options.bounce(event, error);
    }
    return true;
  }

  /**
   * There is no stream, or no more; whoever sent what waited is told. @param carrier the one that has ended; undefined: none came up
   * @returns `kept`: another carries on; `lost`: it has served; `failed`: there never was one
   */
  failed(condition: StanzaCondition, carrier: Carrier | undefined): 'kept' | 'lost' | 'failed' {
    const state = this.#state;
    if (state.name === 'failed' || (state.name === 'ready' && state.carrier !== carrier)) return 'kept';
    this.#state = { name: 'failed', condition };
    if (state.name === 'ready') return 'lost';
    for (const { event } of state.queue) this.#options.bounce(event, stanzaError(condition));
    return 'failed';
  }
}
