import { describe, expect, it } from 'vitest';

import type { Endpoint } from './endpoint.js';
import { Resumption } from './resumption.js';

/** An endpoint with a microphone and a camera of two layers; which of its sources it was told of. */
function sender() {
  const told: string[] = [];
  const microphone = { type: 'audio', name: 'a-a0', stream: { last: -1 } };
  const camera = {
    type: 'video',
    name: 'a-v0',
    encodings: [{ stream: { last: -1 } }, { stream: { last: -1 } }],
  };
  const endpoint = {
    id: 'a',
    sources: [microphone, camera],
    constrain: ({ name }: { name: string }) => told.push(name),
  };
  const part = new Resumption({ endpoints: new Map([['a', endpoint as unknown as Endpoint]]) });
  const reports = (from: number, to: number, sent: () => void = () => undefined) => {
    for (let now = from; now <= to; now += 500) {
      sent();
      part.report(now);
    }
  };
  return { told, microphone, camera, part, reports };
}

describe('whoever sends again after a pause', () => {
  it('is told once how high each source is wanted', () => {
    const { told, microphone, reports } = sender();
    const speaks = () => (microphone.stream.last += 25);
    reports(0, 2000, speaks);
    reports(2500, 6000);
    expect(told).toEqual([]);
    reports(6500, 9000, speaks);
    expect(told).toEqual(['a-v0']);
  });

  it('is told after the first packet, too, and with any layer of a camera', () => {
    const { told, camera, reports } = sender();
    reports(0, 3000);
    reports(3500, 5000, () => (camera.encodings[1]!.stream.last += 9));
    expect(told).toEqual(['a-v0']);
  });

  it('is nobody who comes anew, sends now and then as in silence, or has just come', () => {
    const { told, microphone, part, reports } = sender();
    reports(0, 0);
    for (let now = 400; now < 10_000; now += 1000) reports(now, now, () => (microphone.stream.last += 1));
    part.left('a');
    reports(20_000, 21_000, () => (microphone.stream.last += 25));
    expect(told).toEqual([]);
  });
});
