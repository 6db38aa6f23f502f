/** The SIP gateways and transcribers (Jigasi) that are in their brewery, and which of them takes a call. */
import { type BridgeStats, decodeBridgeStats } from '@conclave/signaling';
import type { Occupant } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { BreweryTable } from '../brewery.js';

/** What a gateway is asked for. */
export type GatewayService = 'sip' | 'transcription';

const SUPPORTS: Readonly<Record<GatewayService, string>> = {
  sip: 'supports_sip',
  transcription: 'supports_transcription',
};

interface GatewayRegions {
  /** Regions that are as good as each other. */
  readonly groups: readonly (readonly string[])[];
  /** Where this focus is. */
  readonly local?: string | undefined;
}

export class Gateways implements BreweryTable {
  readonly #regions: GatewayRegions;
  readonly #log: Logger;
  readonly #byJid = new Map<string, BridgeStats>();

  constructor(regions: GatewayRegions, log: Logger) {
    this.#regions = regions;
    this.#log = log;
  }

  get size(): number {
    return this.#byJid.size;
  }

  /** How many can do it; `ending`: and shut down gracefully. */
  count(service: GatewayService, ending = false): number {
    return [...this.#byJid.values()].filter(
      (stats) => stats[SUPPORTS[service]] === 'true' && (!ending || stats['graceful_shutdown'] === 'true'),
    ).length;
  }

  present({ jid, presence }: Occupant): void {
    const stats = decodeBridgeStats(presence);
    if (!stats) return;
    if (!this.#byJid.has(jid)) this.#log.info({ gateway: jid }, 'gateway found');
    this.#byJid.set(jid, stats);
  }

  remove(jid: string): void {
    if (this.#byJid.delete(jid)) this.#log.info({ gateway: jid }, 'gateway left');
  }

  clear(): void {
    for (const jid of [...this.#byJid.keys()]) this.remove(jid);
  }

  /**
   * Occupant JID of the one with the fewest participants that can do it, in one of `regions` if there is one, else in one as good as these,
   * else near the focus, else anywhere.
   * `undefined`: there is none but those in `excluded`.
   */
  select(
    service: GatewayService,
    regions: ReadonlySet<string>,
    excluded: ReadonlySet<string>,
  ): string | undefined {
    const able = [...this.#byJid].filter(
      ([jid, stats]) =>
        stats[SUPPORTS[service]] === 'true' && stats['graceful_shutdown'] !== 'true' && !excluded.has(jid),
    );
    const { groups, local } = this.#regions;
    const asGood = new Set(groups.filter((group) => group.some((each) => regions.has(each))).flat());
    const preferred = [regions, asGood, new Set(local === undefined ? [] : [local])];
    const near = preferred
      .map((some) => able.filter(([, { region }]) => region !== undefined && some.has(region)))
      .find((found) => found.length > 0);
    const [chosen] = (near ?? able).sort(([, a], [, b]) => load(a) - load(b));
    return chosen?.[0];
  }
}

const load = ({ participants }: BridgeStats): number => Number(participants) || 0;
