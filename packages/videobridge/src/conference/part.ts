/**
 * What a conference is made of: a core that knows who takes part and what they send, and parts that hook into it, each with one
 * task. The core tells the parts what happens, in the order in which `parts.ts` lists them; parts know the core only as it stands
 * here.
 */
import type { MediaSource } from '@conclave/signaling';

import type { Endpoint } from './endpoint.js';
import type { Sender } from './sender.js';
import type { SentSource } from './source.js';
import type { VideoSource } from './video-source.js';

/** A conference, as its parts see it. */
export interface ConferenceCore {
  /** Those whose transport ends here, by id. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** Everybody, on other bridges too. */
  readonly senders: readonly Sender[];
  /** What the endpoints here send. */
  readonly localSources: readonly SentSource[];
  /** What everybody sends. */
  readonly sources: readonly SentSource[];
  readonly videos: readonly VideoSource[];
  /** Who sends under that endpoint id. */
  sender(endpointId: string): Sender | undefined;
  /** Whether `sources` can be those of `endpointId`: few enough, and without a clash with those of others. */
  admits(endpointId: string, sources: readonly MediaSource[]): boolean;
  /** Somebody has come to another bridge. */
  arrived(endpointId: string): void;
  /** Somebody has left another bridge. */
  left(endpointId: string): void;
  /** What there is to send, or to whom, has changed. */
  rebuild(): void;
}

/** One task of a conference. */
export interface ConferencePart {
  /** Somebody has come, here or to another bridge. */
  arrived?(endpointId: string): void;
  /** Somebody has left. */
  left?(endpointId: string): void;
  /** Who is sent what has to be worked out anew. */
  rebuild?(): void;
  /** Every 20 ms or so, on a monotonic clock in ms. */
  tick?(now: number): void;
  /** Every 500 ms. */
  report?(now: number): void;
  /** The conference is over. */
  close?(): void;
}
