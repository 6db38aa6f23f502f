/** A slot: the right to upload one file, once, for a short while (XEP-0363 s.4, s.5); as a token that only this server can make (JWT, HS256). */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { timeOf, timeOrderedId } from '../../storage/time-ordered-id.js';

const slot = z.object({
  /** Tells when it was made, and cannot be guessed: it is all that is needed to download. */
  id: z.string(),
  name: z.string(),
  /** Bytes. */
  size: z.int().positive(),
  type: z.string(),
  /** Bare JID. */
  owner: z.string(),
});
export type Slot = Readonly<z.output<typeof slot>>;

/** Seconds of the epoch, as JWT has it. */
const claims = slot.extend({ exp: z.int() });

/** The only one there is: what a token says of its own algorithm is compared, never believed. */
const header = encode({ alg: 'HS256', typ: 'JWT' });

const idLength = 36 + 22;

export function newSlotId(now: number): string {
  return timeOrderedId(now) + randomBytes(16).toString('base64url');
}

/** When a slot was made, in milliseconds of the epoch; undefined: it is no id of a slot. */
export function slotTime(id: string): number | undefined {
  return id.length === idLength && /^[\w-]+$/.test(id) ? timeOf(id.slice(0, 36)) : undefined;
}

export class SlotTokens {
  readonly #key = randomBytes(32);

  /** @param lifetime seconds */
  constructor(private readonly lifetime: number) {}

  /** @param now milliseconds of the epoch */
  issue(granted: Slot, now: number): string {
    const unsigned = `${header}.${encode({ ...granted, exp: Math.floor(now / 1000) + this.lifetime })}`;
    return `${unsigned}.${this.#sign(unsigned).toString('base64url')}`;
  }

  /** What the token grants now; undefined: nothing. */
  verify(token: string, now: number): Slot | undefined {
    const [first, payload, signature, ...more] = token.split('.');
    if (first !== header || payload === undefined || signature === undefined || more.length > 0)
      return undefined;
    const given = Buffer.from(signature, 'base64url');
    const expected = this.#sign(`${first}.${payload}`);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const { exp, ...granted } = claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    return exp * 1000 > now ? granted : undefined;
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
