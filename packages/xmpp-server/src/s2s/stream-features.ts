/** Features that streams between servers offer each other, beside TLS, SASL and dialback: limits, acknowledgements, both ways on one stream. */
import type { Element } from 'ltx';
import { attribute, childElements, el, NS } from '@conclave/signaling';
import type { S2sLimits } from './s2s-config.js';

const limitsNamespace = 'urn:xmpp:stream-limits:0';

/** Bidirectional streams (XEP-0288): the feature, and the element that makes use of it. */
export const bidi = { feature: 'urn:xmpp:features:bidi', use: 'urn:xmpp:bidi' } as const;

/** What a server says that it takes (XEP-0478). */
export function limitsFeature({ authenticated, idleTimeout }: S2sLimits): Element {
  return el(
    'limits',
    { xmlns: limitsNamespace },
    el('max-bytes', {}, String(authenticated.stanzaBytes)),
    el('idle-seconds', {}, String(Math.floor(idleTimeout / 1000))),
  );
}

/** Bytes of the largest stanza that the other server takes; undefined: it does not say. */
export function largestStanza(features: Element): number | undefined {
  const text = features.getChild('limits', limitsNamespace)?.getChildText('max-bytes')?.trim() ?? '';
  // Less is none of RFC 6120 (s.13.12), and would let nothing through.
  return /^[0-9]{1,15}$/.test(text) ? Math.max(10_000, Number(text)) : undefined;
}

export function offers(features: Element, name: string, namespace: string): boolean {
  return features.getChild(name, namespace) !== undefined;
}

/** What can be negotiated, or left alone, whatever the other server says about it. */
const known: readonly string[] = [
  NS.tls,
  NS.sasl,
  NS.streamManagement,
  bidi.feature,
  limitsNamespace,
  'urn:xmpp:features:dialback',
];

/** The namespace of a feature that must be negotiated (RFC 6120 s.4.3.2) and that nobody here knows; undefined: there is none. */
export function unknownRequirement(features: Element): string | undefined {
  const isUnknown = (feature: Element): boolean => {
    const namespace = attribute(feature, 'xmlns') ?? '';
    return !known.includes(namespace) && childElements(feature).some(({ name }) => name === 'required');
  };
  const feature = childElements(features).find(isUnknown);
  return feature && attribute(feature, 'xmlns');
}

export const managementFeature = (): Element => el('sm', { xmlns: NS.streamManagement });
export const bidiFeature = (): Element => el('bidi', { xmlns: bidi.feature });
