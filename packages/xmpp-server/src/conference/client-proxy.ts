/**
 * The focus behind an address of its own. Clients ask `focus.D`; the focus is an ordinary account elsewhere, which gets the
 * question from `focus.D/<full JID of the client>` and so knows who asks. Its answer goes back as if from `focus.D`.
 */
import {
  attribute,
  errorReply,
  el,
  type Element,
  type Jid,
  NS,
  parseJid,
  stanzaError,
  tryParseJid,
  type StanzaError,
} from '@conclave/signaling';
import { z } from 'zod';
import type { Handled, Host, StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { readdressed } from '../muc/delivery.js';

const fullJid = z.string().refine((text) => tryParseJid(text)?.isBare === false, 'must be a full JID');

const options = z.strictObject({
  /** Full JID of the focus. */
  target: fullJid,
  /** Questions under way in all. */
  maxPending: z.int().positive().default(1000),
  /** Questions of one client under way. */
  maxPendingPerClient: z.int().positive().default(10),
});

type Options = z.output<typeof options>;

/** What the module offers to others. */
export interface FocusLine {
  /** Whether a focus is there. */
  isOpen(): boolean;
  /** Who has asked first, of those that wait for an answer, for the conference of that room (a bare JID). */
  asker(room: string): Jid | undefined;
  /** Asks the focus on behalf of a client, as if that had asked itself. @returns the answer, a result or an error */
  ask(client: Jid, request: Element): Promise<Element>;
}

class Proxy {
  /** By room: who waits for it. */
  readonly #asking = new Map<string, Set<{ readonly client: Jid }>>();
  readonly #pending = new Map<string, number>();
  #total = 0;

  constructor(
    readonly host: Host,
    readonly options: Options,
  ) {}

  #count(client: string, change: 1 | -1): void {
    this.#total += change;
    const count = (this.#pending.get(client) ?? 0) + change;
    if (count > 0) this.#pending.set(client, count);
    else this.#pending.delete(client);
  }

  #refusal(client: string): StanzaError | undefined {
    if (this.#total >= this.options.maxPending) return stanzaError('resource-constraint');
    return (this.#pending.get(client) ?? 0) >= this.options.maxPendingPerClient
      ? stanzaError('resource-constraint', 'Too many requests under way')
      : undefined;
  }

  /** The address that stands for the client here; none if its own is too long for a resource. */
  #standIn(client: Jid): Jid | undefined {
    return tryParseJid(`${this.host.name}/${client.toString()}`);
  }

  asker(room: string): Jid | undefined {
    const [first] = this.#asking.get(room) ?? [];
    return first?.client;
  }

  /** Notes who waits for which conference. @returns ends that */
  #note(client: Jid, stanza: Element): () => void {
    const conference = stanza.getChild('conference', NS.focus);
    const room = conference && attribute(conference, 'room');
    if (room === undefined) return () => undefined;
    const asking = this.#asking.get(room) ?? new Set();
    const asker = { client };
    this.#asking.set(room, asking.add(asker));
    return () => {
      asking.delete(asker);
      if (asking.size === 0 && this.#asking.get(room) === asking) this.#asking.delete(room);
    };
  }

  /** Passes a question on, from the address that stands for the client. @returns the answer, or an error instead of it */
  relay(client: Jid, stanza: Element): Promise<Element> {
    const standIn = this.#standIn(client);
    if (standIn === undefined) return Promise.resolve(errorReply(stanza, stanzaError('jid-malformed')));
    const answered = this.#note(client, stanza);
    return this.host
      .request(
        readdressed(stanza, {
          type: attribute(stanza, 'type'),
          from: standIn.toString(),
          to: this.options.target,
          'xml:lang': attribute(stanza, 'xml:lang'),
        }),
      )
      .finally(answered);
  }

  /** Asks the focus on the client's behalf; the client gets exactly one answer. */
  async ask({ stanza, from }: StanzaEvent): Promise<void> {
    const client = from.toString();
    const malformed = this.#standIn(from) === undefined ? stanzaError('jid-malformed') : undefined;
    const refusal = this.#refusal(client) ?? malformed;
    if (refusal !== undefined) {
      this.host.route(errorReply(stanza, refusal));
      return;
    }
    this.#count(client, 1);
    try {
      const answer = await this.relay(from, stanza);
      this.host.route(
        readdressed(answer, {
          type: attribute(answer, 'type'),
          id: attribute(stanza, 'id'),
          from: attribute(stanza, 'to'),
          to: client,
        }),
      );
    } finally {
      this.#count(client, -1);
    }
  }
}

export const clientProxy = defineModule<Options, FocusLine>({
  name: 'client-proxy',
  options,
  load(context, loaded) {
    const { host } = context;
    const proxy = new Proxy(host, loaded);
    const receive = (event: StanzaEvent): Handled => {
      const type = attribute(event.stanza, 'type');
      if (type === 'get' || type === 'set') {
        proxy.ask(event).catch((error: unknown) => {
          host.log.error({ err: error, from: event.from.toString() }, 'request to the focus failed');
        });
      }
      return true;
    };
    const refuse = ({ stanza }: StanzaEvent): Handled => {
      const type = attribute(stanza, 'type');
      if (type !== 'error' && type !== 'unavailable') {
        host.route(errorReply(stanza, stanzaError('service-unavailable')));
      }
      return true;
    };
    context.onUnload(host.disco.identity({ category: 'component', type: 'generic', name: 'focus' }));
    context.onUnload(host.hooks.on('iq', receive));
    context.onUnload(host.hooks.on('message', refuse));
    context.onUnload(host.hooks.on('presence', refuse));
    const target = parseJid(loaded.target);
    return {
      isOpen: () => host.sessions(target.bare).some(({ jid }) => jid.equals(target)),
      asker: (room) => proxy.asker(room),
      ask: (client, request) => proxy.relay(client, el('iq', { type: 'set' }, request)),
    };
  },
});
