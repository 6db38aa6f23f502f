/** SASL EXTERNAL between servers (XEP-0178): the certificate has said who it is, the mechanism only makes use of it. */
import type { Element } from 'ltx';
import { attribute, el, NS } from '@conclave/signaling';
import { domainName } from './dialback.js';

export interface ExternalRequest {
  readonly mechanism: string;
  /** The domain that it wants to act for; undefined: the one it has named in the header. */
  readonly identity: string | undefined;
}

/** Undefined: the element is no `<auth/>`. */
export function readExternal(element: Element): ExternalRequest | undefined {
  if (element.name !== 'auth') return undefined;
  const text = element.getText().trim();
  const identity = text === '' || text === '=' ? undefined : Buffer.from(text, 'base64').toString();
  return { mechanism: attribute(element, 'mechanism') ?? '', identity };
}

export function externalRequest(identity: string): string {
  const text = Buffer.from(identity).toString('base64');
  return el('auth', { xmlns: NS.sasl, mechanism: 'EXTERNAL' }, text).toString();
}

type SaslFailure = 'invalid-mechanism' | 'invalid-authzid';

/** Why a server whose certificate is valid for `remote` does not get what it asks for; undefined: it does. */
export function refuseExternal(
  { mechanism, identity }: ExternalRequest,
  remote: string,
): SaslFailure | undefined {
  if (mechanism !== 'EXTERNAL') return 'invalid-mechanism';
  return identity === undefined || domainName(identity) === remote ? undefined : 'invalid-authzid';
}

export function saslFailure(condition: SaslFailure): string {
  return el('failure', { xmlns: NS.sasl }, el(condition)).toString();
}

export function offersExternal(features: Element): boolean {
  const mechanisms = features.getChild('mechanisms', NS.sasl)?.getChildren('mechanism') ?? [];
  return mechanisms.some((mechanism) => mechanism.getText().trim() === 'EXTERNAL');
}
