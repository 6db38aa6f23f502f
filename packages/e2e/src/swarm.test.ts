/** A small swarm (`npm run swarm` runs a large one): nobody loses a source or has one twice, also when the focus is killed meanwhile. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from './swarm/stage.js';
import { runSwarm } from './swarm/swarm.js';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage.stop();
});

it('everybody knows the sources of all others after joins, leaves, changes and a restart of the focus', async () => {
  const lines: string[] = [];
  const report = await runSwarm(stage, {
    seed: 1,
    participants: 12,
    rooms: 2,
    rate: 5,
    duration: 4_000,
    restarts: [['focus', 'killed']],
    print: (line) => lines.push(line),
  });
  const wrong = report.differences.map(({ participant, wrong }) => [wrong, participant.history]);
  expect(wrong).toEqual([]);
  expect(report.recoveries).toMatchObject([{ service: expect.stringContaining('focus killed') as string }]);
  expect(report.acts.join).toBeGreaterThanOrEqual(12);
});
