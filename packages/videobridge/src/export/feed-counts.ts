/** What has become of the feeds, counted since each was opened, by the kinds that operators of Jitsi's exporter know. */
import type { IncomingEvent } from './media-json.js';

export interface FeedCounts {
  /** Feeds that were opened; a connection that comes back is none. */
  starts: number;
  packetsSent: number;
  packetsDropped: number;
  /** Connections that could not be had, or were lost. */
  failures: number;
  /** Of these, which the service closed because of an error of its own (RFC 6455 section 7.4.1: 1011). */
  internalErrors: number;
  transcriptsReceived: number;
  /** Packets of sound that a service has made. */
  mediaEventsReceived: number;
  /** Beginnings and ends of what a service makes. */
  sendingChangesReceived: number;
  infoReceived: number;
  /** Other messages that were understood, but for answers to pings. */
  otherMessagesReceived: number;
  parseFailures: number;
}

export const NO_COUNTS: Readonly<FeedCounts> = {
  starts: 0,
  packetsSent: 0,
  packetsDropped: 0,
  failures: 0,
  internalErrors: 0,
  transcriptsReceived: 0,
  mediaEventsReceived: 0,
  sendingChangesReceived: 0,
  infoReceived: 0,
  otherMessagesReceived: 0,
  parseFailures: 0,
};

const KINDS: Readonly<Record<IncomingEvent['event'], keyof FeedCounts | undefined>> = {
  'transcription-result': 'transcriptsReceived',
  media: 'mediaEventsReceived',
  start: 'sendingChangesReceived',
  stop: 'sendingChangesReceived',
  info: 'infoReceived',
  other: 'otherMessagesReceived',
  ping: 'otherMessagesReceived',
  pong: undefined,
};

/** Counts what a service has said; undefined: it was not understood. */
export function countEvent(counts: FeedCounts, event: IncomingEvent | undefined): void {
  const kind = event === undefined ? 'parseFailures' : KINDS[event.event];
  if (kind !== undefined) counts[kind] += 1;
}
