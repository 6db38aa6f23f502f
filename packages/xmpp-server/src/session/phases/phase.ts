/**
 * How far a client's stream has come (RFC 6120 s.4.3). Each phase is a class that knows what may be said in it, and holds what is known
 * only from then on; the one way from a phase to the next is `follow`.
 */
import type { Element } from 'ltx';
import type { Logger } from 'pino';
import type { Jid } from '@conclave/signaling';
import type { LocalHost } from '../../host/local-host.js';
import type { StreamError } from '../../stream/stream-error.js';
import type { Transport } from '../../stream/transport.js';
import type { ClientServices } from '../client-services.js';
import type { SaslProfile } from '../sasl-profile.js';
import type { Session, SessionStream } from '../session.js';
import { handleManagement } from '../stream-management.js';

export type PhaseName = 'connecting' | 'secured' | 'authenticated' | 'bound' | 'closed';

const next: Readonly<Record<PhaseName, readonly PhaseName[]>> = {
  connecting: ['secured', 'closed'],
  secured: ['authenticated', 'closed'],
  authenticated: ['bound', 'closed'],
  bound: ['closed'],
  closed: [],
};

/** The phase that comes now. Throws when it cannot come after the one before: that is a bug. */
export function follow(before: Phase, phase: Phase): Phase {
  if (!next[before.name].includes(phase.name)) {
    throw new Error(`a stream that is ${before.name} cannot become ${phase.name}`);
  }
  before.leave();
  return phase;
}

/** What a phase may do with the stream that is in it. */
export interface PhaseStream extends SessionStream {
  readonly transport: Transport;
  readonly services: ClientServices;
  /** Whom the client connects to; its header has been read. */
  readonly host: LocalHost;
  /** Who the client's header says it is. */
  readonly claimedFrom: string | undefined;
  readonly log: Logger;
  /** Who the client is, is known from now on. */
  authenticated(account: Jid): void;
  /** Moves on to the next phase. */
  enter(phase: Phase): void;
  isIn(phase: Phase): boolean;
  /** From now on the client has to open a stream before it may send anything else. */
  awaitHeader(): void;
  /** Ends the stream, and with it the session if there is one. */
  fail(error: StreamError | undefined): void;
}

export abstract class Phase {
  abstract readonly name: PhaseName;
  readonly session: Session | undefined;

  constructor(protected readonly stream: PhaseStream) {}

  /** Finds out what `features` depends on; undefined: it is known. */
  prepare(): Promise<void> | undefined {
    return undefined;
  }

  /** `<stream:features/>`. */
  abstract features(): string;

  abstract stanza(stanza: Element): void | Promise<void>;

  /** Absent: the time for it is over. @param element of the profile's namespace */
  authenticate?(element: Element, profile: SaslProfile): void | Promise<void>;

  /** An element of no namespace that the core knows; absent: nobody knows one. @returns whether anybody knows what is meant */
  extension?(element: Element): boolean;

  /** An element of stream management (XEP-0198). */
  manage(element: Element): void {
    const { services } = this.stream;
    const context = { services, session: undefined, account: undefined, stream: this.stream };
    const { xml, error } = handleManagement(element, context);
    if (error !== undefined) this.stream.fail(error);
    else for (const each of xml) this.stream.write(each);
  }

  /** Last chance to add to what goes out together now. */
  flushing(): void {
    // Nothing goes along.
  }

  /** What runs for this phase ends. */
  leave(): void {
    // Nothing runs.
  }
}
