/** The way from one domain of ours to one remote domain: a queue while its stream is being set up, the stream once it stands. */
import { stanzaError, type StanzaCondition, type StanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import { unqualifiedXml } from '../stream/serialize.js';
import type { OutgoingStream } from './outgoing-stream.js';

type State =
  | { readonly name: 'connecting'; readonly queue: Waiting[]; readonly bytes: number }
  | { readonly name: 'ready'; readonly stream: OutgoingStream }
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
    if (state.name === 'ready') {
      state.stream.send(xml);
      return undefined;
    }
    const bytes = state.bytes + Buffer.byteLength(xml);
    const { queuedStanzas, queuedBytes } = this.#options;
    if (state.queue.length >= queuedStanzas || bytes > queuedBytes) return stanzaError('resource-constraint');
    state.queue.push({ event, xml });
    this.#state = { ...state, bytes };
    return undefined;
  }

  /** The stream is authenticated: what waited goes first. */
  ready(stream: OutgoingStream): void {
    if (this.#state.name !== 'connecting') return;
    const { queue } = this.#state;
    this.#state = { name: 'ready', stream };
    for (const { xml } of queue) stream.send(xml);
  }

  /** There is no stream, or no more; whoever sent what waited is told. @returns whether there never was one */
  failed(condition: StanzaCondition): boolean {
    const { name } = this.#state;
    const waiting = this.#state.name === 'connecting' ? this.#state.queue : [];
    this.#state = { name: 'failed', condition };
    for (const { event } of waiting) this.#options.bounce(event, stanzaError(condition));
    return name === 'connecting';
  }
}
