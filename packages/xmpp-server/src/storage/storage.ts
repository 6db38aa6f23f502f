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

export interface Storage {
  /**
   * The store `name` of a host. Values are JSON; what is read is checked against `schema`, and a value that does not fit it throws.
   */
  keyval<T>(host: string, name: string, schema: ZodType<T>): KeyvalStore<T>;
  /** Removes the owner's values from all stores of a host. */
  purge(host: string, owner: string): Promise<void>;
  /** Writes what is outstanding and lets go of files. */
  close(): Promise<void>;
}
