/**
 * Clients of other domains that may hear of what accounts here publish (XEP-0163 s.4.3): known by the presence that contacts send,
 * which says what they want to hear of. What is kept of a contact goes with its presence.
 */
import { attribute, decodeCaps, parseJid, type Jid } from '@conclave/signaling';
import type { Host, StanzaEvent } from '../../host/host.js';
import type { ClientInterests } from '../caps.js';
import type { Announcement } from '../caps/announcement.js';
import type { Rosters } from '../roster/rosters.js';
import { meaning } from '../roster/subscription.js';

export interface ForeignListenersOptions {
  readonly rosters: Rosters;
  readonly interests: ClientInterests;
  /** Clients of one contact of an account, and of all. */
  readonly perContact: number;
  readonly max: number;
  /** A client listens to nodes of an account from now on. */
  readonly listens: (account: Jid, client: Jid, nodes: ReadonlySet<string>) => void;
}

export class ForeignListeners {
  readonly #host: Host;
  readonly #options: ForeignListenersOptions;
  /** By account and contact, then by full JID. */
  readonly #contacts = new Map<string, Map<string, Announcement>>();
  #count = 0;

  constructor(host: Host, options: ForeignListenersOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Those of a contact's clients that want to hear of a node of an account. */
  *of(account: Jid, contact: Jid, node: string): IterableIterator<Jid> {
    for (const [client, announcement] of this.#contacts.get(keyOf(account, contact)) ?? []) {
      if (announcement.wants(node)) yield parseJid(client);
    }
  }

  /** A contact may see the account from now on. */
  shown(account: Jid, contact: Jid): void {
    for (const [client, { nodes }] of this.#contacts.get(keyOf(account, contact)) ?? []) {
      if (nodes.size > 0) this.#options.listens(account, parseJid(client), nodes);
    }
  }

  /** The account and the contact have nothing to do with each other any more. */
  parted(account: Jid, contact: Jid): void {
    const key = keyOf(account, contact);
    this.#count -= this.#contacts.get(key)?.size ?? 0;
    this.#contacts.delete(key);
  }

  /** Reads a stanza of another domain for an account: its presence, or that something could not be delivered. */
  read({ stanza, from, to, origin }: StanzaEvent): void {
    if (origin !== undefined || from.domain === this.#host.name || to.local === undefined) return;
    const account = to.bare;
    const type = attribute(stanza, 'type');
    if (type === 'error') {
      // It may be told again as soon as it shows itself.
      if (stanza.getChild('error')?.attrs['type'] === 'cancel') this.#forget(account, from);
    } else if (type === 'unavailable') {
      if (from.isBare) this.parted(account, from);
      else this.#forget(account, from);
    } else if (stanza.name === 'presence' && type === undefined && !from.isBare) {
      this.#options.rosters.use(to.local, (roster) => {
        const { sees, isSeen } = meaning(roster?.contact(from.bare.toString()).state ?? 'none');
        if (sees || isSeen) this.#follow(account, from)?.say(decodeCaps(stanza));
      });
    }
  }

  #follow(account: Jid, client: Jid): Announcement | undefined {
    const key = keyOf(account, client.bare);
    const clients = this.#contacts.get(key) ?? new Map<string, Announcement>();
    const known = clients.get(client.toString());
    const { interests, perContact, max, listens } = this.#options;
    if (known !== undefined || clients.size >= perContact || this.#count >= max) return known;
    const announcement = interests.follow(client, account, (nodes) => listens(account, client, nodes));
    clients.set(client.toString(), announcement);
    this.#contacts.set(key, clients);
    this.#count++;
    return announcement;
  }

  #forget(account: Jid, client: Jid): void {
    const key = keyOf(account, client.bare);
    const clients = this.#contacts.get(key);
    if (clients?.delete(client.toString()) !== true) return;
    this.#count--;
    if (clients.size === 0) this.#contacts.delete(key);
  }
}

function keyOf(account: Jid, contact: Jid): string {
  return `${account.toString()} ${contact.toString()}`;
}
