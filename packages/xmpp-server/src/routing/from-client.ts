/** What a client sends, before it goes anywhere (RFC 6120 s.8.1, s.10.3; RFC 6121 s.4): checked, completed, remembered. */
import type { Element } from 'ltx';
import {
  attribute,
  el,
  errorReply,
  NS,
  stanzaError,
  tryParseJid,
  type StanzaError,
} from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { Session } from '../session/session.js';
import { withAttributes } from '../stream/with-attributes.js';
import { malformed } from './malformed.js';
import type { Router } from './router.js';

export class ClientStanzas {
  constructor(
    private readonly router: Router,
    private readonly limits: { readonly directedPresences: number },
  ) {}

  /** @param stanza its `from` is the session's full JID already */
  accept(session: Session, stanza: Element): void {
    const error = malformed(stanza);
    if (error !== undefined) {
      refuse(session, stanza, error);
      return;
    }
    const address = attribute(stanza, 'to');
    if (stanza.name === 'presence' && address === undefined) {
      this.#broadcast(session, stanza);
      return;
    }
    // Without an address it is for the account of the client itself (RFC 6120 s.10.3).
    const to = address === undefined ? session.jid.bare : tryParseJid(address);
    if (to === undefined) {
      refuse(session, stanza, stanzaError('jid-malformed'));
      return;
    }
    const event: StanzaEvent = { stanza, from: session.jid, to, origin: session };
    if (this.router.host(session.jid.domain)?.hooks.emit('outgoing', event) !== undefined) return;
    if (stanza.name === 'presence' && !this.#remember(session, stanza, to.toString())) {
      refuse(session, stanza, stanzaError('resource-constraint'));
      return;
    }
    this.router.admit(event.stanza, session.jid, to, session);
  }

  /** The session has ended: whoever knew that it was available learns that it is not (RFC 6121 s.4.5.2, s.4.6.3). */
  leave(session: Session): void {
    const from = session.jid.toString();
    this.#broadcast(session, el('presence', { xmlns: NS.client, type: 'unavailable', from }));
  }

  /** Presence without address (s.4.2, s.4.4, s.4.5): who sees it beside those it was directed to is the business of modules. */
  #broadcast(session: Session, said: Element): void {
    const type = attribute(said, 'type');
    if (type !== undefined && type !== 'unavailable') return;
    const own = { session, stanza: said };
    this.router.host(session.jid.domain)?.hooks.emit('own-presence', own);
    const { stanza } = own;
    const before = session.priority;
    session.priority = type === undefined ? priorityOf(stanza) : undefined;
    session.presence = type === undefined ? stanza : undefined;
    if (session.priority !== undefined || before !== undefined) {
      const directed = new Set(session.directedPresence);
      const hooks = this.router.host(session.jid.domain)?.hooks;
      hooks?.emit('client-presence', { session, stanza, before, directed });
    }
    if (type === 'unavailable') this.#withdraw(session, stanza);
  }

  /** Tells those who had directed presence. */
  #withdraw(session: Session, unavailable: Element): void {
    const addresses = [...session.directedPresence];
    session.directedPresence.clear();
    for (const address of addresses) {
      const to = tryParseJid(address);
      if (to === undefined) continue;
      this.router.admit(withAttributes(unavailable, { to: address }), session.jid, to, session);
    }
  }

  /** Keeps account of directed presence. @returns false when there is too much of it */
  #remember(session: Session, stanza: Element, to: string): boolean {
    const type = attribute(stanza, 'type');
    if (type === 'unavailable' || type === 'error') session.directedPresence.delete(to);
    if (type !== undefined || session.directedPresence.has(to)) return true;
    const unlimited = this.router.host(session.jid.domain)?.trusted === true;
    if (!unlimited && session.directedPresence.size >= this.limits.directedPresences) return false;
    session.directedPresence.add(to);
    return true;
  }
}

/** Answers on behalf of the server, which cannot deliver this; never an answer to an answer. */
function refuse(session: Session, stanza: Element, error: StanzaError): void {
  const type = attribute(stanza, 'type');
  if (type !== 'error' && !(stanza.name === 'iq' && type === 'result'))
    session.send(errorReply(stanza, error));
}

/** -128 … 127; what is not a number is 0 (RFC 6121 s.4.7.2.3). */
function priorityOf(presence: Element): number {
  const value = Number.parseInt(presence.getChild('priority')?.getText() ?? '0', 10);
  return Number.isNaN(value) ? 0 : Math.max(-128, Math.min(127, value));
}
