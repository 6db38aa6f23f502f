/** The parts of a conference, in the order in which they learn what happens. */
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { BridgeTable } from '../bridges/bridge-table.js';
import type { Clock } from '../clock.js';
import { Calls } from '../dial/calls.js';
import type { Gateways } from '../dial/gateways.js';
import type { FeatureDiscovery } from '../jingle/discovery.js';
import type { ConnectSettings, ConferenceSettings, VisitorSettings } from '../options.js';
import type { Random } from '../random.js';
import type { Tally } from '../tally.js';
import type { Recorders } from '../recording/recorders.js';
import type { RecordingOptions } from '../recording/recording.js';
import { Recordings } from '../recording/recordings.js';
import { Visitors } from '../visitors/visitors.js';
import { ConferenceConnects } from './connects.js';
import { ConferenceMedia } from './media.js';
import { Moderation } from './moderation.js';
import { Occupancy } from './occupancy.js';
import { grantByIq, type OwnershipMaker, type OwnershipPolicy } from './ownership.js';
import type { ConferenceCore, ConferencePart } from './part.js';
import { SenderLimits } from './sender-limits.js';

/** What parts need of the rest of the focus. */
export interface ConferenceSurroundings {
  readonly connection: XmppConnection;
  readonly clock: Clock;
  readonly random: Random;
  readonly tally: Tally;
  readonly bridges: BridgeTable;
  readonly discovery: FeatureDiscovery;
  readonly settings: ConferenceSettings;
  readonly connects: ConnectSettings;
  readonly ownership: OwnershipMaker;
  readonly recorders: Recorders;
  readonly recording: RecordingOptions;
  readonly gateways: Gateways;
  readonly visitors: {
    readonly settings: VisitorSettings;
    /** Address of the component that connects visitor nodes; undefined: there is none. */
    readonly component: () => string | undefined;
    /** Visitors of all conferences at a node. */
    readonly countAt: (node: string) => number;
  };
  /** Something that a successor has to know of the conference has changed; resolves when it would find that. */
  readonly onChanged: () => Promise<void>;
}

export interface ConferenceParts {
  readonly media: ConferenceMedia;
  readonly moderation: Moderation;
  readonly ownership: OwnershipPolicy;
  readonly occupancy: Occupancy;
  readonly recordings: Recordings;
  readonly calls: Calls;
  readonly visitors: Visitors;
  /** All that hook into what happens, in this order. */
  readonly hooked: readonly ConferencePart[];
}

/** @param pinnedVersion of bridges, which the conference uses */
export const assembleParts = (
  core: ConferenceCore,
  surroundings: ConferenceSurroundings,
  pinnedVersion: string | undefined,
): ConferenceParts => {
  const { connection, clock, random, tally, settings, recorders, recording, gateways } = surroundings;
  const { room, log, presence, members } = core;
  const connects = new ConferenceConnects(
    core,
    { ...surroundings.connects, maxSources: settings.maxSourcesPerParticipant },
    random,
    () => media,
  );
  const media: ConferenceMedia = new ConferenceMedia(core, { ...surroundings, pinnedVersion, connects });
  const moderation = new Moderation(core, connection, (member) => media.restrict(member));
  const ownership = surroundings.ownership(grantByIq(connection, room, log), members);
  const occupancy = new Occupancy(core, clock, settings.initialTimeoutMs);
  const recordings = new Recordings({
    connection,
    clock,
    log,
    tally,
    recorders,
    options: recording,
    rtcStats: core.origin.wishes.rtcStats ?? true,
    room,
    newSessionId: () => random.uuid(),
    publish: (name, notice) => presence.setNotice(name, notice),
  });
  const calls = new Calls({ connection, gateways, log, tally, room, members, regions: () => media.regions });
  const visitors = new Visitors(core, {
    ...surroundings,
    ...surroundings.visitors,
    media,
    restarts: settings.restarts,
    formerNodes: core.origin.formerNodes ?? [],
  });
  return {
    media,
    moderation,
    ownership,
    occupancy,
    recordings,
    calls,
    visitors,
    hooked: [
      moderation,
      // Who owns a breakout room follows from the main room.
      ...(core.mainRoom === undefined ? [ownership] : []),
      new SenderLimits(core, settings),
      visitors,
      media,
      connects,
      recordings,
      occupancy,
    ],
  };
};
