/** Which bounced stanzas mean that an occupant cannot be reached any more (XEP-0045 s.7.14, status 333). */
import { type Element, parseStanzaError, type StanzaCondition } from '@conclave/signaling';

const unreachable: ReadonlySet<StanzaCondition> = new Set<StanzaCondition>([
  'gone',
  'internal-server-error',
  'item-not-found',
  'jid-malformed',
  'recipient-unavailable',
  'redirect',
  'remote-server-not-found',
  'remote-server-timeout',
  'service-unavailable',
]);

export function isDeparture(stanza: Element): boolean {
  const error = parseStanzaError(stanza);
  return error !== undefined && unreachable.has(error.condition);
}
