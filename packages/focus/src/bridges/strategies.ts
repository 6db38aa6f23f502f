/** Strategies of bridge selection: of the bridges that can be chosen at all, which one a participant is given. */
import type { Bridge } from './bridge.js';

/** A bridge of the conference, and what the conference has on it. */
export interface BridgeInUse {
  readonly bridge: Bridge;
  /** It was chosen for visitors. */
  readonly visitors: boolean;
  /** Participants of the conference there. */
  readonly participants: number;
  /** How many of them came within the interval that has a limit. */
  readonly recent: number;
}

/** How many participants of one conference a bridge takes before another is preferred. */
export interface ParticipantLimits {
  readonly maxParticipants: number;
  readonly maxParticipantsPerInterval: number;
}

/** Where bridges and participants are. */
export interface Regions {
  /** Regions that are as good as each other. A region in none of them is a group of its own. */
  readonly groups: readonly (readonly string[])[];
  /** The region of this focus, where conferences of participants without one begin. */
  readonly local?: string | undefined;
}

/** What a strategy has to choose from. */
interface SelectionQuestion {
  /** Bridges that may be chosen, the least loaded first. */
  readonly candidates: readonly Bridge[];
  /** Bridges of the conference that work, or ail least, the first one first. */
  readonly inUse: readonly BridgeInUse[];
  readonly participantRegion: string | undefined;
  readonly regions: Regions;
  readonly limits: ParticipantLimits;
  readonly now: number;
}

export type SelectionStrategy = (question: SelectionQuestion) => Bridge | undefined;

/** The least loaded bridge in the participant's region, or anywhere, and then always the same one. */
export const single: SelectionStrategy = ({ candidates, inUse, participantRegion }) =>
  inUse[0]?.bridge ?? candidates.find(isIn(participantRegion)) ?? candidates[0];

/** A bridge for each participant while there are bridges. It shows that bridges work together, and serves no other purpose. */
export const split: SelectionStrategy = ({ candidates, inUse }) => {
  const used = usesOf(inUse);
  const participants = (bridge: Bridge) => used.get(bridge)?.participants ?? 0;
  return (
    candidates.find((bridge) => !used.has(bridge)) ??
    [...candidates].sort((a, b) => participants(a) - participants(b))[0]
  );
};

/** Bridges of one region: that of the conference's first bridge. */
export const intraRegion: SelectionStrategy = (question) => {
  const { candidates, inUse, participantRegion, now } = question;
  const [first] = inUse;
  if (!first) {
    const free = candidates.filter((bridge) => !bridge.overloaded(now));
    return free.find(isIn(participantRegion)) ?? candidates[0];
  }
  const there = candidates.filter(isIn(first.bridge.region));
  const full = fullness(question);
  const used = usesOf(inUse);
  return (
    there.find((bridge) => used.has(bridge) && !full(bridge)) ??
    there.find((bridge) => !full(bridge)) ??
    there.find((bridge) => used.has(bridge))
  );
};

/** Bridges near the participants, rather of the region than of its group, rather in the conference than not, rather with room than full. */
export const regionBased: SelectionStrategy = (question) => {
  const { candidates, inUse, regions, limits, now } = question;
  const region = homeRegion(question);
  const isNear = inGroupOf(region, regions);
  const full = fullness(question);
  const used = usesOf(inUse);
  const isUsed = (bridge: Bridge) => used.has(bridge);
  const free = candidates.filter((bridge) => !full(bridge));
  return (
    free.find(both(isUsed, isIn(region))) ??
    free.find(both(isUsed, isNear)) ??
    free.find(isIn(region)) ??
    free.find(isNear) ??
    free.find(isUsed) ??
    candidates.find((bridge) => !bridge.overloaded(now)) ??
    candidates.find(
      (bridge) => isUsed(bridge) && (used.get(bridge)?.participants ?? 0) < limits.maxParticipants,
    ) ??
    candidates[0]
  );
};

type Test = (bridge: Bridge) => boolean;

const both =
  (one: Test, other: Test): Test =>
  (bridge) =>
    one(bridge) && other(bridge);

const isIn =
  (region: string | undefined): Test =>
  (bridge) =>
    region !== undefined && bridge.region === region;

const inGroupOf =
  (region: string | undefined, { groups }: Regions): Test =>
  (bridge) =>
    bridge.region !== undefined && region !== undefined && groupOf(region, groups).includes(bridge.region);

const groupOf = (region: string, groups: Regions['groups']): readonly string[] =>
  groups.find((group) => group.includes(region)) ?? [region];

/** Where the participant counts as being: a conference begins in the local region when that is near or no bridge is. */
const homeRegion = ({
  candidates,
  inUse,
  participantRegion,
  regions,
}: SelectionQuestion): string | undefined => {
  const { local, groups } = regions;
  const region = participantRegion ?? local;
  if (region === undefined || local === undefined) return region;
  if (inUse.length === 0 && groupOf(region, groups).includes(local)) return local;
  return candidates.some(inGroupOf(region, regions)) ? region : local;
};

/** Whether a bridge has too much to do, or enough of this conference. */
const fullness = ({ inUse, limits, now }: SelectionQuestion): Test => {
  const used = usesOf(inUse);
  return (bridge) => {
    const { participants = 0, recent = 0 } = used.get(bridge) ?? {};
    return (
      bridge.overloaded(now) ||
      participants >= limits.maxParticipants ||
      recent >= limits.maxParticipantsPerInterval
    );
  };
};

const usesOf = (inUse: readonly BridgeInUse[]): ReadonlyMap<Bridge, BridgeInUse> =>
  new Map(inUse.map((use) => [use.bridge, use]));
