/**
 * The passwords of the service accounts on auth.D (focus, videobridge): random, made by whichever service starts first,
 * shared through the secrets directory. Nobody ever types or copies one.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ConclaveError } from '../errors/conclave-error.js';
import { createOnce } from './data-directory.js';

/** The service accounts; the names are their local parts on auth.D, as a Jitsi installation has them. */
export const serviceAccounts = ['focus', 'jvb'] as const;

export type ServiceAccount = (typeof serviceAccounts)[number];

/** 256 bits in base64url. @throws ConclaveError DATA-002 when the file holds something else */
export async function servicePassword(secrets: string, account: ServiceAccount): Promise<string> {
  const path = join(secrets, `${account}-password`);
  const text = await createOnce(path, () => `${randomBytes(32).toString('base64url')}\n`).catch((cause: unknown) => {
    throw new ConclaveError('DATA-002', `${path} cannot be read or made (${String(cause)})`, { cause });
  });
  const password = text.trim();
  if (!/^[\w-]{43}$/.test(password)) throw new ConclaveError('DATA-002', `${path} holds no generated password`);
  return password;
}
