/** What a stanza of another server must be like before it goes anywhere (RFC 6120 s.8.1.1.2, s.8.1.2.2). */
import type { Element } from 'ltx';
import { attribute, errorReply, stanzaError, tryParseJid } from '@conclave/signaling';
import { isAnswer, malformed } from '../routing/malformed.js';
import { streamError, type StreamError } from '../stream/stream-error.js';
import { withAttributes } from '../stream/with-attributes.js';
import { domainName } from './dialback.js';
import type { DomainPair } from './pair.js';
import type { S2sServices } from './s2s-services.js';

export interface Authorisation {
  /** Whether the stream speaks for anybody yet. */
  readonly authenticated: boolean;
  isAuthorised(pair: DomainPair): boolean;
}

/**
 * Lets a stanza in when the stream may speak from its domain to ours. What is wrong with the rest of it is a user's doing, not the
 * server's, and ends no stream. @returns the error that ends the stream
 */
export function admitStanza(
  stanza: Element,
  services: S2sServices,
  authorisation: Authorisation,
): StreamError | undefined {
  if (!['message', 'presence', 'iq'].includes(stanza.name)) return streamError('unsupported-stanza-type');
  if (!authorisation.authenticated) return streamError('not-authorized');
  const sender = attribute(stanza, 'from');
  const addressee = attribute(stanza, 'to');
  const remote = domainOf(sender);
  const ours = domainOf(addressee);
  if (remote === undefined || ours === undefined) return streamError('improper-addressing');
  if (!services.federates(ours)) return streamError('host-unknown');
  if (!authorisation.isAuthorised({ ours, remote })) return streamError('invalid-from');
  // The list may have changed since.
  if (!services.permits(remote)) return streamError('policy-violation', `${remote} is not welcome`);
  const from = tryParseJid(sender);
  const to = tryParseJid(addressee);
  if (from === undefined) {
    services.log.debug({ remote, stanza: stanza.name }, 'dropped a stanza from an address that is none');
    return undefined;
  }
  const error = to === undefined ? stanzaError('jid-malformed') : malformed(stanza);
  if (to !== undefined && error === undefined) {
    services.admit(stanza, from, to);
    return undefined;
  }
  if (isAnswer(stanza) || error === undefined) return undefined;
  const reply = errorReply(stanza, error);
  services.reply(to === undefined ? withAttributes(reply, { from: ours }) : reply, { ours, remote });
  return undefined;
}

/** Of an address whose other parts may be no good. */
function domainOf(address: string | undefined): string | undefined {
  const bare = address?.split('/', 1)[0];
  return bare === undefined ? undefined : domainName(bare.slice(bare.indexOf('@') + 1));
}
