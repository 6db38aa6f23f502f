/** Who may open a conference: the question every conference request is put to. */
import type { Jid, StanzaError } from '@conclave/signaling';
import type { AuthSession } from '../sessions.js';

export interface AuthorityQuestion {
  /** The true sender (a full JID), never the proxy that relayed the request. */
  readonly sender: Jid;
  readonly room: string;
  /** Whether the focus has a conference there, whatever the MUC says. */
  readonly conferenceExists: boolean;
  readonly machineUid?: string | undefined;
  readonly sessionId?: string | undefined;
}

export type Verdict =
  | { readonly kind: 'granted'; readonly session?: AuthSession }
  | { readonly kind: 'refused'; readonly error: StanzaError };

export interface Authority {
  /** How users log in: at the XMPP server, by a token from elsewhere, or not at all. */
  readonly authentication: 'xmpp' | 'jwt' | 'none';
  judge(question: AuthorityQuestion, now: number): Verdict;
  /** Where clients send people who are to log in for a room (its local part); `undefined`: they know that themselves. */
  loginUrl(room: string): string | undefined;
  /** The login behind a full JID, if it has one: such an occupant owns its room. */
  sessionOf(fullJid: string, now: number): AuthSession | undefined;
  /** Ends a login; says whether there was one. */
  logout(sessionId: string): boolean;
  /** The conference of that room is over. */
  conferenceEnded(room: string): void;
  /** Forgets idle logins. */
  sweep(now: number): void;
  /** Logins remembered now. */
  readonly sessionCount: number;
}
