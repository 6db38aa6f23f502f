/** What server-to-server streams need of the rest. */
import type { Element } from 'ltx';
import type { Logger } from 'pino';
import type { Jid, StanzaError } from '@conclave/signaling';
import type { StanzaEvent } from '../host/host.js';
import type { StreamError } from '../stream/stream-error.js';
import type { DialbackKeys, DialbackSubject, DialbackVerdict } from './dialback.js';
import type { DomainPair } from './pair.js';
import type { Carrier } from './remote-link.js';
import type { S2sLimits } from './s2s-config.js';
import type { S2sTls } from './s2s-tls.js';

export interface S2sServices {
  readonly limits: S2sLimits;
  readonly log: Logger;
  readonly tls: S2sTls;
  /** Undefined: certificates only. */
  readonly dialback: DialbackKeys | undefined;
  /** Streams that are open, so that they can be closed with the server. */
  readonly streams: Set<{ end(error: StreamError | undefined): void }>;
  /** Whether a host of ours speaks with other servers. */
  federates(ours: string): boolean;
  /** Whether a remote domain may be spoken with; never one of ours. */
  permits(remote: string): boolean;
  /** Asks the server of a remote domain whether a key is its own. */
  verify(subject: DialbackSubject, key: string): Promise<DialbackVerdict>;
  /** Takes a stanza from a remote domain; the pair of domains is authorised. */
  admit(stanza: Element, from: Jid, to: Jid): void;
  /** Answers a stanza of ours that did not get through. */
  bounce(event: StanzaEvent, error: StanzaError): void;
  /**
   * A stream that the other server has opened takes stanzas to it too (XEP-0288). @returns what to call when it ends; undefined:
   * another stream carries them
   */
  carries(pair: DomainPair, carrier: Carrier): (() => void) | undefined;
  /** Sends a stanza of one of our hosts to a remote domain. */
  reply(stanza: Element, pair: DomainPair): void;
}
