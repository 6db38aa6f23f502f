/** Runs a swarm: `npm run swarm -- [--participants 200] [--rooms 20] [--minutes 0.7] [--rate 20] [--seed n]`. Exit code 1: somebody's view is wrong. */
import { parseArgs } from 'node:util';
import { openStage } from './stage.js';
import { runSwarm } from './swarm.js';

const { values } = parseArgs({
  options: {
    participants: { type: 'string', default: '200' },
    rooms: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '0.7' },
    rate: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);
const [participants, rooms, seed] = [Number(values.participants), Number(values.rooms), Number(values.seed)];

print(`seed ${seed}: ${participants} participants in ${rooms} rooms`);
const stage = await openStage();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stage.stop().then(() => process.exit(1)));
try {
  const report = await runSwarm(stage, {
    seed,
    participants,
    rooms,
    rate: Number(values.rate),
    duration: Number(values.minutes) * 60_000,
    restarts: [
      ['bridge', 'killed'],
      ['focus', 'killed'],
      ['other bridge', 'killed'],
      ['focus', 'stopped'],
    ],
    print,
  });
  print(`joins: ${report.joinsPerSecond.toFixed(1)}/s`);
  for (const [service, cpu] of Object.entries(report.cpuPerJoin))
    print(`CPU per join, ${service}: ${cpu.toFixed(1)} ms`);
  print(`longest from join to offer: ${Math.round(report.longestToOffer)} ms`);
  for (const { service, took } of report.recoveries)
    print(`everybody has an offer again, ${service}: ${Math.round(took)} ms`);
  print(`acts: ${JSON.stringify(report.acts)}`);
  for (const { participant, wrong } of report.differences) {
    print(`\n${participant.nick} in ${participant.room}:`);
    for (const line of [...wrong.map((each) => `WRONG ${each}`), ...participant.history]) print(`  ${line}`);
  }
  print(`participants whose view is wrong: ${report.differences.length}`);
  process.exitCode = report.differences.length === 0 ? 0 : 1;
} finally {
  await stage.stop();
}
