/** The bytes of files that are shared in conferences: each is there whole or not at all, under a name that says nothing, and goes with its meeting at the latest. */
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Room } from '../../muc/index.js';

export interface FileLimits {
  /** Bytes of a file, of all files of a meeting, and of all there are. */
  readonly file: number;
  readonly meeting: number;
  readonly all: number;
  /** Files of a meeting. */
  readonly files: number;
}

/** A file that is there. */
export interface StoredFile {
  readonly fileId: string;
  /** Its name here. */
  readonly key: string;
  readonly name: string;
  readonly size: number;
  /** Real full JID of who has brought it. */
  readonly author: string;
}

type About = Pick<StoredFile, 'fileId' | 'name' | 'author'>;
export type Brought = StoredFile | 'no-space' | 'too-large' | 'exists' | 'gone';

interface Shelf {
  /** By id; undefined: it is being brought. */
  readonly files: Map<string, StoredFile | undefined>;
  bytes: number;
}

const keyPattern = /^[0-9a-f]{32}$/;

export class SharedFiles {
  readonly #shelves = new Map<Room, Shelf>();
  readonly #byKey = new Map<string, StoredFile>();
  #bytes = 0;

  /** Whatever an earlier process has left goes: its meetings are over. @param directory where nothing else is */
  constructor(
    private readonly directory: string,
    private readonly limits: FileLimits,
  ) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(directory)) if (keyPattern.test(name)) rmSync(join(directory, name));
  }

  /** By its name here. */
  called(key: string): StoredFile | undefined {
    return this.#byKey.get(key);
  }

  find(room: Room, fileId: string): StoredFile | undefined {
    return this.#shelves.get(room)?.files.get(fileId);
  }

  /** Takes a file in. @param most bytes that may come; set aside from now on, so that many at a time cannot take more than there is */
  async bring(room: Room, about: About, content: Readable, most: number): Promise<Brought> {
    const shelf = this.#shelves.get(room) ?? { files: new Map<string, StoredFile | undefined>(), bytes: 0 };
    if (shelf.files.has(about.fileId)) return 'exists';
    const isFull = shelf.files.size >= this.limits.files || shelf.bytes + most > this.limits.meeting;
    if (isFull || this.#bytes + most > this.limits.all) return 'no-space';
    this.#shelves.set(room, shelf);
    shelf.files.set(about.fileId, undefined);
    this.#take(shelf, most);
    const key = randomBytes(16).toString('hex');
    let size = 0;
    let outcome: Brought = 'gone';
    try {
      const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
        for await (const chunk of chunks) {
          size += chunk.length;
          yield chunk;
        }
      };
      await pipeline(content, counted, createWriteStream(this.#path(key), { flags: 'wx', mode: 0o600 }));
      if (size > this.limits.file || size > most) outcome = 'too-large';
      else if (this.#shelves.get(room) === shelf) outcome = { ...about, key, size };
      return outcome;
    } finally {
      const isThere = typeof outcome === 'object';
      this.#take(shelf, (isThere ? size : 0) - most);
      if (typeof outcome === 'object') {
        shelf.files.set(about.fileId, outcome);
        this.#byKey.set(key, outcome);
      } else {
        shelf.files.delete(about.fileId);
        await rm(this.#path(key), { force: true });
      }
    }
  }

  read({ key }: StoredFile): Readable {
    return createReadStream(this.#path(key));
  }

  /** @returns whether it was there */
  async remove(room: Room, fileId: string): Promise<boolean> {
    const shelf = this.#shelves.get(room);
    const file = shelf?.files.get(fileId);
    if (shelf === undefined || file === undefined) return false;
    shelf.files.delete(fileId);
    this.#byKey.delete(file.key);
    this.#take(shelf, -file.size);
    await rm(this.#path(file.key), { force: true });
    return true;
  }

  /** The meeting is over. */
  async forget(room: Room): Promise<void> {
    const shelf = this.#shelves.get(room);
    // What is still being brought finds no shelf any more.
    this.#shelves.delete(room);
    for (const file of [...(shelf?.files.values() ?? [])]) {
      if (shelf === undefined || file === undefined) continue;
      this.#byKey.delete(file.key);
      this.#take(shelf, -file.size);
      await rm(this.#path(file.key), { force: true });
    }
  }

  #take(shelf: Shelf, bytes: number): void {
    shelf.bytes += bytes;
    this.#bytes += bytes;
  }

  #path(key: string): string {
    if (!keyPattern.test(key)) throw new Error('not a key');
    return join(this.directory, key);
  }
}
