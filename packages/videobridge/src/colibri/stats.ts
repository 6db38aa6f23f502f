/** What the bridge says of itself in the brewery: the names that a focus reads, and some for operators. */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';

import type { Bridge } from '../conference/bridge.js';
import type { LifecycleState } from '../operation/lifecycle.js';

export const VERSION = '0.1.0';

/** The load at which the bridge counts as full. */
const FULL_LOAD = 0.9;

/** How busy the process is. The media path runs on one thread: its event loop may be full long before the machine is. */
export class LoadMeter {
  #cpu = process.cpuUsage();
  #loop = performance.eventLoopUtilization();
  #time = performance.now();
  #stress = 0;
  #work = 0;

  /** 0 idle … 1 full and beyond, as of the last `sample`. */
  get stress(): number {
    return this.#stress;
  }

  /** Time on processors in proportion to time that has passed (1 is one core), as of the last `sample`. */
  get work(): number {
    return this.#work;
  }

  /** Measures the time since the last sample. */
  sample(): void {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#work = (user + system) / 1000 / Math.max(1, now - this.#time);
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    this.#stress = Math.max(this.#work / availableParallelism(), utilization) / FULL_LOAD;
    this.#cpu = process.cpuUsage();
    this.#loop = loop;
    this.#time = now;
  }
}

/** What the process knows of itself beside its media. */
export interface BridgeCondition {
  /** 1: full. */
  readonly stress: number;
  readonly region: string | undefined;
  readonly healthy: boolean;
  readonly lifecycle: LifecycleState;
  readonly draining: boolean;
}

export type BridgeStatistics = Readonly<Record<string, string | number | boolean>>;

/** The statistics of now; rates are for the focus to derive from the totals. */
export function bridgeStatistics(
  bridge: Bridge,
  { stress, region, healthy, lifecycle, draining }: BridgeCondition,
): BridgeStatistics {
  const { traffic, relayTraffic, exported, conferences, endpoints } = bridge;
  const spanning = [...conferences.values()].filter(({ relays }) => relays.size > 0);
  const connected = endpoints.filter((endpoint) => endpoint.connected);
  const rtts = connected.map(({ rtt }) => rtt).filter((rtt) => rtt !== undefined);
  const sending = (type: 'audio' | 'video'): number =>
    endpoints.filter(({ sources }) => sources.some((source) => source.type === type)).length;
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
    conferences: conferences.size,
    largest_conference: Math.max(0, ...[...conferences.values()].map((each) => each.endpoints.size)),
    octo_conferences: spanning.length,
    octo_endpoints: spanning.reduce((sum, { relays }) => sum + relays.endpoints.length, 0),
    endpoints: endpoints.length,
    participants: endpoints.length,
    local_endpoints: endpoints.length,
    local_active_endpoints: endpoints.filter(({ active }) => active).length,
    inactive_endpoints: endpoints.filter(({ active }) => !active).length,
    endpoints_sending_audio: sending('audio'),
    endpoints_sending_video: sending('video'),
    rtt_aggregate: rtts.length === 0 ? 0 : (rtts.reduce((sum, rtt) => sum + rtt, 0) / rtts.length).toFixed(1),
    num_eps_oversending: connected.filter(({ reception }) => reception.oversending).length,
    endpoints_with_suspended_sources: connected.filter(({ reception }) => reception.suspended > 0).length,
    last_n: bridge.lastN,
    total_dominant_speaker_changes: bridge.speakerChanges,
    total_conferences_created: bridge.conferencesCreated,
    total_conferences_completed: bridge.conferencesCreated - conferences.size,
    endpoints_disconnected: bridge.endpointsGone,
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
    total_exporter_packets_sent: exported.packetsSent,
    total_exporter_packets_dropped: exported.packetsDropped,
    total_exporter_websocket_failures: exported.failures,
    total_channel_messages_received: traffic.messagesReceived,
    total_channel_messages_sent: traffic.messagesSent,
  };
}
