/**
 * A soak: `npm run soak -- [--minutes 30] [--participants 16] [--rooms 3] [--rate 3] [--seed n]`. Exit code 0: at every rest everybody knew
 * of and got what the others sent, and no service needs more memory in the end; 1: it says what was wrong.
 */
import { parseArgs } from 'node:util';
import { openStage } from '../swarm/stage.js';
import { runSoak } from './soak.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    participants: { type: 'string', default: '16' },
    rooms: { type: 'string', default: '3' },
    rate: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
/** Minutes beyond those of the acts, for coming in and for rests. */
const spare = 10;

print(`seed ${seed}: ${values.participants} participants in ${values.rooms} rooms for ${minutes} minutes`);
const stage = await openStage();
const end = (code: number): void => void stage.stop().then(() => process.exit(code));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(1));
const limit = setTimeout(
  () => {
    print('result: FAILED, it does not come to its end');
    end(1);
  },
  (minutes + spare) * 60_000,
);
try {
  const { acts, wrong, memory } = await runSoak(stage, {
    seed,
    duration: minutes * 60_000,
    participants: Number(values.participants),
    rooms: Number(values.rooms),
    rate: Number(values.rate),
    print,
  });
  for (const each of wrong) print(`WRONG ${each}`);
  const flat = Object.values(memory).every((each) => each.flat);
  const isGood = wrong.length === 0 && flat;
  print(
    `result: ${isGood ? 'PASSED' : 'FAILED'}: ${Object.values(acts).reduce((sum, n) => sum + n, 0)} acts, ` +
      `${wrong.length} faults in views, memory ${flat ? 'flat' : 'grows'}`,
  );
  clearTimeout(limit);
  await stage.stop();
  // The library's threads would be waited for, and what they still hold taken away under them.
  process.exit(isGood ? 0 : 1);
} catch (error) {
  print(`result: FAILED: ${String(error)}`);
  end(1);
}
