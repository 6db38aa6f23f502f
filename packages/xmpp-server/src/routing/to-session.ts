/** Stanzas to a full JID (RFC 6121 s.8.5.3). */
import { attribute, stanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { LocalHost } from '../host/local-host.js';
import type { Session } from '../session/session.js';
import type { Answering } from './answer.js';
import { give, isAvailability, message } from './to-account.js';

export function toSession(
  event: StanzaEvent,
  host: LocalHost,
  sessions: readonly Session[],
  answering: Answering,
): void {
  const session = sessions.find(({ jid }) => jid.equals(event.to));
  switch (event.stanza.name) {
    case 'iq':
      if (host.hooks.emit('iq', event) !== undefined) return;
      if (session === undefined) answering.bounce(event, stanzaError('service-unavailable'));
      else session.send(event.stanza);
      return;
    case 'message':
      if (host.hooks.emit('message', event) !== undefined) return;
      if (session !== undefined) give(event, host, [session]);
      // It goes to the account, unless it was meant for that very resource.
      else if (attribute(event.stanza, 'type') !== 'headline') message(event, host, sessions, answering);
      return;
    case 'presence':
      if (host.hooks.emit('presence', event) === undefined && isAvailability(event))
        session?.send(event.stanza);
      return;
  }
}
