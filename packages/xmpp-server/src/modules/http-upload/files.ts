/** Uploaded files: each comes into being whole or not at all, is never changed, and goes when its time has come. */
import { createReadStream, createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { link, readdir, rm, stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { slotTime, type Slot } from './slot.js';

export type Stored = 'stored' | 'exists' | 'wrong-size' | 'no-space';

export class Files {
  readonly #incoming: string;
  #bytes = 0;

  private constructor(
    private readonly directory: string,
    private readonly maxBytes: number,
  ) {
    this.#incoming = join(directory, 'incoming');
  }

  /** @param maxBytes of all files together */
  static async open(directory: string, maxBytes: number): Promise<Files> {
    const files = new Files(directory, maxBytes);
    // What was not finished when the server stopped never will be. At once, so that nothing is made after somebody has stopped it again.
    rmSync(files.#incoming, { recursive: true, force: true });
    mkdirSync(files.#incoming, { recursive: true, mode: 0o700 });
    for (const id of await files.#ids()) files.#bytes += (await stat(files.#path(id))).size;
    return files;
  }

  get hasSpace(): boolean {
    return this.#bytes < this.maxBytes;
  }

  async store({ id, size }: Slot, content: Readable): Promise<Stored> {
    if (this.#bytes + size > this.maxBytes) return 'no-space';
    const draft = join(this.#incoming, randomBytes(12).toString('hex'));
    // Taken at once, so that many uploads at a time cannot take more than there is.
    this.#bytes += size;
    let kept = false;
    try {
      let received = 0;
      const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
        for await (const chunk of chunks) {
          received += chunk.length;
          if (received > size) throw new RangeError('too much');
          yield chunk;
        }
      };
      try {
        await pipeline(content, counted, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }));
      } catch (error) {
        if (error instanceof RangeError) return 'wrong-size';
        throw error;
      }
      if (received < size) return 'wrong-size';
      // Unlike a rename, a link never replaces what is there.
      await link(draft, this.#path(id));
      kept = true;
      return 'stored';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'exists';
      throw error;
    } finally {
      if (!kept) this.#bytes -= size;
      await rm(draft, { force: true });
    }
  }

  /** @param end inclusive */
  read(id: string, range: { readonly start: number; readonly end: number }): Readable {
    return createReadStream(this.#path(id), range);
  }

  /** Bytes; undefined: there is no such file. */
  async size(id: string): Promise<number | undefined> {
    try {
      return (await stat(this.#path(id))).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Removes what is older than a time. */
  async expire(before: number): Promise<void> {
    for (const id of await this.#ids()) {
      if ((slotTime(id) ?? before) < before) await this.remove(id);
    }
  }

  /** Removes a file, if it is there. */
  async remove(id: string): Promise<void> {
    this.#bytes -= (await this.size(id)) ?? 0;
    await rm(this.#path(id), { force: true });
  }

  async #ids(): Promise<readonly string[]> {
    return (await readdir(this.directory)).filter((name) => slotTime(name) !== undefined);
  }

  #path(id: string): string {
    if (slotTime(id) === undefined) throw new Error('not the id of a slot');
    return join(this.directory, id);
  }
}
