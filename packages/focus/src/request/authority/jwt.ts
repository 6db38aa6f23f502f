/**
 * Logins by token (focus reference 2.3): the XMPP server lets onto the trusted domain whoever has a valid one. Where people get tokens
 * is known to the page and not to the focus, and what a token is good for ends with it: a session lives just long enough to be
 * carried to the stream of a guest, and never beyond its conference.
 */
import type { SessionLimits } from '../sessions.js';
import { DomainAuthority } from './domain.js';

export interface JwtAuthorityOptions extends Omit<SessionLimits, 'lifetimeMs'> {
  /** Users of exactly this domain have shown a token. */
  readonly trustedDomain: string;
}

/** How long a session lives without being used, in ms. */
const LIFETIME_MS = 60_000;

export const jwtAuthority = (options: JwtAuthorityOptions, newId: () => string): DomainAuthority =>
  new DomainAuthority(
    {
      ...options,
      authentication: 'jwt',
      lifetimeMs: LIFETIME_MS,
      autoLogin: false,
      loginUrl: () => undefined,
    },
    newId,
  );
