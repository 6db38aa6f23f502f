/** Last-N: how many video sources anybody is sent at most, -1 for as many as there are. There are several such limits, and all count. */

/** The smallest of those limits that are set (not negative); -1 when none is. */
export function smallestLastN(...limits: readonly number[]): number {
  const set = limits.filter((limit) => limit >= 0);
  return set.length === 0 ? -1 : Math.min(...set);
}

/**
 * The limit in a conference of `size`: that of the largest size which is named and not above it; -1 when none is.
 * @param bySize limits by the size of conferences from which on they count
 * @param size video sources that somebody may be sent, and its own
 */
export function lastNOfSize(bySize: ReadonlyMap<number, number>, size: number): number {
  const from = Math.max(...[...bySize.keys()].filter((least) => least <= size));
  return bySize.get(from) ?? -1;
}
