/**
 * Stanzas to an account's bare JID (RFC 6121 s.8.5.1, s.8.5.2). An account that does not exist and one that is not online are
 * indistinguishable to a sender.
 */
import { attribute, stanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { LocalHost } from '../host/local-host.js';
import type { Session } from '../session/session.js';
import type { Answering } from './answer.js';

export function toAccount(
  event: StanzaEvent,
  host: LocalHost,
  sessions: readonly Session[],
  answering: Answering,
): void {
  const available = sessions.filter(({ priority }) => priority !== undefined);
  switch (event.stanza.name) {
    case 'iq':
      // The server answers an account's own clients only: what it would tell others depends on whether the account exists.
      if (event.from.bare.equals(event.to)) {
        answering.iq('account', host, event);
        return;
      }
      if (host.hooks.emit('iq', event) === undefined)
        answering.bounce(event, stanzaError('service-unavailable'));
      return;
    case 'message':
      if (host.hooks.emit('message', event) === undefined) message(event, available, answering);
      return;
    case 'presence':
      if (host.hooks.emit('presence', event) === undefined && isAvailability(event)) {
        for (const session of available) session.send(event.stanza);
      }
      return;
  }
}

/** A message to no session in particular (s.8.5.2.1.1); the same for a full JID that is not connected (s.8.5.3.2.1). */
export function message(event: StanzaEvent, available: readonly Session[], answering: Answering): void {
  const willing = available.filter(({ priority }) => (priority ?? -1) >= 0);
  switch (attribute(event.stanza, 'type')) {
    case 'error':
      return;
    case 'headline':
      for (const session of willing) session.send(event.stanza);
      return;
    case 'groupchat': {
      answering.bounce(event, stanzaError('service-unavailable'));
      return;
    }
    default: {
      const highest = Math.max(...willing.map(({ priority }) => priority ?? 0));
      const best = willing.filter(({ priority }) => priority === highest);
      if (best.length === 0) {
        answering.bounce(event, stanzaError('service-unavailable'));
        return;
      }
      for (const session of best) session.send(event.stanza);
    }
  }
}

/** Presence that only says whether someone is there; subscriptions and probes are the server's business (RFC 6121 s.3, s.4.3). */
export function isAvailability({ stanza }: StanzaEvent): boolean {
  const type = attribute(stanza, 'type');
  return type === undefined || type === 'unavailable' || type === 'error';
}
