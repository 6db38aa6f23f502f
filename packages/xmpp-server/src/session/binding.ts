/** Resource binding (RFC 6120 s.7). */
import { randomBytes } from 'node:crypto';
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
import type { LocalHost } from '../host/local-host.js';
import type { ClientServices } from './client-services.js';
import { Session, type SessionStream } from './session.js';

export interface Binding {
  readonly reply: string;
  /** Undefined: it was refused. */
  readonly session?: Session;
}

export function bindResource(
  services: ClientServices,
  account: Jid,
  host: LocalHost,
  stream: SessionStream,
  address: string,
  iq: Element,
): Binding {
  const { limits, sessions } = services;
  const refuse = (error: StanzaError): Binding => ({ reply: errorReply(iq, error).toString() });
  if (attribute(iq, 'type') !== 'set' || !attribute(iq, 'id')) return refuse(stanzaError('bad-request'));
  const anonymous = host.accounts?.kind === 'anonymous';
  // A guest's whole address is the server's choice: nobody can pass for somebody known by it.
  const asked = anonymous ? undefined : firstChild(iq)?.getChild('resource')?.getText();
  let jid: Jid;
  try {
    jid = account.withResource(
      asked === undefined || asked === '' ? randomBytes(9).toString('base64url') : asked,
    );
  } catch (error) {
    if (error instanceof JidError) return refuse(stanzaError('bad-request'));
    throw error;
  }
  const before = sessions.find(jid);
  if (before === undefined && sessions.ofAccount(account).length >= limits.sessionsPerAccount) {
    return refuse(stanzaError('resource-constraint'));
  }
  before?.close('conflict', 'Replaced by a new connection');
  const release = services.sessionCap.admit(address);
  if (release === undefined) return refuse(stanzaError('resource-constraint'));
  const session = new Session(stream, {
    jid,
    anonymous,
    hibernation: limits.hibernation,
    unackedStanzas: limits.unackedStanzas,
    unackedBytes: limits.unackedBytes,
    onEnd: (ended) => {
      release();
      services.ended(ended);
    },
  });
  sessions.add(session);
  const bind = el('bind', { xmlns: NS.bind }, el('jid', {}, jid.toString()));
  return { reply: resultReply(iq, bind).toString(), session };
}
