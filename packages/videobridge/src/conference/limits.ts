/** What one bridge lets its focus and its clients ask of it. */

export interface BridgeLimits {
  readonly conferences: number;
  readonly endpointsPerConference: number;
  /** Named sources of one endpoint. */
  readonly sourcesPerEndpoint: number;
  /** SSRCs of one endpoint, retransmission included. */
  readonly ssrcsPerEndpoint: number;
  /** RTP and RTCP packets of one endpoint a second; each is sent on to many. A high-definition camera sends some 300. */
  readonly packetsPerSecond: number;
  /** RTCP packets of one endpoint a second, which cost more than they weigh. Loss of many streams makes some hundreds. */
  readonly rtcpPerSecond: number;
  /** Length of one bridge channel message, in characters. */
  readonly channelMessageLength: number;
  /** Bridge channel messages of one endpoint a second. */
  readonly channelMessagesPerSecond: number;
  /** Only so many of the loudest participants are forwarded at a time; -1: everybody. */
  readonly loudestSpeakers: number;
  /** Whether clients are told that nobody speaks any more. */
  readonly silenceDetection: boolean;
  /** Services that one conference is exported to. */
  readonly connectsPerConference: number;
  /** Bits a second that a client may say to have, instead of what is estimated; -1: what it says does not count. */
  readonly assumedBandwidth: number;
  /** Whether layers are chosen by the bit rates that senders say they mean to send (VLA), rather than by what they have sent. */
  readonly targetBitrates: boolean;
  /** Video sources that anybody is sent at most; -1: no limit. */
  readonly lastN: number;
  /** The same by the size of a conference (its video sources) from which on it counts. */
  readonly lastNBySize: ReadonlyMap<number, number>;
}

export const DEFAULT_LIMITS: BridgeLimits = {
  conferences: 1000,
  endpointsPerConference: 250,
  sourcesPerEndpoint: 16,
  ssrcsPerEndpoint: 64,
  packetsPerSecond: 5000,
  rtcpPerSecond: 500,
  channelMessageLength: 16_384,
  channelMessagesPerSecond: 50,
  loudestSpeakers: -1,
  silenceDetection: false,
  connectsPerConference: 16,
  assumedBandwidth: -1,
  targetBitrates: false,
  lastN: -1,
  lastNBySize: new Map([
    [20, 20],
    [30, 15],
  ]),
};
