/**
 * Accounts from Prosody's data directory (its `internal` storage) and back, with all that belongs to them, without anybody's password: the
 * salted keys move as they are.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { JidError, makeJid } from '@conclave/signaling';
import { AccountError } from '../accounts/account-error.js';
import type { InternalHashedAccounts } from '../accounts/internal-hashed.js';
import { storageOf, type Storage } from '../storage/storage.js';
import { accountData } from './account-data.js';
import { credentialsFrom, tableOfKeys } from './credentials.js';
import { decodeName, encodeName, hostPath, userFile } from './file-names.js';
import { LuaError, readLua, type LuaValue } from './lua-reader.js';
import { writeLua } from './lua-writer.js';

/** Bytes; what an account keeps is limited to less. */
const maxFileSize = 16 * 1024 * 1024;

export interface Transfer {
  /** Bare JIDs. */
  readonly accounts: readonly string[];
  /** What was left out, and why. */
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
}

/** A directory cannot be read from or written to; for the people who administer accounts. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  readonly code = 'bad-directory';
}

export class ProsodyTransfer {
  /** @param hosts those whose accounts are people's, by name */
  constructor(
    private readonly storage: Storage,
    private readonly hosts: ReadonlyMap<string, InternalHashedAccounts>,
    private readonly log: Logger,
  ) {}

  /**
   * Takes over the accounts of the hosts that are ours. One that exists already stays as it is.
   * Throws a TransferError.
   */
  async importFrom(directory: string): Promise<Transfer> {
    const accounts: string[] = [];
    const skipped: { what: string; why: string }[] = [];
    for (const [host, provider] of this.hosts) {
      for (const file of await filesOf(join(hostPath(directory, host), 'accounts'))) {
        const username = this.#username(file, host);
        if (username === undefined) {
          skipped.push({ what: `${encodeName(host)}/accounts/${file}`, why: 'not the name of an account' });
          continue;
        }
        const account = `${username}@${host}`;
        const why = await this.#importAccount(directory, host, provider, username, skipped);
        if (why === undefined) accounts.push(account);
        else skipped.push({ what: account, why });
      }
    }
    this.log.info({ directory, accounts: accounts.length, skipped: skipped.length }, 'accounts imported');
    return { accounts, skipped };
  }

  /** Writes all accounts. Throws a TransferError, also when there is data of one of the hosts already. */
  async exportTo(directory: string): Promise<Transfer> {
    const accounts: string[] = [];
    for (const [host, provider] of this.hosts) {
      const storage = storageOf(this.storage, host);
      await makeDirectory(hostPath(directory, host));
      for (const username of await provider.list()) {
        const credentials = await provider.credentials(username);
        if (credentials === undefined) continue;
        for (const { store, read } of accountData) {
          const table = await read(storage, username);
          if (table !== undefined) await writeFile(userFile(directory, host, store, username), table);
        }
        await writeFile(userFile(directory, host, 'accounts', username), tableOfKeys(credentials.keys));
        accounts.push(`${username}@${host}`);
      }
    }
    this.log.info({ directory, accounts: accounts.length }, 'accounts exported');
    return { accounts, skipped: [] };
  }

  /** @returns why not */
  async #importAccount(
    directory: string,
    host: string,
    provider: InternalHashedAccounts,
    username: string,
    skipped: { what: string; why: string }[],
  ): Promise<string | undefined> {
    const account = `${username}@${host}`;
    const storage = storageOf(this.storage, host);
    try {
      const credentials = await readFileAt(userFile(directory, host, 'accounts', username));
      if (credentials === undefined) return 'it has no credentials';
      const known = credentialsFrom(credentials);
      if (await provider.exists(username)) return 'it exists';
      // Its data comes first: an account that is there is there as a whole, and what is interrupted can be begun again.
      for (const { store, write } of accountData) {
        const file = userFile(directory, host, store, username);
        try {
          const value = await readFileAt(file);
          if (value !== undefined) await write(storage, username, account, value);
        } catch (error) {
          skipped.push({ what: file, why: readableReason(error) });
        }
      }
      if (known.kind === 'password') await provider.register(username, known.password);
      else await provider.adopt(username, known.hash, known.keys);
      return undefined;
    } catch (error) {
      return readableReason(error);
    }
  }

  #username(file: string, host: string): string | undefined {
    const name = decodeName(basename(file, '.dat'));
    try {
      // Only as it is written here: else two files could be one account.
      return name !== undefined && makeJid(name, host).local === name ? name : undefined;
    } catch (error) {
      if (error instanceof JidError) return undefined;
      throw error;
    }
  }
}

async function filesOf(directory: string): Promise<readonly string[]> {
  try {
    const names = await readdir(directory);
    return names.filter((name) => name.endsWith('.dat')).sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new TransferError(`${directory} cannot be read (${codeOf(cause)})`, { cause });
  }
}

/** Undefined: there is no such file. */
async function readFileAt(file: string): Promise<LuaValue | undefined> {
  try {
    if ((await stat(file)).size > maxFileSize) throw new LuaError('the file is too large');
    return readLua(await readFile(file, 'latin1'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
    await mkdir(directory, { mode: 0o700 });
  } catch (cause) {
    const code = codeOf(cause);
    const why =
      code === 'EEXIST' ? 'is there already, and nothing is written over' : `cannot be made (${code})`;
    throw new TransferError(`${directory} ${why}`, { cause });
  }
}

/** Whole or not at all, and for its owner only. */
async function writeFile(path: string, value: LuaValue): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(writeLua(value), 'latin1');
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** What is wrong with the data is said; what is wrong with us is not theirs to know. */
function readableReason(error: unknown): string {
  if (error instanceof LuaError || error instanceof AccountError) return error.message;
  const code = codeOf(error);
  if (code !== 'unknown') return `it cannot be read (${code})`;
  throw error;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
