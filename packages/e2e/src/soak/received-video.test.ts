import { NO_EXTENSIONS, readRtp, rtpView } from '@conclave/videobridge';
import { describe, expect, it } from 'vitest';
import { CameraEncoding, FRAME_INTERVAL } from './camera.js';
import { ReceivedVideo } from './received-video.js';

const formats = { types: { vp8: 100, rtx: 96 }, extensions: { transportCc: 5, audioLevel: 0 } };
const encoding = (index: number): CameraEncoding =>
  new CameraEncoding({ index, ssrc: 1, rtx: 2, height: 180 * 2 ** index, size: 1500 }, formats);

/** What comes of packets that arrive one after the other. */
function received(packets: readonly Buffer[]): ReceivedVideo {
  const video = new ReceivedVideo(1, 'camera');
  const view = rtpView();
  packets.forEach((packet, at) => {
    expect(readRtp(packet, NO_EXTENSIONS, view)).toBe(true);
    video.take(packet, view, false, at);
  });
  return video;
}

const frames = (source: CameraEncoding, count: number): Buffer[][] =>
  Array.from({ length: count }, (_, at) => source.take(1000 + at * FRAME_INTERVAL));

/** The packets of `after`, numbered as if they were the same stream's. */
function continued(before: readonly Buffer[], after: readonly Buffer[]): Buffer[] {
  const last = before.at(-1)?.readUInt16BE(2) ?? 0;
  after.forEach((packet, at) => packet.writeUInt16BE((last + 1 + at) & 0xffff, 2));
  return [...before, ...after];
}

describe('a stream of video', () => {
  it('is shown as it was sent', () => {
    const video = received(frames(encoding(0), 20).flat());
    expect(video.faults).toEqual([]);
    expect(video.shown.get(0)).toBe(20);
  });

  it('is put in order', () => {
    const packets = frames(encoding(0), 20).flat();
    const swapped = packets.map((_, at) => packets[at < 2 ? at : at ^ 1] ?? packets[at]) as Buffer[];
    expect(received(swapped)).toMatchObject({ faults: [], totals: { shown: 20 } });
  });

  it('waits for what is lost, asks for it, and is shown when that comes', () => {
    const source = encoding(0);
    const packets = frames(source, 20).flat();
    const [lost] = packets.splice(12, 1);
    const video = received(packets);
    const [missing = -1] = video.stream.nacks?.due(1000, undefined) ?? [];
    expect(missing).toBe(lost?.readUInt16BE(2));
    const view = rtpView();
    const again = source.again(missing, 2000) as Buffer;
    expect(again.readUInt32BE(8)).toBe(2);
    readRtp(lost as Buffer, NO_EXTENSIONS, view);
    video.take(lost as Buffer, view, true, 2000);
    expect(video).toMatchObject({ faults: [], totals: { shown: 20, lost: 0 } });
  });

  it('is not shown after a loss until a keyframe comes, which is asked for; that is nobody’s fault', () => {
    const source = encoding(0);
    const packets = frames(source, 8);
    const video = received([...packets.slice(0, 4), ...packets.slice(5)].flat());
    expect(video.wantsKeyframe(1300)).toBe(false);
    expect(video.totals).toMatchObject({ shown: 4, lost: 1 });
    expect(video.faults).toEqual([]);
  });
});

it.each([0, 1])('frames made from one of which packet %i was lost are nobody’s fault', (lost) => {
  const packets = frames(encoding(0), 12);
  // A T1 frame of two packets; the next one was made from it.
  packets[6]?.splice(lost, 1);
  const video = received(packets.flat());
  video.wantsKeyframe(1300);
  expect(video.faults).toEqual([]);
  expect(video.totals.lost).toBe(1);
});

describe('what no bridge should send', () => {
  it('is a frame without the one that it was made from', () => {
    const packets = frames(encoding(0), 8);
    const without = continued((packets[0] ?? []).concat(packets[1] ?? []), packets.slice(3, 8).flat());
    expect(received(without).faults).toContainEqual(
      expect.stringMatching(/was made from 3, which was not sent/),
    );
  });

  it('is another encoding without a keyframe', () => {
    const low = frames(encoding(0), 4).flat();
    const high = frames(encoding(1), 4).slice(1).flat();
    expect(received(continued(low, high)).faults).toContainEqual(
      expect.stringMatching(/is no keyframe, and follows/),
    );
  });

  it('is a changed content', () => {
    const [first = Buffer.alloc(0)] = frames(encoding(0), 1).flat();
    first.writeUInt8(first.readUInt8(60) ^ 1, 60);
    expect(received([first]).faults).toEqual([expect.stringMatching(/is not as it was sent/)]);
  });
});
