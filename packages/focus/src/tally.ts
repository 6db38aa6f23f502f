/** What the focus has done since its start, counted under the names that dashboards know (focus reference 7). */

const COUNTED = [
  'bridges_removed',
  'conference_requests',
  'conference_requests_new',
  'conferences_created',
  'conferences_seconds',
  'ice_restarts_failed',
  'ice_restarts_not_needed',
  'ice_restarts_relayed',
  'ice_restarts_requested',
  'jibri_live_streaming_failures',
  'jibri_no_instance_failures',
  'jibri_recording_failures',
  'jibri_sip_failures',
  'jigasi_iq_handler_accepted_requests',
  'jigasi_iq_handler_instance_errors',
  'jigasi_iq_handler_instance_timeouts',
  'jigasi_iq_handler_rejected_requests',
  'jigasi_iq_handler_retries',
  'load_redistributor_endpoints_moved',
  'participants',
  'participants_ice_failed',
  'participants_moved',
  'participants_restart_requested',
  'xmpp_disconnects',
] as const;

type Jingled = `jingle_${string}_${'sent' | 'received'}`;
export type Counted = (typeof COUNTED)[number] | Jingled;

export class Tally {
  readonly #counts = new Map<Counted, number>(COUNTED.map((name) => [name, 0]));

  add(name: Counted, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  /** By name with the ending that says that it only ever grows. */
  get totals(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].map(([name, count]) => [`${name}_total`, count]));
  }
}

/** The counter of a Jingle action. */
export const jingled = (action: string, direction: 'sent' | 'received'): Jingled =>
  `jingle_${action.replaceAll('-', '_')}_${direction}`;
