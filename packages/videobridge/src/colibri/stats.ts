/**
 * What the bridge says of itself in the brewery and to operators, under the names that focuses and the dashboards of Jitsi's
 * operators read.
 */
import { readdirSync } from 'node:fs';

import type { Bridge } from '../conference/bridge.js';
import type { Conference } from '../conference/conference.js';
import type { Endpoint } from '../conference/endpoint.js';
import type { FeedCounts } from '../export/feed-counts.js';
import type { LifecycleState } from '../operation/lifecycle.js';
import type { TrafficRates } from '../operation/rates.js';

export const VERSION = '0.1.0';

/** Percent of what an endpoint is sent that it does not get, from which on it counts. */
const HIGH_LOSS = 10;

/** What the process knows of itself beside its media. */
export interface BridgeCondition {
  /** 1: full. */
  readonly stress: number;
  /** Share of the machine's time that others on its host took, 0 … 1. */
  readonly steal: number;
  readonly rates: TrafficRates;
  readonly relayRates: TrafficRates;
  readonly region: string | undefined;
  readonly healthy: boolean;
  readonly lifecycle: LifecycleState;
  readonly draining: boolean;
  readonly inBrewery: boolean;
  readonly connected: boolean;
  /** Times that the connection to the XMPP server was lost. */
  readonly disconnects: number;
  /** Monotonic time in ms. */
  readonly now: number;
}

export type BridgeStatistics = Readonly<Record<string, string | number | boolean>>;

/** The statistics of now. */
export function bridgeStatistics(bridge: Bridge, condition: BridgeCondition): BridgeStatistics {
  return {
    ...identity(bridge, condition),
    ...present(bridge, condition),
    ...rates(condition),
    ...sinceStart(bridge, condition),
  };
}

function identity(bridge: Bridge, condition: BridgeCondition): BridgeStatistics {
  const { region, healthy, lifecycle, draining, stress, steal, connected, inBrewery } = condition;
  return {
    version: VERSION,
    ...(region === undefined ? {} : { region }),
    relay_id: bridge.relayId,
    current_timestamp: new Date().toISOString().replace('T', ' ').replace('Z', ''),
    healthy,
    graceful_shutdown: lifecycle !== 'running',
    shutting_down: lifecycle === 'shutting-down' || lifecycle === 'ended',
    drain: draining,
    stress_level: stress.toFixed(3),
    average_participant_stress: 0.01,
    cpu_steal: Number(steal.toFixed(3)),
    threads: threads(),
    startup_time: Math.round(Date.now() - process.uptime() * 1000),
    muc_clients_configured: 1,
    muc_clients_connected: connected ? 1 : 0,
    mucs_configured: 1,
    mucs_joined: inBrewery ? 1 : 0,
  };
}

/** Of this process; 0 where the system does not tell. */
function threads(): number {
  try {
    return readdirSync('/proc/self/task').length;
  } catch {
    return 0;
  }
}

function present(bridge: Bridge, { now }: BridgeCondition): BridgeStatistics {
  const { conferences, endpoints } = bridge;
  const all = [...conferences.values()];
  const count = (wanted: (endpoint: Endpoint) => boolean): number => endpoints.filter(wanted).length;
  const sends = (endpoint: Endpoint): boolean => endpoint.sends('audio', now) || endpoint.sends('video', now);
  const senders = new Set(endpoints.filter(sends));
  const quiet = ({ endpoints: own }: Conference): boolean =>
    [...own.values()].every((endpoint) => !senders.has(endpoint));
  const relayed = all.reduce((sum, { relays }) => sum + relays.endpoints.length, 0);
  const visitors = count(({ visitor }) => visitor);
  const rtts = endpoints.flatMap(({ connected, rtt }) => (connected && rtt !== undefined ? [rtt] : []));
  return {
    conferences: conferences.size,
    octo_conferences: all.filter(({ relays }) => relays.size > 0).length,
    inactive_conferences: all.filter((each) => each.endpoints.size > 0 && quiet(each)).length,
    // Two who send nothing here send it to each other.
    p2p_conferences: all.filter((each) => each.endpoints.size === 2 && quiet(each)).length,
    largest_conference: Math.max(0, ...all.map(({ endpoints: own }) => own.size)),
    endpoints: endpoints.length + relayed,
    participants: endpoints.length - visitors,
    visitors,
    local_endpoints: endpoints.length,
    local_active_endpoints: count(({ active, visitor }) => active && !visitor),
    octo_endpoints: relayed,
    inactive_endpoints: count(({ active }) => !active),
    receive_only_endpoints: count((endpoint) => endpoint.connected && !senders.has(endpoint)),
    endpoints_sending_audio: count((endpoint) => endpoint.sends('audio', now)),
    endpoints_sending_video: count((endpoint) => endpoint.sends('video', now)),
    num_eps_oversending: count(({ connected, reception }) => connected && reception.oversending),
    endpoints_with_suspended_sources: count(
      ({ connected, reception }) => connected && reception.suspended > 0,
    ),
    endpoints_with_high_outgoing_loss: count(({ outgoingLoss }) => outgoingLoss > HIGH_LOSS),
    rtt_aggregate:
      rtts.length === 0 ? 0 : Number((rtts.reduce((sum, rtt) => sum + rtt, 0) / rtts.length).toFixed(1)),
    last_n: bridge.lastN,
  };
}

