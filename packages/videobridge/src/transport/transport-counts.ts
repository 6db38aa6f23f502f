/** How the transports of a bridge have fared since its start: ICE, then DTLS, to endpoints and to other bridges. */

/** Attempts to move a transport to another path (`ice-restart`). */
export interface IceRestartCounts {
  started: number;
  succeeded: number;
  failed: number;
  rejected: number;
  superseded: number;
  /** Asked for before there was a connection. */
  notEstablished: number;
  agentCreationFailed: number;
}

export interface TransportCounts {
  iceSucceeded: number;
  /** Of these by way of a relay (TURN) on either side. */
  iceSucceededRelayed: number;
  readonly endpoints: { iceFailed: number; dtlsFailed: number };
  readonly links: { iceFailed: number; dtlsFailed: number };
  readonly iceRestarts: IceRestartCounts;
}

export const noTransportCounts = (): TransportCounts => ({
  iceSucceeded: 0,
  iceSucceededRelayed: 0,
  endpoints: { iceFailed: 0, dtlsFailed: 0 },
  links: { iceFailed: 0, dtlsFailed: 0 },
  iceRestarts: {
    started: 0,
    succeeded: 0,
    failed: 0,
    rejected: 0,
    superseded: 0,
    notEstablished: 0,
    agentCreationFailed: 0,
  },
});

/** One end of the path that media takes. */
interface PathEnd {
  readonly address: string;
  readonly port: number;
  /** `host`, `srflx`, `prflx` or `relay`. */
  readonly type: string;
}

/** What ICE has come to. */
export interface IceCondition {
  readonly state: string;
  /** Whether there has been a path that works: what fails afterwards is DTLS. */
  readonly established: boolean;
  readonly local?: PathEnd;
  readonly remote?: PathEnd;
}

/** Notes that a transport is connected, or has failed with ICE in the state `ice`. */
export function countTransport(
  counts: TransportCounts,
  outcome: 'connected' | 'failed',
  ice: IceCondition,
  peer: 'endpoints' | 'links',
): void {
  if (outcome === 'connected') {
    counts.iceSucceeded += 1;
    if (ice.local?.type === 'relay' || ice.remote?.type === 'relay') counts.iceSucceededRelayed += 1;
  } else if (ice.established) counts[peer].dtlsFailed += 1;
  else counts[peer].iceFailed += 1;
}
