/** Runs a benchmark by name: `npm run bench -- forwarding [--rounds 5] [--seconds 3]`, `npm run bench -- xmpp [--only pace]`. */
import { parseArgs } from 'node:util';

import { forwarding } from './forwarding/benchmark.js';
import { xmpp } from './xmpp/benchmark.js';

/** Prints what it finds. @param only names a part of the benchmark */
type Benchmark = (
  options: ReadonlyMap<string, number>,
  print: (line: string) => void,
  only?: string,
) => Promise<void>;

const benchmarks: Readonly<Record<string, Benchmark>> = {
  forwarding,
  xmpp,
};

/** Numbers given as `--name value`. */
function numericOptions(values: Readonly<Record<string, unknown>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(values).map(([name, value]) => [name, Number(value)]));
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    connections: { type: 'string' },
    rooms: { type: 'string' },
    occupants: { type: 'string' },
    logins: { type: 'string' },
    hall: { type: 'string' },
    idle: { type: 'string' },
    many: { type: 'string' },
    minutes: { type: 'string' },
    busy: { type: 'string' },
    only: { type: 'string' },
  },
});
// What a benchmark has started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { only, ...numbers } = values;
const names = positionals.length > 0 ? positionals : Object.keys(benchmarks);
for (const name of names) {
  const benchmark = benchmarks[name];
  if (benchmark === undefined) {
    process.stderr.write(`There is no benchmark ${name}; there is: ${Object.keys(benchmarks).join(', ')}\n`);
    process.exitCode = 2;
    break;
  }
  await benchmark(numericOptions(numbers), (line) => process.stdout.write(`${line}\n`), only);
}