function rates({ rates: own, relayRates: relay }: BridgeCondition): BridgeStatistics {
  return {
    bit_rate_download: own.kbitsReceived,
    bit_rate_upload: own.kbitsSent,
    packet_rate_download: own.packetsReceived,
    packet_rate_upload: own.packetsSent,
    octo_receive_bitrate: relay.kbitsReceived,
    octo_receive_packet_rate: relay.packetsReceived,
    octo_send_bitrate: relay.kbitsSent,
    octo_send_packet_rate: relay.packetsSent,
    incoming_loss: Number(own.incomingLoss.toFixed(4)),
    outgoing_loss: Number(own.outgoingLoss.toFixed(4)),
    overall_loss: Number(own.loss.toFixed(4)),
  };
}

function sinceStart(bridge: Bridge, { disconnects, now }: BridgeCondition): BridgeStatistics {
  const { traffic, relayTraffic, exported, conferences, totals } = bridge;
  const transports = bridge.transportCounts;
  return {
    total_conferences_created: bridge.conferencesCreated,
    total_conferences_completed: bridge.conferencesCreated - conferences.size,
    total_conference_seconds: bridge.conferenceSeconds(now),
    total_participants: totals.endpoints - totals.visitors,
    total_visitors: totals.visitors,
    total_relays: totals.relays,
    endpoints_disconnected: totals.endpointsDisconnected,
    endpoints_reconnected: totals.endpointsReconnected,
    endpoints_expired: bridge.endpointsGone,
    num_eps_no_msg_transport_after_delay: totals.endpointsWithoutChannel,
    num_relays_no_msg_transport_after_delay: totals.relaysWithoutChannel,
    total_ice_succeeded: transports.iceSucceeded,
    total_ice_succeeded_relayed: transports.iceSucceededRelayed,
    total_ice_failed: transports.endpoints.iceFailed + transports.links.iceFailed,
    endpoints_ice_failed: transports.endpoints.iceFailed,
    relays_ice_failed: transports.links.iceFailed,
    dtls_failed_endpoints: transports.endpoints.dtlsFailed,
    dtls_failed_relays: transports.links.dtlsFailed,
    ...Object.fromEntries(
      Object.entries(transports.iceRestarts).map(([name, count]) => [
        `total_ice_restarts_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
        count,
      ]),
    ),
    total_dominant_speaker_changes: bridge.speakerChanges,
    total_keyframes_received: traffic.keyframes,
    total_layering_changes_received: traffic.layerChanges,
    total_video_stream_milliseconds_received: traffic.videoMilliseconds,
    tcc_unmatched_feedback: traffic.feedbackUnmatched,
    total_packets_received: traffic.packetsReceived,
    total_bytes_received: traffic.octetsReceived,
    total_packets_sent: traffic.packetsSent,
    total_bytes_sent: traffic.octetsSent,
    total_packets_received_octo: relayTraffic.packetsReceived,
    total_bytes_received_octo: relayTraffic.octetsReceived,
    total_packets_sent_octo: relayTraffic.packetsSent,
    total_bytes_sent_octo: relayTraffic.octetsSent,
    total_packets_dropped: traffic.packetsDropped,
    total_packets_retransmitted: traffic.packetsRetransmitted,
    total_keyframe_requests_sent: traffic.keyframeRequests,
    total_data_channel_messages_received: traffic.messagesReceived - traffic.webSocketReceived,
    total_data_channel_messages_sent: traffic.messagesSent - traffic.webSocketSent,
    total_colibri_web_socket_messages_received: traffic.webSocketReceived,
    total_colibri_web_socket_messages_sent: traffic.webSocketSent,
    total_colibri_web_socket_close_normal: totals.webSocketsClosedNormally,
    total_colibri_web_socket_close_abnormal: totals.webSocketsClosedAbnormally,
    total_colibri_web_socket_error: totals.webSocketErrors,
    total_rejected_data_channels: traffic.dataChannelsRejected,
    ...exporters(exported),
    total_xmpp_disconnects: disconnects,
  };
}

/** Of the feeds that services get media by. */
function exporters(counts: Readonly<FeedCounts>): BridgeStatistics {
  return {
    total_exporter_starts: counts.starts,
    total_exporter_packets_sent: counts.packetsSent,
    total_exporter_packets_dropped: counts.packetsDropped,
    total_exporter_websocket_failures: counts.failures,
    total_exporter_websocket_internal_errors: counts.internalErrors,
    total_exporter_transcripts_received: counts.transcriptsReceived,
    total_exporter_media_events_received: counts.mediaEventsReceived,
    total_exporter_sending_changes_received: counts.sendingChangesReceived,
    total_exporter_info_received: counts.infoReceived,
    total_exporter_other_messages_received: counts.otherMessagesReceived,
    total_exporter_parse_failures: counts.parseFailures,
  };
}
