/** The two forms that SASL takes on a stream: that of RFC 6120 s.6, and the extensible one (XEP-0388). What goes on inside is the same. */
import { Element } from 'ltx';
import { attribute, el, NS } from '@conclave/signaling';
import type { SaslFailureCondition } from '../accounts/sasl/exchange.js';

export const sasl2Namespace = 'urn:xmpp:sasl:2';

/** What a client wants; messages are base64 text, and undefined where there is none (RFC 6120 s.6.4.2). */
export type SaslRequest =
  | { readonly kind: 'begin'; readonly mechanism: string; readonly message: string | undefined }
  | { readonly kind: 'response'; readonly message: string }
  | { readonly kind: 'abort' };

export interface SaslProfile {
  readonly namespace: string;
  /** Undefined: no element of the profile. */
  read(element: Element): SaslRequest | undefined;
  challenge(data: Buffer): string;
  failure(condition: SaslFailureCondition, text: string | undefined): string;
}

function read(element: Element, begin: string, initial: string | null | undefined): SaslRequest | undefined {
  switch (element.name) {
    case begin: {
      const message = initial?.trim();
      return {
        kind: 'begin',
        mechanism: attribute(element, 'mechanism') ?? '',
        message: message === '' ? undefined : message,
      };
    }
    case 'response':
      return { kind: 'response', message: element.getText().trim() };
    case 'abort':
      return { kind: 'abort' };
    default:
      return undefined;
  }
}

/** @param data base64, left out where there is none */
function message(name: string, namespace: string, data: Buffer | undefined): string {
  const element = new Element(name, { xmlns: namespace });
  if (data !== undefined && data.length > 0) element.t(data.toString('base64'));
  return element.toString();
}

export const saslProfile: SaslProfile = {
  namespace: NS.sasl,
  read: (element) => read(element, 'auth', element.getText()),
  challenge: (data) => message('challenge', NS.sasl, data),
  // lib-jitsi-meet finds the text by a pattern: it follows the condition at once, and has no attributes.
  failure: (condition, text) =>
    el(
      'failure',
      { xmlns: NS.sasl },
      el(condition),
      ...(text === undefined ? [] : [el('text', {}, text)]),
    ).toString(),
};

export const sasl2Profile: SaslProfile = {
  namespace: sasl2Namespace,
  read: (element) => {
    const initial = element.getChild('initial-response');
    // An element without text is an initial response of no length (XEP-0388 s.2.4).
    return read(element, 'authenticate', initial === undefined ? undefined : initial.getText() || '=');
  },
  challenge: (data) => message('challenge', sasl2Namespace, data),
  failure: (condition, text) =>
    el(
      'failure',
      { xmlns: sasl2Namespace },
      el(condition, { xmlns: NS.sasl }),
      ...(text === undefined ? [] : [el('text', {}, text)]),
    ).toString(),
};

/** `<success/>` of RFC 6120, with what the mechanism says last. */
export function successXml(data: Buffer | undefined): string {
  return message('success', NS.sasl, data);
}
