import pino from 'pino';
import { expect, it, vi } from 'vitest';

import { Bridge } from './bridge.js';
import { Meeting, videoSource } from './meeting.testing.js';

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

it('sends nobody more videos than it may in a conference of that size, nor than its load allows', async () => {
  const meeting = await Meeting.open({
    lastNBySize: new Map([
      [3, 2],
      [4, 1],
    ]),
  });
  const join = (id: string, ssrc: number) => meeting.join(id, [videoSource(id, ssrc, ssrc + 1)]);
  const [alice] = await meeting.together(join('alice', 10), join('bob', 20), join('carol', 30));
  /** How many videos alice is kept from. */
  const beyond = (): number => {
    const { video } = alice.endpoint.reception.state(0) as { video: readonly { reason: string }[] };
    return video.filter(({ reason }) => reason === 'beyond last-N').length;
  };
  try {
    expect(beyond()).toBe(0);
    await meeting.together(join('dave', 40));
    await vi.waitUntil(() => beyond() === 2);
    meeting.bridge.loadLastN = 0;
    alice.endpoint.reception.stale = true;
    await vi.waitUntil(() => beyond() === 3);
  } finally {
    meeting.close();
  }
});
