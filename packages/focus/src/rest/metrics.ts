/** The statistics of the focus as Prometheus reads them, by the names that dashboards know (focus reference 7). */
import { Gauge, Registry } from 'prom-client';

const PREFIX = 'jitsi_jicofo_';

interface BridgeStatistics {
  /** Its nickname in the brewery. */
  readonly name: string;
  readonly operational: boolean;
  readonly endpoints: number;
  readonly stress: number;
}

export interface Statistics {
  /** By name without prefix; what only ever grows ends in `_total`. */
  readonly values: Readonly<Record<string, number>>;
  readonly bridges: readonly BridgeStatistics[];
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #gauges = new Map<string, Gauge>();

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text of `/metrics`. Bridges that are gone are not in it. */
  text({ values, bridges }: Statistics): Promise<string> {
    for (const [name, value] of Object.entries(values)) this.#gauge(name).set(value);
    const endpoints = this.#gauge('bridge_endpoints', ['jvb']);
    const stress = this.#gauge('bridge_stress', ['jvb']);
    const operational = this.#gauge('bridge_operational', ['jvb']);
    for (const gauge of [endpoints, stress, operational]) gauge.reset();
    for (const bridge of bridges) {
      endpoints.set({ jvb: bridge.name }, bridge.endpoints);
      stress.set({ jvb: bridge.name }, bridge.stress);
      operational.set({ jvb: bridge.name }, Number(bridge.operational));
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
