/** How much one account's publishing may make the server send: one small request can go to thousands (XEP-0060 s.13). */
import { TokenBucket, type Rate } from '../../stream/token-bucket.js';

/** Accounts whose publishing is remembered. */
const remembered = 10_000;

export class FanOut {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #rate: Rate;

  constructor(
    perSecond: number,
    atOnce: number,
    private readonly now: () => number = Date.now,
  ) {
    this.#rate = { bytesPerSecond: perSecond, burst: atOnce };
  }

  /** Whether what the account has caused is paid for. */
  admits(account: string): boolean {
    const bucket = this.#buckets.get(account);
    return bucket === undefined || bucket.take(0, this.now()) === 0;
  }

  sent(account: string, notifications: number): void {
    const bucket = this.#buckets.get(account) ?? new TokenBucket(this.#rate, this.now());
    this.#buckets.delete(account);
    this.#buckets.set(account, bucket);
    bucket.take(notifications, this.now());
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= remembered) return;
      this.#buckets.delete(oldest);
    }
  }
}
