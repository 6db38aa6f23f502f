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
};

export function addTraffic(left: Traffic, right: Traffic): Traffic {
  return {
    packetsReceived: left.packetsReceived + right.packetsReceived,
    octetsReceived: left.octetsReceived + right.octetsReceived,
    packetsSent: left.packetsSent + right.packetsSent,
    octetsSent: left.octetsSent + right.octetsSent,
    packetsDropped: left.packetsDropped + right.packetsDropped,
    packetsRetransmitted: left.packetsRetransmitted + right.packetsRetransmitted,
    keyframeRequests: left.keyframeRequests + right.keyframeRequests,
    messagesReceived: left.messagesReceived + right.messagesReceived,
    messagesSent: left.messagesSent + right.messagesSent,
  };
}
