/** What `conclave config` prints: each key, its effective value, and where the value came from. */
import type { EffectiveSetting, Origin } from './load.js';
import type { Setting } from './setting.js';

export function printConfig(effective: readonly EffectiveSetting[]): string {
  const rows = effective.map(({ setting, value, origin }) => [
    setting.path.join('.'),
    valueText(setting, value),
    originText(origin),
  ]);
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [first, second] = [width(0), width(1)];
  return rows
    .map(([key = '', value = '', from = '']) => `${key.padEnd(first)}  ${value.padEnd(second)}  ${from}\n`)
    .join('');
}

function valueText({ secret }: Setting, value: unknown): string {
  if (value === undefined) return '(unset)';
  if (secret === true) return '(set, not shown)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function originText(origin: Origin): string {
  switch (origin.from) {
    case 'default':
      return 'default';
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'environment':
      return `environment, ${origin.variable}`;
  }
}
