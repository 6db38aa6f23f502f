/**
 * Which bridge a participant is given: what always holds (health, version, relays), then a strategy. Where no bridge is healthy,
 * one that ails is better than none: health checks find what may have passed by the time that somebody comes.
 */
import type { Bridge } from './bridge.js';
import {
  type BridgeInUse,
  intraRegion,
  type ParticipantLimits,
  type Regions,
  regionBased,
  type SelectionStrategy,
  single,
  split,
} from './strategies.js';

const STRATEGIES = {
  single,
  split,
  'intra-region': intraRegion,
  'region-based': regionBased,
} as const satisfies Record<string, SelectionStrategy>;

export const STRATEGY_NAMES = ['single', 'split', 'intra-region', 'region-based'] as const;

export interface SelectionRules extends ParticipantLimits {
  readonly strategy: keyof typeof STRATEGIES;
  /** How visitors are given bridges of their own; undefined: they are on those of participants. */
  readonly visitorStrategy?: keyof typeof STRATEGIES | undefined;
  readonly regions: Regions;
  /** Whether a conference may use several bridges, which then exchange media by relays. */
  readonly relays: boolean;
  /** Whether bridges of different versions may serve one conference. */
  readonly mixedVersions: boolean;
}

export interface SelectionRequest {
  readonly bridges: Iterable<Bridge>;
  /** Bridges of the conference, operational or not, the first one first. */
  readonly inUse: readonly BridgeInUse[];
  readonly participantRegion: string | undefined;
  /** Whether it is for somebody who looks on. */
  readonly visitor: boolean;
  /** The version that the conference is pinned to. */
  readonly pinnedVersion?: string | undefined;
  /** Bridges that can not be linked with those of the conference at present. */
  readonly unlinkable?: ReadonlySet<Bridge>;
}

/** Chooses a bridge; `undefined` when no bridge can take the participant. */
export const selectBridge = (
  { bridges, inUse, participantRegion, visitor, pinnedVersion, unlinkable }: SelectionRequest,
  {
    strategy: participantStrategy,
    visitorStrategy,
    regions,
    relays,
    mixedVersions,
    ...limits
  }: SelectionRules,
  now: number,
): Bridge | undefined => {
  const working = leastAiling(
    inUse.filter(({ bridge }) => bridge.operational || !bridge.shuttingDown),
    ({ bridge }) => bridge,
  );
  const first = working[0]?.bridge;
  if (inUse.length > 0 && !first) return undefined;
  if (first && pinnedVersion !== undefined && first.version !== pinnedVersion) return undefined;
  if (first && !(relays && first.relayId !== undefined)) return first;

  const version = pinnedVersion ?? (mixedVersions ? undefined : first?.version);
  // Nothing could be trusted to bring media from a bridge that ails to another one: who comes joins those who are on it.
  const reachable = first && !first.operational ? working.map(({ bridge }) => bridge) : [...bridges];
  const mayTake = (bridge: Bridge): boolean =>
    bridge.operational || (first ? !first.operational : !bridge.draining && !bridge.gracefulShutdown);
  const isUsable = (bridge: Bridge): boolean =>
    mayTake(bridge) &&
    !bridge.shuttingDown &&
    (version === undefined || bridge.version === version) &&
    (!first || (bridge.relayId !== undefined && !unlinkable?.has(bridge)));
  const candidates = preferring(
    preferring(
      leastAiling(reachable.filter(isUsable), (bridge) => bridge),
      (bridge) => !bridge.draining,
    ),
    (bridge) => !bridge.gracefulShutdown,
  ).sort((a, b) => a.stress(now) - b.stress(now));
  const strategy = STRATEGIES[(visitor && visitorStrategy) || participantStrategy];
  const question = { participantRegion, regions, limits, now };
  if (visitorStrategy === undefined) return strategy({ ...question, candidates, inUse: working });
  // Visitors and participants have bridges of their own as long as there are any.
  const others = new Set(working.filter((use) => use.visitors !== visitor).map(({ bridge }) => bridge));
  const own = candidates.filter((bridge) => !others.has(bridge));
  return (
    strategy({ ...question, candidates: own, inUse: working.filter(({ bridge }) => !others.has(bridge)) }) ??
    strategy({ ...question, candidates, inUse: working })
  );
};

/** Those with the least that speaks against them: where some bridges are operational, these. */
const leastAiling = <T>(all: readonly T[], bridgeOf: (each: T) => Bridge): T[] => {
  const least = Math.min(...all.map((each) => bridgeOf(each).ailment));
  return all.filter((each) => bridgeOf(each).ailment === least);
};

const preferring = (bridges: Bridge[], preferred: (bridge: Bridge) => boolean): Bridge[] => {
  const subset = bridges.filter(preferred);
  return subset.length > 0 ? subset : bridges;
};
