/** Stanzas to a full JID (RFC 6121 s.8.5.3). */
import { attribute, stanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { LocalHost } from '../host/local-host.js';
import type { Session } from '../session/session.js';
import type { Answering } from './answer.js';
import { isAvailability, message } from './to-account.js';

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
      if (session === undefined) {
        answering.bounce(event, stanzaError('service-unavailable'));
        return;
      }
      break;
    case 'message':
      if (host.hooks.emit('message', event) !== undefined) return;
      if (session === undefined) {
        absent(event, sessions, answering);
        return;
      }
      break;
    case 'presence':
      if (host.hooks.emit('presence', event) !== undefined) return;
      if (!isAvailability(event)) return;
      break;
  }
  session?.send(event.stanza);
}

/** A message to a resource that is not connected goes to the account, unless it was meant for that very resource. */
function absent(event: StanzaEvent, sessions: readonly Session[], answering: Answering): void {
  if (attribute(event.stanza, 'type') === 'headline') return;
  message(
    event,
    sessions.filter(({ priority }) => priority !== undefined),
    answering,
  );
}
