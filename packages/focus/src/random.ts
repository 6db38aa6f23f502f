/** Randomness, passed in wherever logic depends on it. */
import { randomBytes, randomUUID } from 'node:crypto';

export interface Random {
  /** 122 random bits: auth sessions, bridge sessions, meetings. */
  uuid(): string;
  /** 64 random bits as hexadecimal digits: Jingle session ids. */
  sid(): string;
}

export const systemRandom: Random = {
  uuid: () => randomUUID(),
  sid: () => randomBytes(8).toString('hex'),
};
