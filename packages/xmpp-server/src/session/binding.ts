/** Resource binding (RFC 6120 s.7), however it is asked for. */
import type { Element } from 'ltx';
import {
  el,
  errorReply,
  JidError,
  NS,
  resultReply,
  stanzaError,
  attribute,
  firstChild,
  type Jid,
  type StanzaError,
} from '@conclave/signaling';
import type { TokenIdentity } from '../accounts/token/identity.js';
import type { LocalHost } from '../host/local-host.js';
import { randomText } from '../random-text.js';
import type { ConnectionParameters } from '../stream/connection-parameters.js';
import type { ClientServices } from './client-services.js';
import { Session, type SessionStream } from './session.js';

/** Who binds, and over what. */
export interface Binder {
  readonly services: ClientServices;
  readonly account: Jid;
  readonly host: LocalHost;
  readonly stream: SessionStream;
  readonly address: string;
  readonly identity: TokenIdentity | undefined;
  /** The conference that the connection is for, as the client says. */
  readonly parameters: ConnectionParameters;
}

export interface Binding {
  readonly reply: string;
  /** Undefined: it was refused. */
  readonly session?: Session;
}

/** Binds the resource that an IQ asks for (s.7.6, s.7.7). */
export function bindResource(binder: Binder, iq: Element): Binding {
  const refuse = (error: StanzaError): Binding => ({ reply: errorReply(iq, error).toString() });
  if (attribute(iq, 'type') !== 'set' || !attribute(iq, 'id')) return refuse(stanzaError('bad-request'));
  const session = openSession(binder, firstChild(iq)?.getChild('resource')?.getText());
  if (!(session instanceof Session)) return refuse(session);
  const bind = el('bind', { xmlns: NS.bind }, el('jid', {}, session.jid.toString()));
  return { reply: resultReply(iq, bind).toString(), session };
}

/** @param asked a resource; without one, or when a guest asks, the server chooses */
export function openSession(binder: Binder, asked: string | undefined): Session | StanzaError {
  const { services, account, host, stream, address, identity, parameters } = binder;
  const { limits, sessions } = services;
  const anonymous = host.accounts?.namesAreGiven === true;
  // A guest's whole address is the server's choice: nobody can pass for somebody known by it.
  const resource = anonymous || asked === undefined || asked === '' ? undefined : asked;
  let jid: Jid;
  try {
    jid = account.withResource(resource ?? randomText(9));
  } catch (error) {
    if (error instanceof JidError) return stanzaError('bad-request');
    throw error;
  }
  const before = sessions.find(jid);
  if (before === undefined && sessions.ofAccount(account).length >= limits.sessionsPerAccount) {
    return stanzaError('resource-constraint');
  }
  before?.supersede();
  const release = services.sessionCap.admit(address);
  if (release === undefined) return stanzaError('resource-constraint');
  const session = new Session(stream, {
    jid,
    anonymous,
    identity,
    conference: { room: parameters.room, prefix: parameters.prefix, leave: parameters.leave },
    hibernation: limits.hibernation,
    unackedStanzas: limits.unackedStanzas,
    unackedBytes: limits.unackedBytes,
    onEnd: (ended, reason) => {
      release();
      services.ended(ended, reason);
    },
  });
  sessions.add(session);
  return session;
}
