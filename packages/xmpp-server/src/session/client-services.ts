/** What every client's stream needs of the server. */
import type { Element } from 'ltx';
import type { Logger } from 'pino';
import type { LocalHost } from '../host/local-host.js';
import type { ServerLimits } from '../limits.js';
import type { AddressCap } from '../listeners/address-cap.js';
import type { StreamError } from '../stream/stream-error.js';
import type { LoginThrottle } from './login-throttle.js';
import type { Redirection } from './redirection.js';
import type { SessionRegistry } from './session-registry.js';
import type { Session } from './session.js';

export interface ClientServices {
  readonly limits: ServerLimits;
  readonly log: Logger;
  readonly sessions: SessionRegistry;
  readonly throttle: LoginThrottle;
  /** Bound sessions of an address; one that hibernates still costs its address. */
  readonly sessionCap: AddressCap;
  /** Streams that are open, so that they can be closed with the server. */
  readonly streams: Set<{ end(error: StreamError | undefined): void }>;
  readonly stanzas: { accept(session: Session, stanza: Element): void };
  host(name: string): LocalHost | undefined;
  /** Where the clients of a host are sent instead; undefined: nowhere. */
  redirection(host: string): Redirection | undefined;
  /** A session has ended for good. */
  ended(session: Session, reason: string): void;
}
