import { describe, expect, it } from 'vitest';

import { rtpView } from '../rtp/rtp-packet.js';
import { audioSlot, AudioSlots } from './audio-slots.js';
import { Egress } from './egress.js';
import { ForwardedAudio } from './forwarded-audio.js';

interface Heard {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
}

function stage(most: number) {
  const heard: Heard[] = [];
  const announced: string[] = [];
  const egress = new Egress({
    send: (packet) =>
      heard.push({
        ssrc: packet.readUInt32BE(8),
        sequence: packet.readUInt16BE(2),
        timestamp: packet.readUInt32BE(4),
      }) > 0,
  });
  let ssrc = 100;
  const slots = new AudioSlots(
    most,
    () => ssrc++,
    (slot, { source }) => announced.push(`${slot.ssrc}: ${source.name}`),
  );
  const view = rtpView();
  const speak = (audio: ForwardedAudio, sequence: number, timestamp: number, now: number): Heard => {
    audio.forward(Buffer.alloc(20), sequence, Object.assign(view, { timestamp, payloadLength: 8 }), now);
    return heard.at(-1)!;
  };
  const source = (name: string) => new ForwardedAudio({ name, owner: name }, egress, slots);
  return { slots, announced, speak, source, egress };
}

describe('the SSRCs under which others are heard', () => {
  it('are announced when somebody is first heard, and stay theirs', () => {
    const { announced, speak, source } = stage(2);
    const [a, b] = [source('a'), source('b')];
    expect(speak(a, 5, 1000, 0).ssrc).toBe(100);
    expect(speak(b, 6, 2000, 10).ssrc).toBe(101);
    expect(speak(a, 6, 1960, 20)).toEqual({ ssrc: 100, sequence: 6, timestamp: 1960 });
    expect(announced).toEqual(['100: a', '101: b']);
  });

  it('go to who speaks now from who has been silent for longest, without a gap', () => {
    const { announced, speak, source } = stage(2);
    const [a, b, c] = [source('a'), source('b'), source('c')];
    speak(a, 65_535, 1000, 0);
    speak(b, 6, 2000, 10);
    speak(b, 7, 2960, 30);
    expect(speak(c, 9000, 777_777, 1050)).toEqual({ ssrc: 100, sequence: 0, timestamp: 1960 });
    expect(speak(c, 9002, 779_697, 1090)).toEqual({ ssrc: 100, sequence: 2, timestamp: 3880 });
    // Who comes back takes the place of who is the eldest then.
    expect(speak(a, 2, 9000, 1100)).toMatchObject({ ssrc: 101, sequence: 8 });
    expect(announced).toEqual(['100: a', '101: b', '100: c', '101: a']);
  });

  it('stay theirs while they are heard: with more voices than slots those beyond are not', () => {
    const { announced, speak, source } = stage(2);
    const [a, b, c] = [source('a'), source('b'), source('c')];
    for (let now = 0; now < 1000; now += 20) {
      const packet = [now / 20, now * 48] as const;
      expect([a, b, c].map((audio) => speak(audio, ...packet, now).ssrc)).toEqual([100, 101, 101]);
    }
    expect(announced).toEqual(['100: a', '101: b']);
  });

  it('are free again when somebody leaves', () => {
    const { slots, speak, source } = stage(1);
    const [a, b] = [source('a'), source('b')];
    speak(a, 1, 0, 0);
    slots.release(a);
    expect(speak(b, 77, 5, 1)).toMatchObject({ ssrc: 100, sequence: 2 });
  });

  it('are the senders’ own without rewriting', () => {
    const { egress, speak } = stage(1);
    const own = new ForwardedAudio({ name: 'a', owner: 'a' }, egress, audioSlot(42));
    expect(speak(own, 5, 1000, 0)).toEqual({ ssrc: 42, sequence: 5, timestamp: 1000 });
  });
});
