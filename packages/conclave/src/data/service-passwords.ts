/**
 * The accounts of services and their passwords. Those of our own (focus, videobridge) are random, made by whichever service
 * starts first and shared through the secrets directory: nobody ever types or copies one. Those of recorders and gateways,
 * which are other people's programs, are the operator's to choose.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import { ConclaveError } from '../errors/conclave-error.js';
import { createOnce } from './data-directory.js';

/** The names are local parts on auth.D, as a Jitsi installation has them. */
const ours = ['focus', 'jvb'] as const;

interface Account {
  readonly username: string;
  readonly password: string;
}

/** Of our own services, on auth.D. @throws ConclaveError DATA-002 */
export function ownAccounts(secrets: string): Promise<Account[]> {
  return Promise.all(
    ours.map(async (username) => ({ username, password: await servicePassword(secrets, username) })),
  );
}

/** Of recorders and gateways, on auth.D, as far as the operator has any. */
export function accountsOfOthers({ recording, telephony }: Pick<Config, 'recording' | 'telephony'>): Account[] {
  const chosen = { jibri: recording.servicePassword, jigasi: telephony.servicePassword };
  return Object.entries(chosen).flatMap(([username, password]) =>
    password === undefined ? [] : [{ username, password }],
  );
}

/** Of the browsers of recorders, on recorder.D. */
export function recorderAccount({ recording }: Pick<Config, 'recording'>): { recorderAccount?: Account } {
  const { recorderPassword: password } = recording;
  return password === undefined ? {} : { recorderAccount: { username: 'recorder', password } };
}

/** 256 bits in base64url. @throws ConclaveError DATA-002 when the file holds something else */
export async function servicePassword(secrets: string, account: (typeof ours)[number]): Promise<string> {
  const path = join(secrets, `${account}-password`);
  const text = await createOnce(path, () => `${randomBytes(32).toString('base64url')}\n`).catch((cause: unknown) => {
    throw new ConclaveError('DATA-002', `${path} cannot be read or made (${String(cause)})`, { cause });
  });
  const password = text.trim();
  if (!/^[\w-]{43}$/.test(password)) throw new ConclaveError('DATA-002', `${path} holds no generated password`);
  return password;
}
