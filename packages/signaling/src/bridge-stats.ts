/** A bridge's statistics (`<stats xmlns='http://jitsi.org/protocol/colibri'/>`) in its presence in the brewery. */
import { type Element, attribute, el } from './elements.js';
import { NS } from './namespaces.js';

/** Names and values as they stand on the wire, e.g. `{ stress_level: '0.12', healthy: 'true' }`. */
export type BridgeStats = Readonly<Record<string, string>>;

export function encodeBridgeStats(stats: Readonly<Record<string, string | number | boolean>>): Element {
  return el(
    'stats',
    { xmlns: NS.colibri },
    Object.entries(stats).map(([name, value]) => el('stat', { name, value })),
  );
}

/** The statistics in a presence; undefined when it carries none. Entries without name or value say nothing. */
export function decodeBridgeStats(presence: Element): BridgeStats | undefined {
  const stats = presence.getChild('stats', NS.colibri);
  if (stats === undefined) return undefined;
  return Object.fromEntries(
    stats.getChildren('stat').flatMap((stat) => {
      const name = attribute(stat, 'name');
      const value = attribute(stat, 'value');
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}
