/** What the processes of the forwarding benchmark tell each other. */

/** To the process under test, and its answers. */
export type SubjectCommand =
  | { readonly kind: 'offers'; readonly count: number }
  /** SDP answers, in the order of the offers. */
  | { readonly kind: 'answers'; readonly answers: readonly string[] }
  | { readonly kind: 'measure' }
  | { readonly kind: 'stop' };

export type SubjectReply =
  | { readonly kind: 'offers'; readonly offers: readonly string[] }
  | { readonly kind: 'connected' }
  | { readonly kind: 'measured'; readonly measurement: Measurement };

/** Totals since the process started. */
export interface Measurement {
  /** CPU time of the process, all threads, in microseconds. */
  readonly cpu: number;
  /** Packets sent to receivers. */
  readonly forwarded: number;
}

/** To the load generator, and its answers. The first offer is the sender's. */
export type LoadCommand =
  | { readonly kind: 'offers'; readonly offers: readonly string[] }
  /** Packets a second; 0 pauses. */
  | { readonly kind: 'rate'; readonly rate: number }
  | { readonly kind: 'count' }
  | { readonly kind: 'stop' };

export type LoadReply =
  | { readonly kind: 'answers'; readonly answers: readonly string[] }
  | { readonly kind: 'connected' }
  /** Packets that all receivers together have got. */
  | { readonly kind: 'counted'; readonly received: number };

/** Sends `message` to the parent process. */
export function tell(message: SubjectReply | LoadReply): void {
  process.send?.(message);
}
