/** Credentials that a TURN server checks with a secret it shares with us (draft-uberti-behave-turn-rest, as coturn has it). */
import { createHmac } from 'node:crypto';

export interface TurnCredentials {
  readonly username: string;
  readonly password: string;
  /** As XEP-0082 has it, in UTC. */
  readonly expires: string;
}

/** @param lifetime in seconds @param now milliseconds of the epoch */
export function turnCredentials(secret: string, lifetime: number, now: number): TurnCredentials {
  const expiry = Math.floor(now / 1000) + lifetime;
  const username = String(expiry);
  return {
    username,
    password: createHmac('sha1', secret).update(username).digest('base64'),
    expires: new Date(expiry * 1000).toISOString().replace('.000Z', 'Z'),
  };
}
