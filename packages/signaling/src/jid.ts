/**
 * XMPP addresses (RFC 7622): `local@domain/resource`, immutable and normalised, so that equal addresses are equal
 * texts. Local part and domain are folded (NFKC, lower case); a resource keeps its case (NFC).
 */

/** An address that RFC 7622 does not allow; the message says why. */
export class JidError extends Error {
  override readonly name = 'JidError';
}

export class Jid {
  private readonly text: string;

  /** Takes parts that are normalised already; `parseJid` and `makeJid` are the ways to make one. */
  private constructor(
    /** Undefined for a bare domain. */
    readonly local: string | undefined,
    readonly domain: string,
    readonly resource: string | undefined,
    /** The same address without its resource; itself for a bare address. */
    bare?: Jid,
  ) {
    const address = local === undefined ? domain : `${local}@${domain}`;
    this.text = resource === undefined ? address : `${address}/${resource}`;
    this.bare = bare ?? this;
    Object.freeze(this);
  }

  readonly bare: Jid;

  get isBare(): boolean {
    return this.resource === undefined;
  }

  equals(other: Jid | undefined): boolean {
    return other?.text === this.text;
  }

  /** The same account or room with another resource. Throws a JidError when the resource is not allowed. */
  withResource(resource: string): Jid {
    return new Jid(this.local, this.domain, normalizeResource(resource), this.bare);
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }

  /** From unchecked parts. Throws a JidError. */
  static of(local: string | undefined, domain: string, resource?: string): Jid {
    const bare = new Jid(
      local === undefined ? undefined : normalizeLocal(local),
      knownDomain(domain),
      undefined,
    );
    return resource === undefined ? bare : bare.withResource(resource);
  }
}

/** Each part is at most 1023 octets of UTF-8 (RFC 7622 s.3). */
const maxOctets = 1023;
const encoder = new TextEncoder();

function checkSize(part: string, what: string): string {
  if (part === '') throw new JidError(`the ${what} is empty`);
  // No code unit takes more than three octets.
  const maybeTooLong = part.length * 3 > maxOctets;
  if (maybeTooLong && (part.length > maxOctets || encoder.encode(part).length > maxOctets)) {
    throw new JidError(`the ${what} is longer than ${maxOctets} octets`);
  }
  return part;
}

function fold(part: string, what: string): string {
  const folded = part.normalize('NFKC').toLowerCase().normalize('NFKC');
  if (folded.toLowerCase().normalize('NFKC') !== folded) {
    throw new JidError(`the ${what} has no stable lower-case form`);
  }
  return folded;
}

/** s.3.3.1 excludes "&'/:<>@ and, by the PRECIS class, spaces, controls and what is not assigned. */
const badLocal = /["&'/:<>@\p{Z}\p{C}]/u;

function normalizeLocal(part: string): string {
  checkSize(part, 'local part');
  const local = fold(part, 'local part');
  if (badLocal.test(local)) throw new JidError('the local part has a character that is not allowed');
  return checkSize(local, 'local part');
}

const label = /^[\p{L}\p{N}\p{M}_](?:[\p{L}\p{N}\p{M}_-]*[\p{L}\p{N}\p{M}_])?$/u;
const ipv6 = /^\[[0-9a-f:.]{2,45}\]$/;

function normalizeDomain(part: string): string {
  checkSize(part, 'domain');
  const folded = fold(part, 'domain');
  const domain = folded.endsWith('.') ? folded.slice(0, -1) : folded;
  if (!ipv6.test(domain) && !domain.split('.').every((each) => each.length <= 63 && label.test(each))) {
    throw new JidError('the domain is not a domain name');
  }
  return checkSize(domain, 'domain');
}

/** Addresses are many, their domains few, and a domain is the dearest part to check. */
const domains = new Map<string, string>();
const keptDomains = 256;

function knownDomain(part: string): string {
  const known = domains.get(part);
  if (known !== undefined) return known;
  const domain = normalizeDomain(part);
  if (domains.size >= keptDomains) domains.clear();
  if (part.length <= cachedLength) domains.set(part, domain);
  return domain;
}

/** OpaqueString (RFC 8265 s.4.2) forbids controls; surrogates and non-characters cannot stand in XML anyway. */
const badResource = /[\p{Cc}\p{Cs}\u2028\u2029\uFFFE\uFFFF]/u;

function normalizeResource(part: string): string {
  checkSize(part, 'resource');
  const resource = part.normalize('NFC');
  if (badResource.test(resource)) throw new JidError('the resource has a character that is not allowed');
  return checkSize(resource, 'resource');
}

/** A server parses the same few thousand addresses over and over: two generations of them are kept. */
const generationSize = 2048;
const cachedLength = 256;
let young = new Map<string, Jid>();
let old = new Map<string, Jid>();

function remember(text: string, jid: Jid): Jid {
  if (text.length > cachedLength) return jid;
  if (young.size >= generationSize) {
    old = young;
    young = new Map();
  }
  young.set(text, jid);
  return jid;
}

/** Parses and normalises an address. Throws a JidError when it is malformed. */
export function parseJid(text: string): Jid {
  const fresh = young.get(text);
  if (fresh !== undefined) return fresh;
  const known = old.get(text);
  if (known !== undefined) return remember(text, known);
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const at = address.indexOf('@');
  const local = at === -1 ? undefined : address.slice(0, at);
  const resource = slash === -1 ? undefined : text.slice(slash + 1);
  return remember(text, Jid.of(local, address.slice(at + 1), resource));
}

/** As parseJid, but undefined for what is absent or malformed. */
export function tryParseJid(text: string | undefined): Jid | undefined {
  if (text === undefined) return undefined;
  try {
    return parseJid(text);
  } catch (error) {
    if (error instanceof JidError) return undefined;
    throw error;
  }
}

/** An address from its parts. Throws a JidError. */
export function makeJid(local: string | undefined, domain: string, resource?: string): Jid {
  return Jid.of(local, domain, resource);
}

/** The text of an address, as it goes on the wire. */
export function jidToString(jid: Jid): string {
  return jid.toString();
}

/** The bare address of a text or Jid, as text. Throws a JidError. */
export function bareJid(jid: string | Jid): string {
  return (typeof jid === 'string' ? parseJid(jid) : jid).bare.toString();
}
