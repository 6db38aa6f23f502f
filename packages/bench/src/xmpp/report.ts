/** The table that a comparison is printed as: ours first, then how many times as much others take. */
import type { Cost } from './measurement.js';

export type Columns = readonly string[];

const titleWidth = 36;
const width = 10;
/** Of a ratio. */
const narrow = 8;

export function heading(columns: Columns): string {
  const [, ...others] = columns;
  return [
    ''.padEnd(titleWidth),
    ...columns.map((name) => name.padStart(width)),
    ' ',
    ...others.map((name) => `/${name.slice(0, narrow - 2)}`.padStart(narrow)),
    '  wanted',
  ].join('');
}

/** @param values in the order of the columns; those at the end may be missing @param wanted of the first, at most */
export function line(title: string, values: readonly number[], wanted?: number): string {
  const [ours = Number.NaN, ...others] = values;
  const digits = ours < 100 ? 1 : 0;
  const missing = 4 - values.length;
  return [
    title.padEnd(titleWidth),
    ...values.map((value) => value.toFixed(digits).padStart(width)),
    ''.padEnd(width * missing + 1),
    ...others.map((other) => `x${(ours / other).toFixed(2)}`.padStart(narrow)),
    ''.padEnd(narrow * missing),
    wanted === undefined ? '' : `  ${wanted} (${ours <= wanted ? 'met' : 'not met'})`,
  ]
    .join('')
    .trimEnd();
}

/** How much of it was the kernel's: writing to sockets, for the most part. */
export function kernelLine(costs: readonly Cost[]): string {
  const shares = costs.map(({ kernel }) => `${Math.round(kernel * 100)} %`.padStart(width));
  return `${'  of that in the kernel'.padEnd(titleWidth)}${shares.join('')}`;
}
