/** How the server speaks with other servers, and what that may cost. */
import type { ParserLimits } from '../stream/parser-limits.js';
import type { Rate } from '../stream/token-bucket.js';
import type { Resolver } from './resolver.js';

export interface S2sConfig {
  /** Where other servers connect; port 0: any free one. */
  readonly host: string;
  readonly port: number;
  /** Where those connect that begin with TLS (XEP-0368). Default: nowhere. */
  readonly directTls?: { readonly host: string; readonly port: number };
  /** The remote domains that may be spoken with: exactly these, no sub-domains. */
  readonly allow: readonly string[];
  /**
   * Whether a domain without a valid certificate is believed when the server that DNS names for it says so (XEP-0220). Default: no.
   */
  readonly dialback?: boolean;
  /** PEM certificates of the authorities that are trusted. Default: those of Node.js. */
  readonly authorities?: string;
  /** Where the servers of remote domains are. Default: as DNS says. */
  readonly resolve?: Resolver;
  readonly limits?: Partial<S2sLimits>;
}

export interface S2sLimits {
  readonly unauthenticated: ParserLimits;
  readonly authenticated: ParserLimits;
  /** How fast a stream is read. */
  readonly rate: Rate;
  readonly connectionsPerAddress: number;
  /** Milliseconds until a TCP connection stands. */
  readonly connectTimeout: number;
  /** Milliseconds from then until it is authenticated. */
  readonly authTimeout: number;
  /** Milliseconds without a stanza after which a stream is closed. */
  readonly idleTimeout: number;
  /** Milliseconds for which a domain that could not be reached is not tried again. */
  readonly retryDelay: number;
  /** What waits for a stream to be authenticated. */
  readonly queuedStanzas: number;
  readonly queuedBytes: number;
  readonly maxUnsentBytes: number;
  readonly closeGrace: number;
  /** What one stream keeps of what the other server has not acknowledged (XEP-0198). */
  readonly unackedStanzas: number;
  readonly unackedBytes: number;
  /** Milliseconds that the other server has to acknowledge what it is asked about. */
  readonly ackTimeout: number;
  /** Domain pairs that one incoming stream may ask for. */
  readonly pairsPerStream: number;
  /** Dialback keys of one remote domain that are being verified at a time. */
  readonly verifications: number;
}

export const defaultS2sLimits: S2sLimits = {
  unauthenticated: { stanzaBytes: 10_000, depth: 16, attributes: 32, elements: 200 },
  authenticated: { stanzaBytes: 524_288, depth: 64, attributes: 64, elements: 25_000 },
  rate: { bytesPerSecond: 262_144, burst: 1_048_576 },
  connectionsPerAddress: 50,
  connectTimeout: 10_000,
  authTimeout: 30_000,
  idleTimeout: 600_000,
  retryDelay: 5_000,
  queuedStanzas: 1_000,
  queuedBytes: 1024 * 1024,
  maxUnsentBytes: 16 * 1024 * 1024,
  closeGrace: 5_000,
  unackedStanzas: 1_000,
  unackedBytes: 1024 * 1024,
  ackTimeout: 30_000,
  pairsPerStream: 16,
  verifications: 4,
};
