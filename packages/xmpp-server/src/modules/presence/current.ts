/** What those who may see an account's presence get to see when they ask (RFC 6121 s.4.3.2), or begin to see it (s.3.1.5). */
import { el, NS, type Element, type Jid } from '@conclave/signaling';
import type { Host } from '../../host/host.js';
import type { ClientSession } from '../../session/client-session.js';
import { withAttributes } from '../../stream/with-attributes.js';

export class CurrentPresence {
  readonly #since = new WeakMap<Element, string>();

  constructor(private readonly host: Host) {}

  /** Notes when a session's presence was sent. */
  note(presence: Element, at: Date): void {
    this.#since.set(presence, at.toISOString());
  }

  /** The presence of an available session, dated: it is not news (XEP-0203). */
  of({ presence, jid }: ClientSession, to: Jid): Element | undefined {
    if (presence === undefined) return undefined;
    const stamp = this.#since.get(presence);
    const copy = withAttributes(presence, { to: to.toString() });
    if (stamp === undefined || presence.getChild('delay', NS.delay) !== undefined) return copy;
    copy.children = [...presence.children, el('delay', { xmlns: NS.delay, from: jid.toString(), stamp })];
    return copy;
  }

  /** Sends someone the presence of every available session of an account. @returns how many there are */
  sendAll(account: Jid, to: Jid, send: (session: ClientSession, stanza: Element) => void): number {
    let count = 0;
    for (const session of this.host.sessions(account)) {
      const stanza = this.of(session, to);
      if (stanza === undefined) continue;
      send(session, stanza);
      count++;
    }
    return count;
  }
}
