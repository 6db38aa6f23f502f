/** The statistics of the bridge as Prometheus reads them. */
import { Gauge, Registry } from 'prom-client';

import type { BridgeStatistics } from '../colibri/stats.js';

const PREFIX = 'jitsi_jvb_';
/** What only ever grows ends in `_total`, as is the custom of Prometheus. */
const metricName = (name: string): string =>
  PREFIX + (name.startsWith('total_') ? `${name.slice(6)}_total` : name);

export class Metrics {
  readonly #registry = new Registry();
  readonly #gauges = new Map<string, Gauge>();

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text of `/metrics` for `statistics`: all that are numbers, truth as 0 and 1. */
  text(statistics: BridgeStatistics): Promise<string> {
    for (const [name, value] of Object.entries(statistics)) {
      const number = typeof value === 'string' && value.trim() === '' ? NaN : Number(value);
      if (Number.isFinite(number)) this.#gauge(name).set(number);
    }
    return this.#registry.metrics();
  }

  #gauge(name: string): Gauge {
    let gauge = this.#gauges.get(name);
    if (gauge === undefined) {
      gauge = new Gauge({
        name: metricName(name),
        help: name.replaceAll('_', ' '),
        registers: [this.#registry],
      });
      this.#gauges.set(name, gauge);
    }
    return gauge;
  }
}
