/** The parts of the focus as operators see them through REST. */
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { BridgeTable } from '../bridges/bridge-table.js';
import type { VersionPins } from '../bridges/version-pins.js';
import type { Clock } from '../clock.js';
import type { Conferences } from '../conference/conferences.js';
import type { ConferenceRequestContext } from '../request/conference-request.js';
import { answerHttpRequest } from './conference-request.js';
import type { Statistics } from './metrics.js';
import type { Movable, Moved, OperatedFocus } from './rest.js';

export interface OperatedParts {
  readonly connection: XmppConnection;
  readonly clock: Clock;
  readonly bridges: BridgeTable;
  readonly conferences: Conferences;
  readonly pins: VersionPins;
  readonly requests: ConferenceRequestContext;
  readonly version: string;
}

export const operatedFocus = (parts: OperatedParts): OperatedFocus => {
  const { connection, bridges, conferences, pins } = parts;
  return {
    ailment: () =>
      connection.online
        ? bridges.operationalCount > 0
          ? undefined
          : 'no bridge is operational'
        : 'not connected to the XMPP server',
    version: () => ({ name: 'Conclave focus', version: parts.version }),
    statistics: () => statistics(parts),
    debug: (room) =>
      room === undefined
        ? { conferences: conferences.all().map(({ state }) => state), bridges: statistics(parts).bridges }
        : conferences.get(room)?.state,
    pins: () => pins.all(),
    pin: (...pin) => pins.pin(...pin),
    unpin: (room) => pins.unpin(room),
    move: (which, count) => move(parts, which, count),
    endpointsOn(name) {
      const bridge = bridges.find(name);
      return bridge ? conferences.endpointsOn(bridge) : 0;
    },
    conferenceRequest: (body) => answerHttpRequest(body, parts.requests),
  };
};

const statistics = ({ connection, bridges, conferences, clock }: OperatedParts): Statistics => {
  const all = bridges.all();
  const sizes = conferences.all().map(({ participantCount }) => participantCount);
  return {
    values: {
      healthy: Number(connection.online && bridges.operationalCount > 0),
      conferences: conferences.size,
      conferences_created_total: conferences.openedCount,
      largest_conference: Math.max(0, ...sizes),
      participants_current: conferences.participantCount,
      bridge_selector_bridge_count: bridges.size,
      bridge_selector_bridge_count_operational: bridges.operationalCount,
      bridge_selector_bridge_count_in_shutdown: all.filter(({ gracefulShutdown }) => gracefulShutdown).length,
      bridge_selector_bridge_version_count: new Set(all.map(({ version }) => version)).size,
      bridge_selector_lost_bridges_total: bridges.lostCount,
    },
    bridges: all.map((bridge) => ({
      name: bridge.nick,
      operational: bridge.operational,
      endpoints: conferences.endpointsOn(bridge),
      stress: bridge.stress(clock.now()),
    })),
  };
};

const move = (
  { bridges, conferences }: OperatedParts,
  { bridge: name, room, endpoint }: Movable,
  count: number,
): Moved => {
  const bridge = name === undefined ? undefined : bridges.find(name);
  if (name !== undefined && !bridge) return 'no such bridge';
  if (room === undefined) return bridge ? conferences.moveFrom(bridge, count) : 'no such bridge';
  const conference = conferences.get(room);
  if (!conference) return 'no such conference';
  const movedEndpoints = conference.ask(({ media }) => media.moveFrom(bridge, count, endpoint), 0);
  return { movedEndpoints, conferences: movedEndpoints > 0 ? 1 : 0 };
};
