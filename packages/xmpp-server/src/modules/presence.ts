/**
 * Presence (RFC 6121 s.4): what a client says of its availability goes to its account's other sessions and to the contacts
 * that may see it, and to nobody else.
 */
import { z } from 'zod';
import { attribute, el, NS, parseJid, type Element, type Jid } from '@conclave/signaling';
import type { ClientPresence, Handled, StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { ClientSession } from '../session/client-session.js';
import { withAttributes } from '../stream/with-attributes.js';
import { CurrentPresence } from './presence/current.js';
import type { Roster } from './roster/roster.js';
import type { ContactChange, Rosters } from './roster/rosters.js';
import { meaning } from './roster/subscription.js';

/** Presence that a session's server is about to send to a contact of its user. */
interface PresenceToContact {
  readonly session: ClientSession;
  readonly to: Jid;
}

declare module '../host/host.js' {
  interface HostEvents {
    /** `true`: the contact is not to get it. */
    'presence-to-contact': { payload: PresenceToContact; result: Handled };
  }
}

/** What the module offers to others. */
export interface PresenceService {
  /** Tells someone that an account's sessions are available, or, as far as they are, that they are not. */
  show(account: Jid, to: Jid): void;
  hide(account: Jid, to: Jid): void;
  /** Asks for someone's presence. */
  probe(account: Jid, to: Jid): void;
}

export const presence = defineModule({
  name: 'presence',
  needs: ['roster'],
  options: z.strictObject({}),
  load({ host, onUnload, module }): PresenceService {
    const rosters = module<Rosters>('roster');
    const current = new CurrentPresence(host);

    const sendToContact = (session: ClientSession, stanza: Element, to: Jid): void => {
      if (host.hooks.emit('presence-to-contact', { session, to }) !== undefined) return;
      host.pass({ stanza, from: session.jid, to, origin: session });
    };
    const sendFrom = (from: Jid, to: Jid, type: 'probe' | 'unavailable' | 'unsubscribed'): void => {
      const stanza = el('presence', { xmlns: NS.client, type, from: from.toString(), to: to.toString() });
      host.pass({ stanza, from, to, origin: undefined });
    };

    /** To the account's own sessions, this one included (s.4.2.2, s.4.4.2, s.4.5.2). */
    const tellOwn = ({ session, stanza }: ClientPresence): void => {
      for (const other of host.sessions(session.jid)) {
        if (other.presence === undefined && other !== session) continue;
        other.send(withAttributes(stanza, { to: other.jid.toString() }));
      }
    };
    const tellContacts = ({ session, stanza, directed }: ClientPresence, roster: Roster): void => {
      const isUnavailable = attribute(stanza, 'type') === 'unavailable';
      for (const { jid, state } of roster.contacts) {
        if (!meaning(state).isSeen || (isUnavailable && directed.has(jid))) continue;
        sendToContact(session, withAttributes(stanza, { to: jid }), parseJid(jid));
      }
    };
    /** What a session that has just come online does not know yet (s.4.2.2, s.4.3.1). */
    const tellNewcomer = (session: ClientSession, roster: Roster): void => {
      for (const { jid, state } of roster.contacts) {
        // From the session, so that the answer is for it alone: its account's others know already.
        if (meaning(state).sees) sendFrom(session.jid, parseJid(jid), 'probe');
      }
      for (const other of host.sessions(session.jid)) {
        const stanza = other === session ? undefined : current.of(other, session.jid);
        if (stanza !== undefined) session.send(stanza);
      }
    };
    const broadcast = (event: ClientPresence): void => {
      const { session, stanza, before } = event;
      if (session.presence === stanza) current.note(stanza, new Date());
      tellOwn(event);
      const { local } = session.jid;
      if (local === undefined) return;
      rosters.use(local, (roster) => {
        if (roster === undefined) return;
        tellContacts(event, roster);
        if (before === undefined && session.presence !== undefined) tellNewcomer(session, roster);
      });
    };

    const show = (account: Jid, to: Jid): void => {
      current.sendAll(account, to, (session, stanza) => sendToContact(session, stanza, to));
    };
    const hide = (account: Jid, to: Jid): void => {
      for (const session of host.sessions(account)) {
        if (session.presence !== undefined) sendFrom(session.jid, to, 'unavailable');
      }
    };

    /** The server answers for the account, and tells those who may not see it nothing but that (s.4.3.2). */
    const answerProbe = ({ from, to }: StanzaEvent): void => {
      const asker = from.bare;
      const refuse = (): void => sendFrom(to.bare, asker, 'unsubscribed');
      const answer = (): void => {
        const asked = host.sessions(to).filter(({ jid }) => to.isBare || jid.equals(to));
        let known = 0;
        for (const session of asked) {
          const stanza = current.of(session, from);
          if (stanza === undefined) continue;
          host.pass({ stanza, from: session.jid, to: from, origin: session });
          known++;
        }
        if (known === 0) sendFrom(to, from, 'unavailable');
      };
      if (asker.equals(to.bare)) {
        answer();
        return;
      }
      rosters.use(to.local ?? '', (roster) => {
        const state = roster?.contact(asker.toString()).state ?? 'none';
        const { isSeen, isAsked } = meaning(state);
        if (isSeen) answer();
        // To who has asked and waits it would be the refusal of the request.
        else if (!isAsked) refuse();
      });
    };

    const followChange = ({ account, contact, before, after }: ContactChange): void => {
      const was = meaning(before).isSeen;
      const is = meaning(after).isSeen;
      if (is && !was) show(account, contact);
      if (was && !is) hide(account, contact);
    };

    onUnload(host.hooks.on('client-presence', broadcast));
    onUnload(host.hooks.on('contact-changed', followChange));
    onUnload(
      host.hooks.on('presence', (event): Handled | undefined => {
        if (event.to.local === undefined || attribute(event.stanza, 'type') !== 'probe') return undefined;
        answerProbe(event);
        return true;
      }),
    );
    return { show, hide, probe: (account, to) => sendFrom(account, to, 'probe') };
  },
});
