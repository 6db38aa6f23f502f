/** What has happened on a bridge since its start, beside its traffic: its conferences and bridge channels count it up. */

export interface BridgeTotals {
  endpoints: number;
  /** Of these, who only looked on. */
  visitors: number;
  relays: number;
  /** Times that an endpoint has fallen silent, and was heard of again. */
  endpointsDisconnected: number;
  endpointsReconnected: number;
  /** Endpoints that had no bridge channel half a minute after they were connected; and links to other bridges. */
  endpointsWithoutChannel: number;
  relaysWithoutChannel: number;
  /** How bridge channels over WebSocket have ended: as they should, or not; and how many have failed on the way. */
  webSocketsClosedNormally: number;
  webSocketsClosedAbnormally: number;
  webSocketErrors: number;
}

export const noTotals = (): BridgeTotals => ({
  endpoints: 0,
  visitors: 0,
  relays: 0,
  endpointsDisconnected: 0,
  endpointsReconnected: 0,
  endpointsWithoutChannel: 0,
  relaysWithoutChannel: 0,
  webSocketsClosedNormally: 0,
  webSocketsClosedAbnormally: 0,
  webSocketErrors: 0,
});
