/**
 * A soak: `npm run soak -- [--minutes 30] [--participants 16] [--rooms 3] [--rate 2] [--seed n] [--relays]`. Exit code 0: at every rest
 * everybody knew of and got what the others sent, and no service needs more in the end; 1: it says what was wrong. With `--relays`
 * everybody is on another bridge than the one before, so that conferences span both.
 */
import { parseArgs } from 'node:util';
import { openStage } from '../swarm/stage.js';
import { inspectable } from './inspector.js';
import { runSoak } from './soak.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    participants: { type: 'string', default: '16' },
    rooms: { type: 'string', default: '3' },
    rate: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    relays: { type: 'boolean', default: false },
  },
});
const print = (line: string): void =>
  void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
/** Minutes beyond those of the acts, for coming in and for rests. */
const spare = 20;
/** Sessions of those who vanished are not waited for for long, so that rests are short. */
const quick = { CONCLAVE_XMPP_LIMITS_HIBERNATION_SECONDS: '15' };
const spanning = { CONCLAVE_FOCUS_BRIDGES_STRATEGY: 'split', CONCLAVE_FOCUS_BRIDGES_RELAYS: 'true' };

print(
  `seed ${seed}: ${values.participants} participants in ${values.rooms} rooms for ${minutes} minutes${values.relays ? ', over relays' : ''}`,
);
const stage = await openStage({ ...inspectable, ...quick, ...(values.relays && spanning) });
const end = (code: number): void => void stage.stop().then(() => process.exit(code));
// Whatever is wrong with the soak itself, the services do not outlive it.
process.once('uncaughtException', (error) => {
  print(`result: FAILED: ${error.stack ?? error.message}`);
  end(1);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(1));
const limit = setTimeout(
  () => {
    print('result: FAILED, it does not come to its end');
    end(1);
  },
  (minutes + spare) * 60_000,
);
try {
  const { acts, media, resumptions, wrong, vitals } = await runSoak(stage, {
    seed,
    duration: minutes * 60_000,
    participants: Number(values.participants),
    rooms: Number(values.rooms),
    rate: Number(values.rate),
    print,
  });
  for (const each of wrong) print(`WRONG ${each}`);
  print('service         minutes  core %  RAM MiB      heap MiB       files');
  const change = (
    { before, after, flat }: { before: number; after: number; flat: boolean },
    digits: number,
  ): string => `${before.toFixed(digits)} > ${after.toFixed(digits)}${flat ? '' : ' GROWS'}`;
  for (const [service, { age, cpu, resident, heap, files }] of vitals) {
    print(
      `${service.padEnd(15)} ${(age / 60_000).toFixed(0).padStart(7)} ${(cpu * 100).toFixed(0).padStart(7)}  ` +
        `${change(resident, 0).padEnd(12)} ${change(heap, 1).padEnd(14)} ${change(files, 0)}`,
    );
  }
  const flat = [...vitals.values()].every(
    ({ resident, heap, files }) => resident.flat && heap.flat && files.flat,
  );
  const isGood = wrong.length === 0 && flat;
  print(
    `${media.shown} frames shown, ${media.switches} changes of layers, ${media.lost} losses not mended, ` +
      `${media.feedbacks} feedbacks, ${resumptions} XMPP sessions resumed`,
  );
  print(
    `result: ${isGood ? 'PASSED' : 'FAILED'}: ${Object.values(acts).reduce((sum, n) => sum + n, 0)} acts, ` +
      `${wrong.length} faults, what the services need ${flat ? 'is flat' : 'grows'}`,
  );
  clearTimeout(limit);
  await stage.stop();
  // The library's threads would be waited for, and what they still hold taken away under them.
  process.exit(isGood ? 0 : 1);
} catch (error) {
  print(`result: FAILED: ${String(error)}`);
  end(1);
}
