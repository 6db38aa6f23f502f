/** What one peer may cost the server; every number can be configured, and each default is meant to be safe on the open Internet. */
import type { ParserLimits } from './stream/parser-limits.js';
import type { BoshLimits } from './listeners/bosh/terms.js';
import type { Rate } from './stream/token-bucket.js';

export interface ServerLimits {
  /** Of stanzas before and after a client has authenticated. */
  readonly unauthenticated: ParserLimits;
  readonly authenticated: ParserLimits;
  /** How fast clients are read; service accounts and components are exempt. */
  readonly rate: Rate;
  /** Bytes that may wait for a peer that does not read; beyond, it is cut off. */
  readonly maxUnsentBytes: number;
  /** Milliseconds from connecting to binding a resource. */
  readonly loginTimeout: number;
  /** Milliseconds that a peer has to close its side of a stream. */
  readonly closeGrace: number;
  /** Milliseconds without anything from a client before it is probed; twice that, and it is taken for gone. */
  readonly idleTimeout: number;
  readonly bosh: BoshLimits;
  readonly connectionsPerAddress: number;
  /** Bound sessions, those that hibernate included. */
  readonly sessionsPerAddress: number;
  /** SASL attempts on one stream. */
  readonly loginAttempts: number;
  /** Milliseconds for which a token stands in for a password (XEP-0484). */
  readonly tokenLifetime: number;
  readonly sessionsPerAccount: number;
  /** Milliseconds that a session without connection waits to be resumed (XEP-0198). */
  readonly hibernation: number;
  /** Milliseconds that a service whose session is replaced at its address has to take its place in rooms over before it leaves them. */
  readonly succession: number;
  /**
   * Milliseconds after enabling stream management before acknowledgements are asked for: some clients start to count a moment later
   * than they should.
   */
  readonly ackDelay: number;
  /** Unacknowledged stanzas kept for a session. */
  readonly unackedStanzas: number;
  readonly unackedBytes: number;
  /** Addresses to which a session has sent directed presence. */
  readonly directedPresences: number;
  /** IQs of a session being answered at the same time, and IQs of a host waiting for an answer. */
  readonly pendingIqs: number;
  readonly pendingRequests: number;
  /** Milliseconds a host waits for the answer to an IQ of its own. */
  readonly requestTimeout: number;
  /** PBKDF2 iterations of new credentials. */
  readonly scramIterations: number;
}

/** The limits of a running server: whoever needs one looks it up when it matters. */
export type LiveLimits = { -readonly [K in keyof ServerLimits]: ServerLimits[K] };

export const defaultLimits: ServerLimits = {
  unauthenticated: { stanzaBytes: 10_000, depth: 16, attributes: 32, elements: 200 },
  authenticated: { stanzaBytes: 262_144, depth: 64, attributes: 64, elements: 25_000 },
  rate: { bytesPerSecond: 131_072, burst: 524_288 },
  maxUnsentBytes: 16 * 1024 * 1024,
  loginTimeout: 60_000,
  closeGrace: 5_000,
  idleTimeout: 60_000,
  bosh: { wait: 60_000, hold: 1, inactivity: 60_000, polling: 5_000, pause: 120_000 },
  connectionsPerAddress: 1_000,
  sessionsPerAddress: 2_000,
  loginAttempts: 5,
  tokenLifetime: 21 * 86_400_000,
  sessionsPerAccount: 20,
  hibernation: 60_000,
  succession: 10_000,
  ackDelay: 1_000,
  unackedStanzas: 5_000,
  unackedBytes: 8 * 1024 * 1024,
  directedPresences: 200,
  pendingIqs: 64,
  pendingRequests: 1_024,
  requestTimeout: 30_000,
  scramIterations: 10_000,
};
