import type { ReceiverAudioSubscription } from '@conclave/signaling';
import { expect, it } from 'vitest';

import type { ConferenceRelays } from '../relay/conference-relays.js';
import type { Endpoint } from './endpoint.js';
import type { ConferenceCore } from './part.js';
import type { VideoDistribution } from './video-distribution.js';
import { Wishes } from './wishes.js';

it('whom everybody hears is worked out now and then, however often a client changes its mind', () => {
  const taken: string[][] = [];
  const subscribe = ({ include }: ReceiverAudioSubscription) => taken.push([...include]);
  const endpoint = { reception: { subscribe } } as unknown as Endpoint;
  let rebuilt = 0;
  const core = {
    endpoints: new Map([['a', endpoint]]),
    rebuild: () => (rebuilt += 1),
  } as unknown as ConferenceCore;
  const [video, relays] = [{} as unknown, {} as unknown];
  const wishes = new Wishes(core, video as VideoDistribution, relays as ConferenceRelays);
  const want = (name: string): void =>
    wishes.take('a', { colibriClass: 'ReceiverAudioSubscription', all: false, include: [name], exclude: [] });

  wishes.tick(0);
  expect(rebuilt).toBe(0);
  want('b-a0');
  wishes.tick(20);
  expect(rebuilt).toBe(1);
  for (let now = 40; now < 1040; now += 20) {
    want(`x${now}`);
    wishes.tick(now);
  }
  expect(rebuilt).toBeLessThanOrEqual(11);
  wishes.tick(1200);
  const last = rebuilt;
  wishes.tick(1400);
  expect(rebuilt).toBe(last);
  expect(taken.at(-1)).toEqual(['x1020']);
});
