/** Whether what a process needs stays what it was once it has warmed up. */

/** Of what it may grow: a share of it, and as much beside. */
export interface Tolerance {
  readonly share: number;
  readonly absolute: number;
}

export interface Growth {
  /** The lowest of the samples of the middle third, and of the last. */
  readonly before: number;
  readonly after: number;
  readonly flat: boolean;
}

/**
 * Compares the lowest points: what a process comes back to is what it needs, what is above has not been collected yet.
 * @param samples at equal intervals; the first third is warming up
 */
export function growth(samples: readonly number[], { share, absolute }: Tolerance): Growth {
  const third = Math.floor(samples.length / 3);
  const before = Math.min(...samples.slice(third, Math.max(2 * third, 1)));
  const after = Math.min(...samples.slice(-Math.max(1, third)));
  return { before, after, flat: after <= before * (1 + share) + absolute };
}
