/**
 * The statistics of the bridge as Prometheus reads them, under the names of Jitsi's own bridge where it has the same, beside those of
 * every Node.js process.
 */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

import type { BridgeStatistics } from '../colibri/stats.js';

const PREFIX = 'jitsi_jvb_';

/** Names that differ by more than the prefix and `_total`. */
const NAMES: Readonly<Record<string, string>> = {
  inactive_conferences: 'conferences_inactive',
  p2p_conferences: 'conferences_p2p',
  octo_conferences: 'conferences_with_relay',
  endpoints: 'current_endpoints',
  local_active_endpoints: 'active_endpoints',
  visitors: 'current_visitors',
  inactive_endpoints: 'endpoints_inactive',
  receive_only_endpoints: 'endpoints_recvonly',
  octo_endpoints: 'endpoints_relayed',
  num_eps_oversending: 'endpoints_oversending',
  bit_rate_download: 'incoming_bitrate',
  bit_rate_upload: 'outgoing_bitrate',
  packet_rate_download: 'incoming_packet_rate',
  packet_rate_upload: 'outgoing_packet_rate',
  octo_receive_bitrate: 'relay_incoming_bitrate',
  octo_send_bitrate: 'relay_outgoing_bitrate',
  octo_receive_packet_rate: 'relay_incoming_packet_rate',
  octo_send_packet_rate: 'relay_outgoing_packet_rate',
  incoming_loss: 'incoming_loss_fraction',
  outgoing_loss: 'outgoing_loss_fraction',
  overall_loss: 'loss_fraction',
  rtt_aggregate: 'average_rtt',
  stress_level: 'stress',
  threads: 'thread_count',
  mucs_configured: 'mucs_connected',
  drain: 'drain_mode',
  total_participants: 'endpoints_total',
  endpoints_disconnected: 'endpoints_disconnected_total',
  endpoints_reconnected: 'endpoints_reconnected_total',
  endpoints_expired: 'endpoints_expired_total',
  endpoints_ice_failed: 'endpoints_ice_failed_total',
  relays_ice_failed: 'relays_ice_failed_total',
  dtls_failed_endpoints: 'endpoints_dtls_failed_total',
  dtls_failed_relays: 'relays_dtls_failed_total',
  num_eps_no_msg_transport_after_delay: 'endpoints_no_message_transport_after_delay_total',
  num_relays_no_msg_transport_after_delay: 'relays_no_message_transport_after_delay_total',
  tcc_unmatched_feedback: 'tcc_unmatched_feedback_total',
  total_video_stream_milliseconds_received: 'video_milliseconds_received_total',
  total_packets_received_octo: 'relay_packets_received_total',
  total_packets_sent_octo: 'relay_packets_sent_total',
  total_bytes_received_octo: 'relay_bytes_received_total',
  total_bytes_sent_octo: 'relay_bytes_sent_total',
};

/** What only ever grows ends in `_total`, as is the custom of Prometheus. */
const metricName = (name: string): string =>
  PREFIX + (NAMES[name] ?? (name.startsWith('total_') ? `${name.slice(6)}_total` : name));

export class Metrics {
  readonly #registry = new Registry();
  readonly #gauges = new Map<string, Gauge>();

  constructor() {
    // Memory, garbage collection, event loop, open files.
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text of `/metrics` for `statistics`: all that are numbers, truth as 0 and 1. */
  text(statistics: BridgeStatistics): Promise<string> {
    this.#set(statistics);
    return this.#registry.metrics();
  }

  /** The same as JSON. */
  json(statistics: BridgeStatistics): Promise<object> {
    this.#set(statistics);
    return this.#registry.getMetricsAsJSON();
  }

  #set(statistics: BridgeStatistics): void {
    for (const [name, value] of Object.entries(statistics)) {
      const number = typeof value === 'string' && value.trim() === '' ? NaN : Number(value);
      if (Number.isFinite(number)) this.#gauge(name).set(number);
    }
  }

  #gauge(name: string): Gauge {
    let gauge = this.#gauges.get(name);
    if (gauge === undefined) {
      gauge = new Gauge({
        name: metricName(name),
        help: name.replaceAll('_', ' '),
        registers: [this.#registry],
      });
      this.#gauges.set(name, gauge);
    }
    return gauge;
  }
}
