/** Who hears of a node of an account: its subscribers, and whoever may see the account and says it wants to (XEP-0163 s.4.3). */
import { parseJid, type Element, type Jid } from '@conclave/signaling';
import type { Host } from '../../host/host.js';
import { withAttributes } from '../../stream/with-attributes.js';
import type { ClientInterests } from '../caps.js';
import { readingBarred } from '../pubsub/access.js';
import type { PubsubNode } from '../pubsub/node.js';
import { relationTo } from '../pubsub/relation.js';
import type { Roster } from '../roster/roster.js';
import { meaning } from '../roster/subscription.js';
import type { ForeignListeners } from './foreign-listeners.js';

export class Audience {
  constructor(
    private readonly host: Host,
    private readonly interests: ClientInterests,
    private readonly foreign: ForeignListeners,
  ) {}

  /** Each address once. What somebody may read is asked anew each time: a subscription outlasts the right to it. */
  of(account: Jid, roster: Roster, node: PubsubNode): readonly Jid[] {
    const mayRead = (somebody: Jid): boolean =>
      readingBarred(node.standing(relationTo(account, roster, somebody)), node.config) === undefined;
    const subscribed = new Set(node.listeners());
    const addresses = [...subscribed].map((address) => parseJid(address)).filter(mayRead);
    const listeners = [account];
    for (const { jid, state } of roster.contacts) if (meaning(state).isSeen) listeners.push(parseJid(jid));
    for (const listener of listeners) {
      // A subscription of the account reaches its clients already.
      if (subscribed.has(listener.toString())) continue;
      const clients = [...this.#clientsOf(account, listener, node.name)];
      if (clients.length === 0 || !mayRead(listener)) continue;
      for (const jid of clients) if (!subscribed.has(jid.toString())) addresses.push(jid);
    }
    return addresses;
  }

  *#clientsOf(account: Jid, listener: Jid, node: string): IterableIterator<Jid> {
    for (const session of this.host.sessions(listener)) {
      if (this.interests.wants(session, node)) yield session.jid;
    }
    yield* this.foreign.of(account, listener, node);
  }

  /** @param message shared by all, without `to` */
  send(account: Jid, message: Element, to: Jid): void {
    const [session] = this.host.sessions(account);
    // Whom the account does not show itself to does not hear from it either.
    if (session !== undefined && !to.bare.equals(account)) {
      if (this.host.hooks.emit('presence-to-contact', { session, to }) !== undefined) return;
    }
    const stanza = withAttributes(message, { to: to.toString() });
    this.host.pass({ stanza, from: account, to, origin: undefined });
  }
}
