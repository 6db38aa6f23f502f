/**
 * Who gets which layer: the receiver's bandwidth is spent in rounds. What is on stage reaches its preferred quality before
 * anything else gets anything; after that everybody rises by one layer a round, so that in a tiled view all look alike.
 */
import type { Layer } from '../../receive/encoding-layers.js';
import type { Candidates } from './candidate-layers.js';

/** How far a shared screen on stage may exceed the budget, in bits a second. */
const MAX_OVERSEND = 500_000;

export interface Claim {
  readonly candidates: Candidates;
  /** Lines; 0: nothing is sent. */
  readonly maxHeight: number;
  readonly onStage: boolean;
}

export interface Allocation {
  /** For each claim the `layerIndex` to send; -1: nothing. */
  readonly targets: readonly number[];
  /** Bits a second of these, and of the best that each could be given. */
  readonly bitrate: number;
  readonly idealBitrate: number;
  readonly oversending: boolean;
}

/** One source while the budget is being spent. */
class Share {
  #at = -1;

  /** Those that may be sent now. */
  readonly layers: readonly Layer[];

  constructor(readonly claim: Claim) {
    const { layers, most } = claim.candidates;
    this.layers = layers.filter(({ index }) => index <= most);
  }

  get target(): number {
    return this.claim.candidates.layers[this.#at]?.index ?? -1;
  }

  get bitrate(): number {
    return this.#bitrate(this.#at);
  }

  get idealBitrate(): number {
    return this.#bitrate(this.claim.candidates.layers.length - 1);
  }

  /** Whether it is on stage and not yet as good as it should be. */
  get wanting(): boolean {
    const { preferred } = this.claim.candidates;
    return this.claim.onStage && this.#at < Math.min(preferred, this.layers.length - 1);
  }

  #bitrate(at: number): number {
    return this.claim.candidates.layers[at]?.bitrate ?? 0;
  }

  /** Rises by what `remaining` allows; answers what that costs. */
  improve(remaining: number, mayOversend: boolean): number {
    const { preferred, oversend } = this.claim.candidates;
    const { layers } = this;
    if (layers.length === 0) return 0;
    const before = this.bitrate;
    const most = remaining + before;
    if (this.#at === -1 && preferred >= 0 && this.claim.onStage) {
      const first = Math.min(preferred, layers.length - 1);
      while (this.#at < first && this.#bitrate(this.#at + 1) <= most) this.#at += 1;
    } else if (this.#at + 1 < layers.length && this.#bitrate(this.#at + 1) < most) {
      this.#at += 1;
    }
    // A higher layer that costs no more is better.
    if (this.#at >= 0) this.#at = this.#highestWithin(layers.length - 1, this.bitrate);
    if (mayOversend && this.#at < oversend) {
      this.#at = this.#lowestWithin(Math.min(oversend, layers.length - 1), most + MAX_OVERSEND);
    }
    return this.bitrate - before;
  }

  #highestWithin(from: number, bitrate: number): number {
    for (let at = from; at > this.#at; at--) if (this.#bitrate(at) <= bitrate) return at;
    return this.#at;
  }

  #lowestWithin(to: number, bitrate: number): number {
    for (let at = this.#at + 1; at <= to; at++) if (this.#bitrate(at) <= bitrate) return at;
    return this.#at;
  }
}

/** Spends `budget` (bits a second; Infinity: all that there is) on `claims`, which come in the order of their priority. */
export function allocate(claims: readonly Claim[], budget: number): Allocation {
  const shares = claims.map((claim) => new Share(claim));
  let remaining = budget;
  let oversending = false;
  for (let changed = true; changed;) {
    changed = false;
    for (const [index, share] of shares.entries()) {
      if (share.claim.maxHeight === 0) continue;
      const { target } = share;
      remaining -= share.improve(remaining, index === 0);
      if (share.target !== target) changed = true;
      if (remaining < 0) oversending = true;
      if (share.wanting) break;
    }
  }
  const sum = (value: (share: Share) => number): number =>
    shares.reduce((total, share) => total + value(share), 0);
  return {
    targets: shares.map(({ target }) => target),
    bitrate: sum((share) => share.bitrate),
    idealBitrate: sum((share) => share.idealBitrate),
    oversending,
  };
}
