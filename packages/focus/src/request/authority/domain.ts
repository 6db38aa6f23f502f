/**
 * The secure domain: users of one XMPP domain open conferences, guests of others enter those that exist. A login becomes a
 * session, which the same machine may carry to an anonymous stream (client contract 2.4). How users show the XMPP server who
 * they are makes the difference between `xmpp.ts` and `jwt.ts`.
 */
import { type StanzaError, sessionInvalid, stanzaError } from '@conclave/signaling';
import { SessionTable, type SessionLimits } from '../sessions.js';
import type { Authority, AuthorityQuestion, Verdict } from './authority.js';

export interface DomainAuthorityOptions extends SessionLimits {
  readonly authentication: 'xmpp' | 'jwt';
  /** Users of exactly this domain may open conferences. */
  readonly trustedDomain: string;
  /** Whether a session outlives the conference it was opened for. */
  readonly autoLogin: boolean;
  /** Where clients send people who are to log in for a room (its local part); `undefined`: they know that themselves. */
  readonly loginUrl: (room: string) => string | undefined;
}

/** Longest `machine-uid` remembered, in characters. */
const MAX_MACHINE_UID = 256;

export class DomainAuthority implements Authority {
  readonly authentication: 'xmpp' | 'jwt';
  readonly #options: DomainAuthorityOptions;
  readonly #sessions: SessionTable;

  constructor(options: DomainAuthorityOptions, newId: () => string) {
    this.authentication = options.authentication;
    this.#options = options;
    this.#sessions = new SessionTable(options, newId);
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  judge(question: AuthorityQuestion, now: number): Verdict {
    if (question.sessionId) return this.#judgeSession(question.sessionId, question, now);
    if (question.sender.domain === this.#options.trustedDomain) return this.#login(question, now);
    return question.conferenceExists
      ? { kind: 'granted' }
      : refused(stanzaError('not-authorized', 'not authorized user domain'));
  }

  loginUrl(room: string): string | undefined {
    return this.#options.loginUrl(room);
  }

  sessionOf(fullJid: string, now: number) {
    return this.#sessions.boundTo(fullJid, now);
  }

  logout(sessionId: string): boolean {
    return this.#sessions.close(sessionId);
  }

  conferenceEnded(room: string): void {
    if (!this.#options.autoLogin) this.#sessions.closeOpenedFor(room);
  }

  sweep(now: number): void {
    this.#sessions.sweep(now);
  }

  #judgeSession(sessionId: string, { machineUid, sender }: AuthorityQuestion, now: number): Verdict {
    const session = this.#sessions.find(sessionId, now);
    if (!session) return refused(sessionInvalidError());
    if (session.machineUid !== machineUid)
      return refused(stanzaError('not-acceptable', 'machine-uid does not match the session'));
    return { kind: 'granted', session: this.#sessions.use(session, sender.toString(), now) };
  }

  #login({ machineUid, sender, room }: AuthorityQuestion, now: number): Verdict {
    if (!machineUid?.trim()) return refused(stanzaError('not-acceptable', 'machine-uid is missing or empty'));
    if (machineUid.length > MAX_MACHINE_UID)
      return refused(stanzaError('not-acceptable', 'machine-uid is too long'));
    const login = { machineUid, room, identity: sender.bare.toString(), fullJid: sender.toString() };
    const session = this.#sessions.open(login, now);
    return session
      ? { kind: 'granted', session }
      : refused(stanzaError('resource-constraint', 'too many login sessions'));
  }
}

const refused = (error: StanzaError): Verdict => ({ kind: 'refused', error });

/** What a client forgets its session id upon; also the answer to logging out of a session that is not there. */
export const sessionInvalidError = (): StanzaError =>
  stanzaError('not-acceptable', 'invalid session', sessionInvalid());
