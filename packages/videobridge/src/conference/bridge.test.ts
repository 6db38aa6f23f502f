import pino from 'pino';
import { expect, it, vi } from 'vitest';

import { Bridge } from './bridge.js';

it('goes on with the other conferences when something fails in one', async () => {
  const bridge = await Bridge.open(
    { media: { port: 0, advertisedAddresses: ['127.0.0.1'], includeLoopback: true } },
    pino({ level: 'silent' }),
  );
  const [broken, sound] = [
    bridge.createConference('broken', undefined),
    bridge.createConference('sound', undefined),
  ];
  const fail = (): never => {
    throw new Error('broken');
  };
  const failed = vi.spyOn(broken, 'tick').mockImplementation(fail);
  vi.spyOn(broken, 'report').mockImplementation(fail);
  const tasks = (['tick', 'report'] as const).map((task) => vi.spyOn(sound, task));
  await vi.waitUntil(() => tasks.every(({ mock }) => mock.calls.length > 1), { timeout: 10_000 });
  expect(failed).toHaveBeenCalled();
  bridge.close();
});
