/** Storage behind one interface, in small shapes; drivers implement it, one conformance suite holds them to it. */
import type { ZodType } from 'zod';

/** Values by owner: the user's local part on a virtual host, a room's on a MUC component. */
export interface KeyvalStore<T> {
  get(owner: string): Promise<T | undefined>;
  set(owner: string, value: T): Promise<void>;
  /** Sets the value only if there is none; answers whether it did. */
  add(owner: string, value: T): Promise<boolean>;
  /** Answers whether there was a value. */
  remove(owner: string): Promise<boolean>;
  /** All owners, in the order of their code units. */
  users(): Promise<string[]>;
}

/** One entry of an archive. When it happened is part of its id (`timeOf`). */
export interface ArchiveItem {
  /** Made by `timeOrderedId`; unique within the owner's archive. */
  readonly id: string;
  /** Whom it was exchanged with: a JID. */
  readonly with: string;
  readonly value: string;
}

/** Which items of an archive; what is absent does not limit. */
export interface ArchiveFilter {
  /** Milliseconds of the epoch, both inclusive. */
  readonly start?: number;
  readonly end?: number;
  /** A JID: its items, and those of its resources if it has none itself. */
  readonly with?: string;
  /** Ids, both exclusive: only what is older, only what is newer. They need not exist (any more). */
  readonly before?: string;
  readonly after?: string;
  readonly ids?: readonly string[];
}

export interface ArchiveQuery extends ArchiveFilter {
  /** The newest first; and with a limit, the newest at all. */
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** What happened to each owner, in the order of time. */
export interface ArchiveStore {
  /** Resolves when the item is stored for good. Items of a moment are written together, whole or not at all. */
  append(owner: string, item: ArchiveItem): Promise<void>;
  find(owner: string, query: ArchiveQuery): Promise<ArchiveItem[]>;
  count(owner: string, filter: ArchiveFilter): Promise<number>;
  /** Answers how many items there were. */
  remove(owner: string, filter: ArchiveFilter): Promise<number>;
  /** Forgets the oldest items, so that no more than `keep` are left. Answers how many it forgot. */
  trim(owner: string, keep: number): Promise<number>;
  /** Forgets what is older than a time (milliseconds of the epoch), whosoever it is. Answers how many items that were. */
  expire(before: number): Promise<number>;
  /** All owners, in the order of their code units. */
  users(): Promise<string[]>;
}

export interface Storage {
  /**
   * The store `name` of a host. Values are JSON; what is read is checked against `schema`, and a value that does not fit it throws.
   */
  keyval<T>(host: string, name: string, schema: ZodType<T>): KeyvalStore<T>;
  /** The archive `name` of a host. */
  archive(host: string, name: string): ArchiveStore;
  /** Removes the owner's values from all stores and archives of a host. */
  purge(host: string, owner: string): Promise<void>;
  /** Writes what is outstanding and lets go of files and connections. */
  close(): Promise<void>;
}

/** The stores of one host. What is kept by user name goes when the account is removed. */
export interface HostStorage {
  keyval<T>(name: string, schema: ZodType<T>): KeyvalStore<T>;
  archive(name: string): ArchiveStore;
}

/** The part of a storage that belongs to a host. */
export function storageOf(storage: Storage, host: string): HostStorage {
  return {
    keyval: (name, schema) => storage.keyval(host, name, schema),
    archive: (name) => storage.archive(host, name),
  };
}
