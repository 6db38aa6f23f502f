/** Switching on the trace of one endpoint: how long and how much, within bounds that do not burden the bridge. */
import type { PacketTrace } from '../send/packet-trace.js';

/** An endpoint whose packets can be traced. */
export interface TracedEndpoint {
  readonly trace: PacketTrace | undefined;
  /** @param duration in ms @param packets that are held at most */
  beginTrace(duration: number, packets: number): void;
  endTrace(): void;
}

const SECONDS = { usual: 30, most: 600 };
const PACKETS = { usual: 5000, most: 20_000 };
/** Endpoints that are traced at the same time. */
const MOST_TRACES = 4;

/**
 * Begins a trace as `body` (`{ "seconds": 30, "packets": 5000 }`, either may be absent) asks. Answers why not.
 * @param running traces that there are already
 */
export function beginTrace(
  endpoint: TracedEndpoint,
  body: unknown,
  running: number,
): { readonly status: number; readonly reason: string } | undefined {
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) {
    return { status: 400, reason: 'the body must be an object' };
  }
  const { seconds = SECONDS.usual, packets = PACKETS.usual } = (body ?? {}) as Record<string, unknown>;
  if (!isWithin(seconds, SECONDS.most)) {
    return { status: 400, reason: `seconds must be a whole number from 1 to ${SECONDS.most}` };
  }
  if (!isWithin(packets, PACKETS.most)) {
    return { status: 400, reason: `packets must be a whole number from 1 to ${PACKETS.most}` };
  }
  if (endpoint.trace === undefined && running >= MOST_TRACES) {
    return { status: 409, reason: `${MOST_TRACES} endpoints are traced already` };
  }
  endpoint.beginTrace(seconds * 1000, packets);
  return undefined;
}

const isWithin = (value: unknown, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
