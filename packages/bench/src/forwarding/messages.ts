/** What the processes of the forwarding benchmark tell each other; what a subject and the load have to agree on goes through the benchmark. */
import type { Scenario } from './scenario.js';

/** To the process under test. */
export type SubjectCommand =
  | { readonly kind: 'begin'; readonly scenario: Scenario }
  /** A connection of the load, as it asked for. */
  | { readonly kind: 'described'; readonly connection: string; readonly sdp: string }
  | { readonly kind: 'stop' };

export type SubjectReply =
  | { readonly kind: 'load'; readonly command: LoadCommand }
  /** All connections are there. @param pid of the process that forwards */
  | { readonly kind: 'ready'; readonly pid: number }
  /** What has to run before anybody connects does. */
  | { readonly kind: 'idle'; readonly pid: number };

/** To the load generator. A connection sends what endpoint `sends` has to send, if it says so. */
export type LoadCommand =
  | { readonly kind: 'answer'; readonly connection: string; readonly offer: string; readonly sends?: number }
  | { readonly kind: 'offer'; readonly connection: string; readonly sends: number }
  | { readonly kind: 'accept'; readonly connection: string; readonly answer: string }
  /** Resolved by `connected`. */
  | { readonly kind: 'connect'; readonly scenario: Scenario }
  /** How large frames are to be, 1: as usual; 0 pauses. */
  | { readonly kind: 'send'; readonly factor: number }
  | { readonly kind: 'count' }
  | { readonly kind: 'stop' };

export type LoadReply =
  | { readonly kind: 'described'; readonly connection: string; readonly sdp: string }
  | { readonly kind: 'connected' }
  /** Totals; and a sample of how long packets took since the last count, in ms, and those that went no way at all. */
  | {
      readonly kind: 'counted';
      readonly expected: number;
      readonly received: number;
      readonly latencies: readonly number[];
      readonly control: readonly number[];
    };

/** Sends `message` to the parent process. */
export function tell(message: SubjectReply | LoadReply): void {
  process.send?.(message);
}

/** The address that a process of the benchmark has: on loopback, or in its network namespace. */
export const ownAddress = process.env['BENCH_ADDRESS'] ?? '127.0.0.1';
