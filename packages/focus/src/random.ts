/** Randomness, passed in wherever logic depends on it. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';

export interface Random {
  /** 122 random bits: auth sessions, bridge sessions, meetings. */
  uuid(): string;
  /** 64 random bits as hexadecimal digits: Jingle session ids. */
  sid(): string;
  /** From 1 to 2³²−1. */
  ssrc(): number;
}

export const systemRandom: Random = {
  uuid: () => randomUUID(),
  sid: () => randomBytes(8).toString('hex'),
  ssrc: () => randomInt(1, 0xffff_ffff),
};
