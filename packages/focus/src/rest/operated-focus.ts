/** The parts of the focus as operators see them through REST. */
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { BridgeTable } from '../bridges/bridge-table.js';
import type { VersionPins } from '../bridges/version-pins.js';
import type { Clock } from '../clock.js';
import type { Conference } from '../conference/conference.js';
import type { ConferenceParts } from '../conference/parts.js';
import type { Conferences } from '../conference/conferences.js';
import type { Gateways } from '../dial/gateways.js';
import type { Recorders } from '../recording/recorders.js';
import type { RecordingKind } from '../recording/recording.js';
import type { Tally } from '../tally.js';
import type { ConferenceRequestContext } from '../request/conference-request.js';
import { answerHttpRequest } from './conference-request.js';
import type { Statistics } from './metrics.js';
import type { Movable, Moved, OperatedFocus } from './rest.js';

export interface OperatedParts {
  readonly connection: XmppConnection;
  readonly clock: Clock;
  readonly bridges: BridgeTable;
  readonly tally: Tally;
  readonly conferences: Conferences;
  readonly recorders: Recorders;
  readonly gateways: Gateways;
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
    rtcstats: () =>
      Object.fromEntries(
        conferences.all().flatMap((conference) => {
          const { rtcStats = true } = conference.origin.wishes;
          const { meetingId } = conference;
          return rtcStats && meetingId !== undefined ? [[meetingId, conference.state]] : [];
        }),
      ),
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

const statistics = (parts: OperatedParts): Statistics => {
  const { connection, bridges, conferences, clock, recorders, gateways, tally } = parts;
  const all = bridges.all();
  // Alone, or without a session, one is one all the same.
  const sizes = conferences.all().map(({ participantCount }) => Math.max(1, participantCount));
  const recordings = conferences.all().flatMap((conference) => conference.ask(runningOf, []));
  const active = (kind: RecordingKind) => recordings.filter((each) => each === kind).length;
  return {
    values: {
      healthy: Number(connection.online && bridges.operationalCount > 0),
      conferences: conferences.size,
      conferences_with_visitors: conferences.all().filter(hasVisitors).length,
      visitors_current: conferences.visitorCount(),
      largest_conference: Math.max(0, ...sizes),
      participants_current: conferences.participantCount,
      participants_pairs: sizes.reduce((sum, size) => sum + size * size, 0),
      bridge_selector_bridge_count: bridges.size,
      bridge_selector_bridge_count_operational: bridges.operationalCount,
      bridge_selector_bridge_count_in_shutdown: all.filter(({ gracefulShutdown }) => gracefulShutdown).length,
      bridge_selector_bridge_version_count: new Set(all.map(({ version }) => version)).size,
      bridge_selector_lost_bridges_total: bridges.lostCount,
      jibri_instances: recorders.size,
      jibri_instances_available: recorders.freeCount,
      jibri_recording_active: active('recording'),
      jibri_live_streaming_active: active('live_streaming'),
      jibri_sip_active: active('sip'),
      jigasi_sip_count: gateways.count('sip'),
      jigasi_sip_in_graceful_shutdown_count: gateways.count('sip', true),
      jigasi_transcriber_count: gateways.count('transcription'),
      ...tally.totals,
    },
    bridges: all.map((bridge) => ({
      name: bridge.nick,
      operational: bridge.operational,
      endpoints: conferences.endpointsOn(bridge),
      stress: bridge.stress(clock.now()),
      failingIce: bridge.failingIce(clock.now()),
      restartRequests: bridge.restartRequests,
      endpointsMoved: bridge.endpointsMoved,
    })),
  };
};

const runningOf = ({ recordings }: ConferenceParts) => recordings.running;

const hasVisitors = (conference: Conference): boolean =>
  conference.ask(({ visitors }) => visitors.count > 0, false);

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
