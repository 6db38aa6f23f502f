/** The short-term credentials of an ICE agent (RFC 8445 s.5.3). */
import { randomBytes } from 'node:crypto';

/** By what a transport is known to its peer; a link that begins anew keeps it. */
export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

export const newCredentials = (): IceCredentials => ({
  ufrag: randomBytes(6).toString('hex'),
  pwd: randomBytes(16).toString('hex'),
});
