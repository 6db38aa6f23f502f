/**
 * SCRAM-SHA-256 and SCRAM-SHA-1 (RFC 5802, RFC 7677), client side, for browsers: xmpp.js leaves SCRAM out there. Without
 * channel binding, which a browser cannot see. The server proves that it knows the password, too.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { pbkdf2Async } from '@noble/hashes/pbkdf2.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** Why SCRAM was broken off: the server broke the protocol or does not know the password. */
class ScramError extends Error {
  override readonly name = 'ScramError';
}

/** Mechanisms in order of preference. PLAIN is left out on purpose: no server gets to see the password. */
export const scramMechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-1'] as const;
export type ScramMechanism = (typeof scramMechanisms)[number];

const hashes = { 'SCRAM-SHA-256': sha256, 'SCRAM-SHA-1': sha1 };
/** RFC 7677 s.4 asks for 4096 at least; above the ceiling a hostile server would only keep the browser busy. */
const minIterations = 4096;
const maxIterations = 1_000_000;

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text: string): Uint8Array => {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw new ScramError('malformed base64');
  }
};

/** Tables C.1.2 and B.1 of RFC 3454. */
const oddSpaces = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu;
const invisible = /\u00AD|\u034F|\u1806|\u180B|\u180C|\u180D|\u200C|\u200D|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu;

/** SASLprep (RFC 4013) as far as people type it: odd spaces become spaces, invisible joiners vanish, NFKC. */
export function saslPrep(text: string): string {
  return text.replace(oddSpaces, ' ').replace(invisible, '').normalize('NFKC');
}

const escapeName = (name: string): string => saslPrep(name).replaceAll('=', '=3D').replaceAll(',', '=2C');

function attributes(message: string): Map<string, string> {
  return new Map(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}

/** One exchange: `first`, then `final(serverFirst)`, then `verify(serverFinal)`. */
export class ScramExchange {
  private readonly firstBare: string;
  private expectedServerSignature: string | undefined;

  /** `nonce` is printable ASCII without commas, unguessable, new for each exchange. */
  constructor(
    private readonly mechanism: ScramMechanism,
    username: string,
    private readonly password: string,
    private readonly nonce: string,
  ) {
    this.firstBare = `n=${escapeName(username)},r=${nonce}`;
  }

  /** client-first-message */
  get first(): string {
    return `n,,${this.firstBare}`;
  }

  /** client-final-message. Throws a ScramError when the server's message breaks the protocol. */
  async final(serverFirst: string): Promise<string> {
    const { r: nonce = '', s: salt = '', i: count = '' } = Object.fromEntries(attributes(serverFirst));
    const iterations = Number(count);
    if (!nonce.startsWith(this.nonce) || nonce === this.nonce)
      throw new ScramError('the nonce does not match');
    if (salt === '') throw new ScramError('the salt is missing');
    if (!Number.isInteger(iterations) || iterations < minIterations || iterations > maxIterations) {
      throw new ScramError('the iteration count is out of bounds');
    }
    const hash = hashes[this.mechanism];
    const salted = await pbkdf2Async(hash, utf8ToBytes(saslPrep(this.password)), fromBase64(salt), {
      c: iterations,
      dkLen: hash.outputLen,
    });
    const withoutProof = `c=biws,r=${nonce}`;
    const authMessage = utf8ToBytes(`${this.firstBare},${serverFirst},${withoutProof}`);
    const clientKey = hmac(hash, salted, utf8ToBytes('Client Key'));
    const signature = hmac(hash, hash(clientKey), authMessage);
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
    const serverKey = hmac(hash, salted, utf8ToBytes('Server Key'));
    this.expectedServerSignature = base64(hmac(hash, serverKey, authMessage));
    return `${withoutProof},p=${base64(proof)}`;
  }

  /** Throws a ScramError unless the server's last message proves that it knows the password. */
  verify(serverFinal: string): void {
    const signature = attributes(serverFinal).get('v');
    if (this.expectedServerSignature === undefined || signature !== this.expectedServerSignature) {
      throw new ScramError('the server did not prove that it knows the password');
    }
  }
}
