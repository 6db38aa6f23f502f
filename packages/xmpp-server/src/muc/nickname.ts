/** What may be a nickname (XEP-0045 s.7.2, RFC 8266). */
import { type StanzaError, stanzaError } from '@conclave/signaling';
import type { Muc } from './context.js';
import type { NickRequest } from './events.js';

/** Controls, line separators and what Unicode has not assigned. */
const forbidden = /[\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Invisible characters that reorder or join text; the joiners and tags of emoji are let through. */
const invisible = /(?!\u200c|\u200d|[\u{e0020}-\u{e007f}])\p{Cf}/u;

export function nickProblem(muc: Muc, nick: string): StanzaError | undefined {
  const blank = nick.replace(/[\p{Z}\p{Cf}\p{M}]/gu, '') === '';
  const padded = nick.trim() !== nick;
  if (
    blank ||
    padded ||
    nick.length > muc.options.limits.nickLength ||
    forbidden.test(nick) ||
    invisible.test(nick)
  ) {
    return stanzaError('jid-malformed', 'Invalid nickname');
  }
  return undefined;
}

/** Why a person may not bear a nickname that is well-formed: it is kept from it, or somebody else bears it. */
export function nickUnavailable(muc: Muc, request: NickRequest): StanzaError | undefined {
  const refused = muc.hooks.emit('nick-requested', request);
  if (refused !== undefined) return refused;
  const holder = request.room.occupant(request.nick);
  if (holder === undefined) return undefined;
  const hasSeat =
    holder.person.equals(request.from.bare) && holder.sessionCount < muc.options.limits.sessionsPerNick;
  return hasSeat ? undefined : stanzaError('conflict');
}
