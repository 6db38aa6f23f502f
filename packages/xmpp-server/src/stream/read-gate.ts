/** Why reading of a connection is held up: a stanza still being worked on, or a rate exceeded. It is read when neither is so. */
import { TokenBucket, type Rate } from './token-bucket.js';

export class ReadGate {
  #working = false;
  #overdrawn: NodeJS.Timeout | undefined;
  #bucket: TokenBucket | undefined;

  constructor(private readonly source: { pause(): void; resume(): void }) {}

  set rate(rate: Rate | undefined) {
    this.#bucket = rate === undefined ? undefined : new TokenBucket(rate, Date.now());
    if (rate === undefined) this.#repaid();
  }

  /** Accounts for bytes that were read. */
  took(bytes: number): void {
    const wait = this.#bucket?.take(bytes, Date.now()) ?? 0;
    if (wait === 0 || this.#overdrawn !== undefined) return;
    this.source.pause();
    this.#overdrawn = setTimeout(() => this.#repaid(), wait);
  }

  hold(): void {
    this.#working = true;
    this.source.pause();
  }

  release(): void {
    this.#working = false;
    if (this.#overdrawn === undefined) this.source.resume();
  }

  dispose(): void {
    clearTimeout(this.#overdrawn);
  }

  #repaid(): void {
    if (this.#overdrawn === undefined) return;
    clearTimeout(this.#overdrawn);
    this.#overdrawn = undefined;
    if (!this.#working) this.source.resume();
  }
}
