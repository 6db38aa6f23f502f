/** Counters of what has passed an endpoint, a conference or the bridge. */

export interface Traffic {
  readonly packetsReceived: number;
  readonly octetsReceived: number;
  readonly packetsSent: number;
  readonly octetsSent: number;
  /** Received but refused: malformed, of an SSRC or payload type that was not signalled, or muted. */
  readonly packetsDropped: number;
  readonly packetsRetransmitted: number;
  /** Keyframe requests sent to the endpoints. */
  readonly keyframeRequests: number;
  readonly messagesReceived: number;
  readonly messagesSent: number;
  /** Of these by WebSocket. */
  readonly webSocketReceived: number;
  readonly webSocketSent: number;
  /** Data channels that were opened beside or in place of the bridge channel, and closed at once. */
  readonly dataChannelsRejected: number;
  /** RTP of the endpoints: what should have come between reports, and of this did not. */
  readonly packetsExpected: number;
  readonly packetsLost: number;
  /** What the endpoints have reported on by transport-wide feedback, and of this did not get. */
  readonly packetsReported: number;
  readonly packetsReportedLost: number;
  /** Reports on packets that were never sent, or long ago. */
  readonly feedbackUnmatched: number;
  readonly keyframes: number;
  /** Times that a video of an endpoint has got other layers than before. */
  readonly layerChanges: number;
  /** How long videos have been received, all encodings added up, in ms. */
  readonly videoMilliseconds: number;
}

export const NO_TRAFFIC: Traffic = {
  packetsReceived: 0,
  octetsReceived: 0,
  packetsSent: 0,
  octetsSent: 0,
  packetsDropped: 0,
  packetsRetransmitted: 0,
  keyframeRequests: 0,
  messagesReceived: 0,
  messagesSent: 0,
  webSocketReceived: 0,
  webSocketSent: 0,
  dataChannelsRejected: 0,
  packetsExpected: 0,
  packetsLost: 0,
  packetsReported: 0,
  packetsReportedLost: 0,
  feedbackUnmatched: 0,
  keyframes: 0,
  layerChanges: 0,
  videoMilliseconds: 0,
};
