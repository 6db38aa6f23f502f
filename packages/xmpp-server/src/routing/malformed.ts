/** Whether a stanza is one at all (RFC 6120 s.8.2.3, RFC 6121 s.4.7.1): what its type may be, and what it must contain. */
import type { Element } from 'ltx';
import { attribute, childElements, stanzaError, type StanzaError } from '@conclave/signaling';

const iqTypes = ['get', 'set', 'result', 'error'];
const presenceTypes = [
  'unavailable',
  'error',
  'probe',
  'subscribe',
  'subscribed',
  'unsubscribe',
  'unsubscribed',
];

/** @returns what the sender is told */
export function malformed(stanza: Element): StanzaError | undefined {
  const type = attribute(stanza, 'type');
  if (stanza.name === 'presence' && type !== undefined && !presenceTypes.includes(type)) {
    return stanzaError('bad-request');
  }
  if (stanza.name !== 'iq') return undefined;
  if (type === undefined || !iqTypes.includes(type) || !attribute(stanza, 'id'))
    return stanzaError('bad-request');
  const payloads = type === 'get' || type === 'set' ? childElements(stanza).length : 1;
  return payloads === 1 ? undefined : stanzaError('bad-request');
}

/** Whether it is an answer, which is never answered itself (RFC 6120 s.8.3.1). */
export function isAnswer(stanza: Element): boolean {
  const type = attribute(stanza, 'type');
  return type === 'error' || (stanza.name === 'iq' && type === 'result');
}
