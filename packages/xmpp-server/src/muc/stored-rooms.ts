/**
 * The persistent rooms of a service: all are known by name from the start, each is read when somebody asks for it, and written
 * anew, whole, whenever something about it has changed.
 */
import type { Jid } from '@conclave/signaling';
import type { Logger } from 'pino';
import { LatestWrites } from '../storage/latest-writes.js';
import type { KeyvalStore } from '../storage/storage.js';
import type { RoomRecord } from './room-record.js';

/** What is known of a room before it is read; undefined: it cannot be read. */
type Entry = { readonly id: string; readonly founder: string } | undefined;

export class StoredRooms {
  readonly #writes = new LatestWrites();
  /** What is to be written of a room, until it has been. */
  readonly #current = new Map<string, () => RoomRecord | undefined>();
  /** By the name of a room; undefined until they have been read, and when that has failed. */
  #entries: Map<string, Entry> | undefined;
  #reading: Promise<void> | undefined;

  /** @param known told of each room when the service starts */
  constructor(
    readonly store: KeyvalStore<RoomRecord>,
    readonly log: Logger,
    readonly known: (name: string, record: RoomRecord) => void,
  ) {}

  /** Whether it can be said at once that there is no such room. */
  isUnknown(name: string): boolean {
    return this.#entries !== undefined && !this.#entries.has(name);
  }

  /** How many persistent rooms there are, and how many of them a person (a bare JID) has made. */
  count(founder: Jid): { readonly all: number; readonly own: number } {
    const entries = [...(this.#entries?.values() ?? [])];
    const person = founder.toString();
    return { all: entries.length, own: entries.filter((entry) => entry?.founder === person).length };
  }

  /** The names of all rooms that are stored. */
  async names(): Promise<readonly string[]> {
    await this.open();
    return [...(this.#entries?.keys() ?? [])];
  }

  /** The ids of all rooms that are stored; rejects if one cannot be read. */
  async ids(): Promise<readonly string[]> {
    await this.open();
    const entries = [...(this.#entries?.values() ?? [])];
    const known = entries.filter((entry) => entry !== undefined);
    if (known.length < entries.length) throw new Error('not all stored rooms can be read');
    return known.map(({ id }) => id);
  }

  /** Reads which rooms there are. Rejects when that fails; whoever asks next tries again. */
  open(): Promise<void> {
    if (this.#entries !== undefined) return Promise.resolve();
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** What is stored of a room, with all that has been said of it before. */
  async load(name: string): Promise<RoomRecord | undefined> {
    await this.open();
    if (this.isUnknown(name)) return undefined;
    await this.#writes.settled(name);
    return this.store.get(name);
  }

  /**
   * Brings what is stored in line with the room as it is when its turn comes.
   *
   * @param current `undefined`: there is nothing to store any more
   * @returns when it is stored
   */
  write(name: string, current: () => RoomRecord | undefined): Promise<void> {
    const record = current();
    if (record === undefined) this.#entries?.delete(name);
    else this.#entries?.set(name, { id: record.id, founder: record.founder });
    this.#current.set(name, current);
    return this.#writes.write(name, async () => {
      const newest = this.#current.get(name);
      const latest = newest?.();
      await (latest === undefined ? this.store.remove(name) : this.store.set(name, latest));
      if (this.#current.get(name) === newest) this.#current.delete(name);
    });
  }

  async #readAll(): Promise<void> {
    const entries = new Map<string, Entry>();
    for (const name of await this.store.users()) {
      try {
        const record = await this.store.get(name);
        if (record === undefined) continue;
        entries.set(name, { id: record.id, founder: record.founder });
        this.known(name, record);
      } catch (error) {
        // It is there, though nobody can enter: it must not be taken for a room that is still to be created.
        entries.set(name, undefined);
        this.log.error({ err: error, room: name }, 'a stored room cannot be read');
      }
    }
    this.#entries = entries;
  }
}
