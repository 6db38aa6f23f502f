/** The statistics of the focus as Prometheus reads them, by the names that dashboards know (focus reference 7). */
import { Gauge, Registry } from 'prom-client';

const PREFIX = 'jitsi_jicofo_';

interface BridgeStatistics {
  /** Its nickname in the brewery. */
  readonly name: string;
  readonly operational: boolean;
  readonly endpoints: number;
  readonly stress: number;
  readonly failingIce: boolean;
  /** Since it came. */
  readonly restartRequests: number;
  readonly endpointsMoved: number;
}

export interface Statistics {
  /** By name without prefix; what only ever grows ends in `_total`. */
  readonly values: Readonly<Record<string, number>>;
  readonly bridges: readonly BridgeStatistics[];
}

/** Told of each bridge. */
const OF_BRIDGES: Readonly<Record<string, (bridge: BridgeStatistics) => number | boolean>> = {
  bridge_endpoints: ({ endpoints }) => endpoints,
  bridge_stress: ({ stress }) => stress,
  bridge_operational: ({ operational }) => operational,
  bridge_failing_ice: ({ failingIce }) => failingIce,
  bridge_restart_requests_total: ({ restartRequests }) => restartRequests,
  bridge_endpoints_moved_total: ({ endpointsMoved }) => endpointsMoved,
};

export class Metrics {
  readonly #registry = new Registry();
  readonly #gauges = new Map<string, Gauge>();

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text of `/metrics`. Bridges that are gone are not in it. */
  text({ values, bridges }: Statistics): Promise<string> {
    for (const [name, value] of Object.entries(values)) this.#gauge(name).set(value);
    for (const [name, valueOf] of Object.entries(OF_BRIDGES)) {
      const gauge = this.#gauge(name, ['jvb']);
      gauge.reset();
      for (const bridge of bridges) gauge.set({ jvb: bridge.name }, Number(valueOf(bridge)));
    }
    return this.#registry.metrics();
  }

  #gauge(name: string, labelNames: readonly string[] = []): Gauge {
    let gauge = this.#gauges.get(name);
    if (!gauge) {
      const help = name.replaceAll('_', ' ');
      gauge = new Gauge({
        name: PREFIX + name,
        help,
        labelNames: [...labelNames],
        registers: [this.#registry],
      });
      this.#gauges.set(name, gauge);
    }
    return gauge;
  }
}
