/**
 * Public keys from an `asap` key server: the key with the id `kid` is the file `<hex SHA-256 of kid>.pem`. Since only the hash goes into
 * the address, no id leads anywhere else.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** Keys, and ids without one, that are remembered. */
const remembered = 128;
const keyLifetime = 3_600_000;
const absenceLifetime = 60_000;
/** Look-ups under way; strangers make up ids for nothing. */
const lookUps = 16;
const timeout = 5_000;
const longestKey = 16_384;
const longestId = 512;

interface Entry {
  readonly key: Promise<KeyObject | undefined>;
  until: number;
}

export class KeyServer {
  readonly #entries = new Map<string, Entry>();
  #pending = 0;

  /** @param url without the name of a file */
  constructor(
    private readonly url: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** The key; undefined when there is none, or none can be had now. */
  find(kid: string): Promise<KeyObject | undefined> {
    if (kid === '' || kid.length > longestId) return Promise.resolve(undefined);
    const name = createHash('sha256').update(kid).digest('hex');
    const known = this.#entries.get(name);
    if (known !== undefined && known.until > this.now()) return known.key;
    if (this.#pending >= lookUps) return Promise.resolve(undefined);
    const entry: Entry = { key: this.#lookUp(name), until: this.now() + keyLifetime };
    this.#remember(name, entry);
    void entry.key.then((key) => {
      if (key === undefined) entry.until = this.now() + absenceLifetime;
    });
    return entry.key;
  }

  #remember(name: string, entry: Entry): void {
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > remembered && oldest !== undefined) this.#entries.delete(oldest);
  }

  async #lookUp(name: string): Promise<KeyObject | undefined> {
    this.#pending++;
    try {
      const response = await fetch(`${this.url.replace(/\/+$/, '')}/${name}.pem`, {
        signal: AbortSignal.timeout(timeout),
        redirect: 'error',
      });
      const length = Number(response.headers.get('content-length') ?? 0);
      if (!response.ok || response.body === null || length > longestKey) {
        await response.body?.cancel();
        return undefined;
      }
      let pem = '';
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        pem += Buffer.from(chunk).toString('latin1');
        if (pem.length > longestKey) return undefined;
      }
      return createPublicKey(pem);
    } catch {
      return undefined;
    } finally {
      this.#pending--;
    }
  }
}
