import { describe, expect, it } from 'vitest';

import { parseCompound, type SenderReport } from '../rtp/rtcp.js';
import { isRtcp, rtpView } from '../rtp/rtp-packet.js';
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
  const reports: SenderReport[] = [];
  const egress = new Egress({
    send: (packet) =>
      isRtcp(packet)
        ? reports.push(parseCompound(packet)![0] as SenderReport) > 0
        : heard.push({
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
  return { slots, announced, speak, source, egress, reports };
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

  it('have sender reports of who is heard on them now, in the time that the receiver knows', () => {
    const { reports, speak, source } = stage(1);
    const [a, b] = [source('a'), source('b')];
    const said = (audio: ForwardedAudio, rtpTimestamp: number, now: number): void =>
      audio.senderReport(
        {
          kind: 'sender-report',
          ssrc: 5,
          ntpSeconds: 1,
          ntpFraction: 0,
          rtpTimestamp,
          packets: 99,
          octets: 99,
          reports: [],
        },
        now,
      );
    said(a, 1000, 0);
    speak(a, 1, 1000, 0);
    said(a, 1100, 0);
    const { timestamp } = speak(b, 77, 500_000, 1050);
    said(a, 1200, 1060);
    said(b, 500_100, 1060);
    expect(reports.map(({ packets, rtpTimestamp, ssrc }) => [ssrc, packets, rtpTimestamp])).toEqual([
      [100, 1, 1100],
      [100, 1, timestamp + 100],
    ]);
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
