/** Logins by name and password at the XMPP server, on the page of the meeting itself. */
import type { SessionLimits } from '../sessions.js';
import { DomainAuthority } from './domain.js';

export interface XmppAuthorityOptions extends SessionLimits {
  /** Users of exactly this domain may open conferences. */
  readonly trustedDomain: string;
  /** Whether a session outlives the conference it was opened for. */
  readonly autoLogin: boolean;
}

export const xmppAuthority = (options: XmppAuthorityOptions, newId: () => string): DomainAuthority =>
  new DomainAuthority(
    { ...options, authentication: 'xmpp', loginUrl: (room) => `./${room}?login=true` },
    newId,
  );
