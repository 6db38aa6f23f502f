/** Which bridge a participant is given: filters that always hold, then a strategy. */
import type { Bridge } from './bridge.js';

/** What a strategy may choose from, best first. */
interface SelectionQuestion {
  /** Bridges that may be chosen, ordered by load. */
  readonly candidates: readonly Bridge[];
  /** Bridges that the conference already uses and that are operational. */
  readonly conferenceBridges: readonly Bridge[];
  readonly participantRegion: string | undefined;
}

export type SelectionStrategy = (question: SelectionQuestion) => Bridge | undefined;

/**
 * One bridge a conference: the least loaded in the participant's region, or anywhere, and then always the same one,
 * as no bridge here speaks to another.
 */
export const singleBridge: SelectionStrategy = ({ candidates, conferenceBridges, participantRegion }) =>
  conferenceBridges[0] ??
  candidates.find((bridge) => participantRegion !== undefined && bridge.region === participantRegion) ??
  candidates[0];

/**
 * Applies a strategy to the bridges that can be chosen at all: operational, not shutting down, if possible neither
 * draining nor in graceful shutdown. `used` are the bridges of the conference, operational or not.
 */
export const selectBridge = (
  bridges: Iterable<Bridge>,
  used: readonly Bridge[],
  participantRegion: string | undefined,
  strategy: SelectionStrategy,
  now: number,
): Bridge | undefined => {
  const conferenceBridges = used.filter((bridge) => bridge.operational);
  // Without relays a second bridge would split the conference.
  if (used.length > 0 && conferenceBridges.length === 0) return undefined;
  const usable = [...bridges].filter((bridge) => bridge.operational && !bridge.shuttingDown);
  const candidates = preferring(
    preferring(usable, (bridge) => !bridge.draining),
    (bridge) => !bridge.gracefulShutdown,
  ).sort((a, b) => a.stress(now) - b.stress(now));
  return strategy({ candidates, conferenceBridges, participantRegion });
};

const preferring = (bridges: Bridge[], preferred: (bridge: Bridge) => boolean): Bridge[] => {
  const subset = bridges.filter(preferred);
  return subset.length > 0 ? subset : bridges;
};
