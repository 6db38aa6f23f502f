/** One peer's connection as the streams above see it: elements in, XML out. Listeners implement it; sessions drive it. */
import type { Element } from 'ltx';
import type { Jid } from '@conclave/signaling';
import type { ConnectionParameters } from './connection-parameters.js';
import type { ParserLimits } from './parser-limits.js';
import type { StreamError } from './stream-error.js';
import type { Rate } from './token-bucket.js';

/** What a peer's stream header (RFC 6120 s.4.7) or `<open/>` (RFC 7395 s.3.4) says, unchecked. */
export interface StreamHeader {
  readonly to: string | undefined;
  readonly from: string | undefined;
  readonly version: string | undefined;
  /** Of the answer to a header of ours. */
  readonly id?: string | undefined;
}

/** What the server's own header says. */
export interface ResponseHeader {
  readonly id: string;
  readonly from: string | undefined;
}

/** The header of a stream that the server begins: the answer gives it its id (RFC 6120 s.4.7.3). */
export interface InitialHeader {
  readonly id?: undefined;
  readonly from: string;
  readonly to: string;
}

/** What a transport tells; called in the order of the wire, and never after `gone`. */
export interface TransportSink {
  opened(header: StreamHeader): void;
  element(element: Element): void;
  /** The peer closed its stream properly. */
  closed(): void;
  /** What the peer sent ends the stream; nothing more is read. */
  failed(error: StreamError): void;
  /** The connection is gone; nothing can be written any more. */
  gone(): void;
  /** Last chance to add to what goes out together now. */
  flushing(): void;
}

/** By type (RFC 5056 s.7), the data that binds a login to this connection; the strongest first. */
export type ChannelBindings = ReadonlyMap<string, Buffer>;

export const noBindings: ChannelBindings = new Map<string, Buffer>();

/** Where a peer is served instead, by the kind of its transport. */
export interface Elsewhere {
  /** Host name or address, with a port or without. */
  readonly host?: string | undefined;
  readonly webSocket?: string | undefined;
  readonly bosh?: string | undefined;
}

export interface Transport {
  readonly kind: 'tcp' | 'websocket' | 'bosh';
  /** The peer's IP address, as far as trusted proxies tell. */
  readonly address: string;
  /** Whether one may log in: TLS is up, or is not ours to set up. */
  readonly secure: boolean;
  /** Whether nobody on the way can read along, as far as is known. */
  readonly confidential: boolean;
  /** None where TLS is not ours. */
  readonly bindings: ChannelBindings;
  /** Addresses that are the peer's by a certificate of an authority that is trusted with that; none where TLS is not ours. */
  readonly certified: readonly Jid[];
  /** Whether STARTTLS can be offered now. */
  readonly canStartTls: boolean;
  /** What the peer said outside the stream, as it connected; not verified. */
  readonly parameters: ConnectionParameters;
  /** When anything was last received, in milliseconds since the epoch. */
  readonly lastReceived: number;
  start(sink: TransportSink): void;
  openStream(header: ResponseHeader): void;
  /** Writes one complete element that declares its own namespaces. */
  write(xml: string): void;
  /** After this the peer must open a new stream (RFC 6120 s.4.3.3). Whatever it sent ahead is dropped. */
  restart(): void;
  /** Proceeds with TLS (RFC 6120 s.5.4.3.3), having told the peer so, and awaits a new stream. */
  startTls(): void;
  /** Provokes the peer's connection into showing that it is alive, where the transport has a way to. */
  probe(): void;
  /** Stops reading until `resume`; what has been parsed already still comes. */
  pause(): void;
  resume(): void;
  /** Limits and rate (`undefined`: none) for what comes from now on. */
  admit(limits: ParserLimits, rate: Rate | undefined): void;
  /**
   * As `close`, having told the peer where to go instead; for clients only. @returns false, with nothing done, when it is not known
   * where for this kind of transport
   */
  redirect(elsewhere: Elsewhere): boolean;
  /** Closes the stream, then the connection, by force if the peer does not follow. */
  close(): void;
  /** Cuts the connection. */
  destroy(): void;
}
