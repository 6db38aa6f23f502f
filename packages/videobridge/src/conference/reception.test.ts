import type { ReceiverAudioSubscription } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';

import { rtpView } from '../rtp/rtp-packet.js';
import { Egress } from '../send/egress.js';
import { AudioSource } from './audio-source.js';
import { EndpointFormats } from './formats.js';
import { Reception } from './reception.js';
import { VideoSource } from './video-source.js';

type Subscription = Omit<ReceiverAudioSubscription, 'colibriClass'>;

const formats = new EndpointFormats();
const camera = (owner: string, ssrc: number): VideoSource =>
  new VideoSource(owner, `${owner}-v0`, [{ ssrc, rtx: ssrc + 1 }], formats, 'camera');
const microphone = (owner: string, ssrc: number): AudioSource =>
  new AudioSource(owner, `${owner}-a0`, { ssrc, rtx: undefined }, formats);

const receiver = (): Reception => new Reception('r', new Egress({ send: () => true }), formats, 1, undefined);

describe('what a receiver is sent', () => {
  const cameras = [camera('a', 10), camera('b', 20), camera('c', 30)];

  it('is nothing before it has said what it wants, and then no more than the focus has said for a beginning', () => {
    const reception = receiver();
    reception.begin(1);
    expect(reception.allocate(cameras, Infinity, -1, 0).forwarded).toBeUndefined();
    reception.constrain({ defaultConstraints: { maxHeight: 180 } });
    expect(reception.allocate(cameras, Infinity, -1, 20).forwarded).toEqual(['a-v0']);
    reception.constrain({ lastN: 2 });
    expect(reception.allocate(cameras, Infinity, -1, 40).forwarded).toEqual(['a-v0', 'b-v0']);
  });

  it('is what it can ask keyframes and lost packets of: nothing else, be it of the conference or not', () => {
    const reception = receiver();
    reception.constrain({ lastN: 1, defaultConstraints: { maxHeight: 180 } });
    reception.allocate(cameras, Infinity, -1, 0);
    expect(reception.videoOf(10)?.name).toBe('a-v0');
    expect(reception.videoOf(11)?.name).toBe('a-v0');
    expect([20, 30, 1, 4711].map((ssrc) => reception.videoOf(ssrc))).toEqual(Array(4).fill(undefined));
    reception.constrain({ lastN: 0 });
    reception.allocate(cameras, Infinity, -1, 20);
    expect(reception.videoOf(10)).toBeUndefined();
  });

  it('is bounded, however many sources it names', () => {
    const reception = receiver();
    const names = Array.from({ length: 10_000 }, (_, index) => `x${index}-v0`);
    reception.constrain({
      onStageSources: names,
      selectedSources: [...names, 'c-v0'],
      constraints: new Map(names.map((name) => [name, { maxHeight: 2160 }])),
    });
    reception.subscribe({
      colibriClass: 'ReceiverAudioSubscription',
      all: false,
      include: [...names, 'b-a0'],
      exclude: names,
    });
    const started = performance.now();
    for (let tick = 0; tick < 20; tick++) reception.allocate(cameras, 1_000_000, -1, tick * 20);
    const heard = reception.hear([microphone('a', 40), microphone('b', 50)]);
    expect(performance.now() - started).toBeLessThan(5000);
    expect([...heard.keys()].map(({ name }) => name)).toEqual(['b-a0']);
    expect(reception.forwarded).toEqual(['c-v0', 'a-v0', 'b-v0']);
  });

  it.each<[Subscription, string[]]>([
    [{ all: true, include: [], exclude: [] }, ['a-a0', 'b-a0', 'late-a0']],
    [{ all: false, include: [], exclude: [] }, []],
    [{ all: false, include: ['b-a0', 'late-a0'], exclude: [] }, ['b-a0', 'late-a0']],
    [{ all: true, include: [], exclude: ['b-a0'] }, ['a-a0', 'late-a0']],
    [{ all: false, include: ['b-a0'], exclude: ['b-a0'] }, []],
  ])(
    'of sound is what it has subscribed to, also of sources that come later: %j',
    (subscription, expected) => {
      const reception = receiver();
      const sources = [microphone('a', 40), microphone('b', 50)];
      reception.subscribe({ colibriClass: 'ReceiverAudioSubscription', ...subscription });
      reception.hear(sources);
      const heard = reception.hear([...sources, microphone('late', 60)]);
      const names = [...heard.keys()].map(({ name }) => name);
      expect(names.filter((name) => name !== 'late-a0' || expected.includes(name))).toEqual(expected);
    },
  );
});

describe('a microphone', () => {
  const view = Object.assign(rtpView(), { payloadOffset: 12, payloadLength: 8 });
  const packet = Buffer.alloc(20);

  it('is heard when it is among the loudest, or somebody has asked for just this one', () => {
    const source = microphone('a', 40);
    expect(source.forward(packet, 1, view, 100, true, 0)).toBe(true);
    expect(source.forward(packet, 2, view, 100, false, 20)).toBe(false);
    source.asked = true;
    expect(source.forward(packet, 3, view, 100, false, 40)).toBe(true);
  });

  it('that is silent is heard three packets long, and leaves no gap when it is heard again', () => {
    const source = microphone('a', 40);
    const numbers: number[] = [];
    const egress = new Egress({ send: (sent) => numbers.push(sent.readUInt16BE(2)) > 0 });
    const reception = new Reception('r', egress, formats, 1, undefined);
    source.receivers = [...reception.hear([source]).values()];
    const levels = [90, 90, 0, 0, 0, 0, 0, 0, 90, 0, 90];
    levels.forEach((level, index) => source.forward(packet, 100 + index, view, level, true, index * 20));
    // Of the six silent ones in a row three are left out.
    expect(numbers).toEqual([100, 101, 102, 103, 104, 105, 106, 107]);
  });

  it('that sends nothing in a pause (DTX) goes on with its own numbers and times', () => {
    const source = microphone('a', 40);
    const sent: number[][] = [];
    const egress = new Egress({
      send: (each) => sent.push([each.readUInt16BE(2), each.readUInt32BE(4)]) > 0,
    });
    const reception = new Reception('r', egress, formats, 1, undefined);
    source.receivers = [...reception.hear([source]).values()];
    const spoken = [
      [7, 960],
      [8, 1920],
      // 400 ms of silence.
      [9, 1920 + 20 * 960],
    ];
    for (const [number, timestamp] of spoken)
      source.forward(packet, number!, { ...view, timestamp: timestamp! }, undefined, true, timestamp! / 48);
    expect(sent).toEqual(spoken);
  });
});
