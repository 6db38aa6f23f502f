/**
 * "I am the host": a second, short connection to the main domain proves who one is, the conference request on it brings an
 * authentication session id, and with that id the first connection, a guest's, is the host's (secure domain).
 */
import { el, encodeLogout } from '@conclave/signaling';
import type {
  ConnectionFailure,
  ConnectionOptions,
  OpenConnection,
  XmppConnection,
} from '../xmpp/connection.js';
import { type ConferenceTarget, requestConference } from './request.js';

export type LoginFailure =
  | 'wrong-credentials'
  | 'unreachable'
  /** The account is right, but the focus grants no session for this room. */
  | 'refused';

export type LoginState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'refused'; readonly failure: LoginFailure }
  | { readonly kind: 'accepted'; readonly identity?: string };

export type LoginResult =
  | { readonly kind: 'accepted'; readonly sessionId: string; readonly identity?: string }
  | { readonly kind: 'refused'; readonly failure: LoginFailure };

const loginTimeout = 20_000;

const failures: Readonly<Record<ConnectionFailure, LoginFailure>> = {
  'authentication-failed': 'wrong-credentials',
  'no-mechanism': 'refused',
  'stream-ended': 'refused',
  unreachable: 'unreachable',
};

/** Logs in and fetches a session id. `username` may be the whole JID. Never rejects. */
export async function loginForSession(
  openConnection: OpenConnection,
  options: ConnectionOptions & {
    readonly credentials: { readonly username: string; readonly password: string };
  },
  target: ConferenceTarget,
  machineUid: string,
): Promise<LoginResult> {
  const { username, password } = options.credentials;
  let connection: XmppConnection | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const failure = await new Promise<LoginFailure | undefined>((resolve) => {
      timer = setTimeout(() => resolve('unreachable'), loginTimeout);
      connection = openConnection(
        { ...options, credentials: { username: username.replace(/@.*$/s, ''), password } },
        {
          online: () => resolve(undefined),
          failed: (why) => resolve(failures[why]),
          resumed: () => undefined,
          lost: () => undefined,
          stanza: () => undefined,
          iq: () => ({ type: 'cancel', condition: 'service-unavailable' }),
        },
      );
    });
    if (failure !== undefined || connection === undefined) {
      return { kind: 'refused', failure: failure ?? 'unreachable' };
    }
    const outcome = await requestConference(connection, target, machineUid, undefined);
    if (outcome.kind !== 'ready' || outcome.sessionId === undefined) {
      return { kind: 'refused', failure: outcome.kind === 'focus-absent' ? 'unreachable' : 'refused' };
    }
    const { sessionId, identity } = outcome;
    return { kind: 'accepted', sessionId, ...(identity !== undefined && { identity }) };
  } finally {
    clearTimeout(timer);
    void connection?.close();
  }
}

/** Ends the authentication session at the focus. */
export async function logout(connection: XmppConnection, focus: string, sessionId: string): Promise<void> {
  await connection.request(el('iq', { type: 'set', to: focus }, encodeLogout(sessionId)));
}
