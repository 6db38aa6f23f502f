/**
 * Stanzas to an account's bare JID (RFC 6121 s.8.5.1, s.8.5.2). An account that does not exist and one that is not online are
 * indistinguishable to a sender, unless a module makes a difference.
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
  switch (event.stanza.name) {
    case 'iq':
      // The server answers for the account: none of its clients gets to see the request (s.8.5.2.1.3).
      answering.iq(event.from.bare.equals(event.to) ? 'account' : 'foreign-account', host, event);
      return;
    case 'message':
      if (host.hooks.emit('message', event) === undefined) message(event, host, sessions, answering);
      return;
    case 'presence':
      if (host.hooks.emit('presence', event) !== undefined || !isAvailability(event)) return;
      for (const session of sessions) {
        if (session.priority !== undefined) session.send(event.stanza);
      }
      return;
  }
}

/** A message to no session in particular (s.8.5.2.1.1); the same for a full JID that is not connected (s.8.5.3.2.1). */
export function message(
  event: StanzaEvent,
  host: LocalHost,
  sessions: readonly Session[],
  answering: Answering,
): void {
  switch (attribute(event.stanza, 'type')) {
    case 'error':
      return;
    case 'headline':
      give(event, host, sessions.filter(isWilling));
      return;
    case 'groupchat':
      answering.bounce(event, stanzaError('service-unavailable'));
      return;
    default: {
      const best = mostAvailable(sessions);
      if (best.length > 0) give(event, host, best);
      else if (host.hooks.emit('undelivered-message', event) === undefined) {
        answering.bounce(event, stanzaError('service-unavailable'));
      }
    }
  }
}

/** Delivers a message to these sessions. */
export function give(event: StanzaEvent, host: LocalHost, sessions: readonly Session[]): void {
  for (const session of sessions) session.send(event.stanza);
  host.hooks.emit('delivered-message', { event, sessions });
}

/** Presence that only says whether someone is there; subscriptions and probes are the server's business (RFC 6121 s.3, s.4.3). */
export function isAvailability({ stanza }: StanzaEvent): boolean {
  const type = attribute(stanza, 'type');
  return type === undefined || type === 'unavailable' || type === 'error';
}

/** A negative priority asks for messages to the full JID only (s.4.7.2.3). */
function isWilling({ priority }: Session): boolean {
  return priority !== undefined && priority >= 0;
}

/** All that share the highest priority (s.8.5.2.1.1 leaves the choice among them to the server). */
function mostAvailable(sessions: readonly Session[]): readonly Session[] {
  const willing = sessions.filter(isWilling);
  if (willing.length < 2) return willing;
  const highest = Math.max(...willing.map(({ priority }) => priority ?? 0));
  return willing.filter(({ priority }) => priority === highest);
}
