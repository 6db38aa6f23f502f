import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ColibriMedia, MediaSource } from '@conclave/signaling';
import { Meeting } from '../conference/meeting.testing.js';
import { NO_RATES } from '../operation/rates.js';
import { type BridgeCondition, bridgeStatistics } from './stats.js';

/** What focuses and dashboards look for: the names that Jitsi's bridge publishes. */
const NAMES =
  `version region relay_id current_timestamp graceful_shutdown shutting_down drain healthy threads stress_level
  average_participant_stress conferences octo_conferences inactive_conferences p2p_conferences largest_conference endpoints
  participants visitors local_endpoints local_active_endpoints octo_endpoints inactive_endpoints receive_only_endpoints
  endpoints_sending_audio endpoints_sending_video num_eps_oversending endpoints_with_suspended_sources
  endpoints_with_high_outgoing_loss bit_rate_download bit_rate_upload packet_rate_download packet_rate_upload octo_receive_bitrate
  octo_receive_packet_rate octo_send_bitrate octo_send_packet_rate incoming_loss outgoing_loss overall_loss rtt_aggregate
  muc_clients_configured muc_clients_connected mucs_configured mucs_joined total_conferences_created total_conferences_completed
  total_conference_seconds total_participants total_visitors total_relays num_eps_no_msg_transport_after_delay
  num_relays_no_msg_transport_after_delay
  total_keyframes_received total_layering_changes_received total_video_stream_milliseconds_received
  total_data_channel_messages_received total_data_channel_messages_sent total_colibri_web_socket_messages_received
  total_colibri_web_socket_messages_sent total_bytes_received total_bytes_sent total_packets_received total_packets_sent
  total_bytes_received_octo total_bytes_sent_octo total_packets_received_octo total_packets_sent_octo
  total_dominant_speaker_changes total_ice_failed total_ice_succeeded total_ice_succeeded_relayed endpoints_ice_failed
  relays_ice_failed dtls_failed_endpoints dtls_failed_relays endpoints_disconnected endpoints_reconnected
  tcc_unmatched_feedback`.split(/\s+/);

/** What Jitsi's bridge tells Prometheus alone. */
const COUNTERS =
  `rejected_data_channels colibri_web_socket_close_normal colibri_web_socket_close_abnormal colibri_web_socket_error exporter_starts
  exporter_packets_sent exporter_media_events_received exporter_sending_changes_received exporter_transcripts_received
  exporter_info_received exporter_other_messages_received exporter_parse_failures exporter_websocket_failures
  exporter_websocket_internal_errors xmpp_disconnects`.split(/\s+/);

const condition = (): BridgeCondition => ({
  stress: 0.25,
  steal: 0,
  rates: NO_RATES,
  relayRates: NO_RATES,
  region: 'eu',
  healthy: true,
  lifecycle: 'running',
  draining: false,
  inBrewery: true,
  connected: true,
  disconnects: 0,
  now: performance.now(),
});

const AUDIO: ColibriMedia = {
  type: 'audio',
  payloadTypes: [{ id: 111, name: 'opus', clockrate: 48000, channels: 2, parameters: {}, rtcpFeedback: [] }],
  headerExtensions: [],
  extmapAllowMixed: false,
};
const microphone: MediaSource = {
  type: 'audio',
  id: 'alice-a0',
  sources: [{ ssrc: 1000, name: 'alice-a0' }],
  groups: [],
};

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting.close());

describe('the statistics of a bridge', () => {
  it('have the names that focuses and dashboards read', () => {
    expect(Object.keys(bridgeStatistics(meeting.bridge, condition()))).toEqual(
      expect.arrayContaining([...NAMES, ...COUNTERS.map((name) => `total_${name}`)]),
    );
  });

  it('tell who takes part, who sends, and how they came to be connected', async () => {
    const [alice] = await meeting.together(
      meeting.join('alice', [microphone], false, [AUDIO]),
      meeting.join('bob', [], false, [AUDIO]),
    );
    const quiet = bridgeStatistics(meeting.bridge, condition());
    // Two who send nothing here talk to each other directly.
    expect(quiet).toMatchObject({ conferences: 1, p2p_conferences: 1, inactive_conferences: 1 });
    const packet = Buffer.alloc(60);
    packet.writeUInt8(0x80, 0);
    packet.writeUInt8(111, 1);
    packet.writeUInt32BE(1000, 8);
    alice.client.send(packet);
    await meeting.until(() => alice.endpoint.sends('audio', performance.now()));
    expect(bridgeStatistics(meeting.bridge, condition())).toMatchObject({
      participants: 2,
      visitors: 0,
      largest_conference: 2,
      endpoints_sending_audio: 1,
      endpoints_sending_video: 0,
      receive_only_endpoints: 1,
      inactive_conferences: 0,
      p2p_conferences: 0,
      total_participants: 2,
      total_ice_succeeded: 2,
      total_ice_failed: 0,
    });
  });

  it('tell of data channels that were rejected', async () => {
    const [alice] = await meeting.together(meeting.join('alice'), meeting.join('bob'));
    const rejected = (): unknown =>
      bridgeStatistics(meeting.bridge, condition())['total_rejected_data_channels'];
    await alice.client.openChannel('JVB data channel', '', () => undefined);
    expect(rejected()).toBe(0);
    // They may be closed before the client knows that they were open.
    for (const label of ['JVB data channel', 'files'])
      void alice.client.openChannel(label, '', () => undefined);
    await expect.poll(rejected).toBe(2);
    meeting.conference.expireEndpoint('alice', 'left');
    expect(rejected()).toBe(2);
  });

  it('remember what has been, when everybody has gone', async () => {
    await meeting.join('alice');
    meeting.conference.expireEndpoint('alice', 'left');
    meeting.bridge.expireConference(meeting.conference, 'empty');
    const later = { ...condition(), now: performance.now() + 60_000 };
    const statistics = bridgeStatistics(meeting.bridge, later);
    expect(statistics).toMatchObject({
      conferences: 0,
      participants: 0,
      total_participants: 1,
      total_conferences_created: 1,
      total_conferences_completed: 1,
    });
    expect(statistics['total_conference_seconds']).toBeLessThan(30);
  });
});
