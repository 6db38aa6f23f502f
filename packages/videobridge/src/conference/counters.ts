/** Counters of the same names are added up: of what is, and of what has been. */
export function addCounters<Name extends string>(
  left: Readonly<Record<Name, number>>,
  right: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const sum: Record<Name, number> = { ...left };
  for (const name of Object.keys(sum) as Name[]) sum[name] += right[name];
  return sum;
}
