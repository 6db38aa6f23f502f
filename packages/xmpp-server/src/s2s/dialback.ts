/** Dialback (XEP-0220): keys that prove to the server of a domain that a stream is its own, and the elements that carry them. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Element } from 'ltx';
import { attribute, el, NS, tryParseJid, type StanzaCondition } from '@conclave/signaling';
import { sameSecret } from '../accounts/sasl/scram-keys.js';

/** What a key is for. Between separate domain names there is always a space, so that no two subjects read alike. */
export interface DialbackSubject {
  readonly receiving: string;
  readonly originating: string;
  /** The id that the receiving server has given the stream. */
  readonly streamId: string;
}

export class DialbackKeys {
  readonly #secret: string;

  /** @param secret that of this process alone by default: a key is asked about while the stream that it was made for is open */
  constructor(secret: string | Buffer = randomBytes(32)) {
    this.#secret = createHash('sha256').update(secret).digest('hex');
  }

  /** As XEP-0185 makes them. */
  make({ receiving, originating, streamId }: DialbackSubject): string {
    return createHmac('sha256', this.#secret).update(`${receiving} ${originating} ${streamId}`).digest('hex');
  }

  isMine(subject: DialbackSubject, key: string): boolean {
    return sameSecret(Buffer.from(key), Buffer.from(this.make(subject)));
  }
}

export interface DialbackElement {
  readonly name: 'result' | 'verify';
  readonly from: string;
  readonly to: string;
  readonly id: string | undefined;
  /** Undefined: it asks. */
  readonly type: string | undefined;
  readonly key: string;
}

/** Undefined when it is none, or its addresses are no domains. */
export function readDialback(element: Element): DialbackElement | undefined {
  const { name } = element;
  if ((name !== 'result' && name !== 'verify') || attribute(element, 'xmlns') !== NS.dialback)
    return undefined;
  const from = domainName(attribute(element, 'from'));
  const to = domainName(attribute(element, 'to'));
  if (from === undefined || to === undefined) return undefined;
  return {
    name,
    from,
    to,
    id: attribute(element, 'id'),
    type: attribute(element, 'type'),
    key: element.getText().trim(),
  };
}

export type DialbackVerdict = 'valid' | 'invalid' | { readonly error: StanzaCondition };

interface DialbackAddresses {
  readonly from: string;
  readonly to: string;
  readonly id?: string | undefined;
}

export function dialbackQuestion(
  name: 'result' | 'verify',
  addresses: DialbackAddresses,
  key: string,
): string {
  return el(`db:${name}`, { 'xmlns:db': NS.dialback, ...addresses }, key).toString();
}

export function dialbackAnswer(
  name: 'result' | 'verify',
  addresses: DialbackAddresses,
  verdict: DialbackVerdict,
): string {
  const answer = { 'xmlns:db': NS.dialback, ...addresses };
  if (typeof verdict === 'string') return el(`db:${name}`, { ...answer, type: verdict }).toString();
  const condition = el(verdict.error, { xmlns: NS.stanzaErrors });
  return el(
    `db:${name}`,
    { ...answer, type: 'error' },
    el('error', { type: 'cancel' }, condition),
  ).toString();
}

/** The normalised domain of an address that is nothing but a domain. */
export function domainName(address: string | undefined): string | undefined {
  const jid = tryParseJid(address);
  return jid?.local === undefined && jid?.isBare === true ? jid.domain : undefined;
}
