/**
 * The data directory: what lies where in it, and how files come into it. Only its owner may enter (0700); every secret is
 * 0600; a file appears whole or not at all, so that services starting at the same moment agree on what they find.
 */
import { randomBytes } from 'node:crypto';
import { access, constants, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config/schema.js';
import { ConclaveError } from '../errors/conclave-error.js';

export interface DataPaths {
  readonly root: string;
  /** The XMPP server's own: accounts, the key of its certificate. */
  readonly xmppServer: string;
  /** What the services share: their passwords, and the certificate (without key) that the XMPP server shows. */
  readonly secrets: string;
  /** The focus's own: which conferences run. */
  readonly focus: string;
  readonly adminSocket: string;
  /** Where each videobridge of this machine answers operators, on a socket of its own. */
  readonly bridges: string;
  /** Certificate and key that Conclave made, in one file so that they always belong together. */
  readonly selfSigned: string;
  /** The certificate in use; the focus and the videobridge trust this one and no other. */
  readonly certificate: string;
}

export function dataPaths(config: Config): DataPaths {
  const root = config.data;
  const xmppServer = join(root, 'xmpp-server');
  const secrets = join(root, 'secrets');
  return {
    root,
    xmppServer,
    secrets,
    focus: join(root, 'focus'),
    adminSocket: config.admin.socket ?? join(root, 'admin.sock'),
    bridges: join(secrets, 'bridges'),
    selfSigned: join(xmppServer, 'self-signed.pem'),
    certificate: join(secrets, 'certificate.pem'),
  };
}

/** Makes a private directory. One that exists keeps its mode: it may be the operator's by design. @throws ConclaveError DATA-001 */
export async function privateDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new ConclaveError('DATA-001', `${path} cannot be used (${reasonOf(cause)})`, { cause });
  }
}

/**
 * Writes a file unless it exists, whole or not at all, and returns what then is in it: of two processes that try at the
 * same moment both return the same text.
 */
export async function createOnce(path: string, text: () => string): Promise<string> {
  const existing = await readIfThere(path);
  if (existing !== undefined) return existing;
  const draft = await writeDraft(path, text(), 0o600);
  try {
    // Unlike a rename, a link never replaces what another process has put there in the meantime.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

/** Writes or replaces a file, whole or not at all. */
export async function replaceFile(path: string, text: string, mode = 0o600): Promise<void> {
  await rename(await writeDraft(path, text, mode), path);
}

/** @returns undefined when there is no such file */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeDraft(path: string, text: string, mode: number): Promise<string> {
  const draft = join(dirname(path), `.draft-${randomBytes(8).toString('hex')}`);
  const file = await open(draft, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

function reasonOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? String(cause);
}
