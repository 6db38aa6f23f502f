/** Layers of a source on the link between two bridges, as generated traces of cameras: what is not watched over there stays here. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { EndpointFormats } from '../conference/formats.js';
import { VideoSource } from '../conference/video-source.js';
import { parseCompound } from '../rtp/rtcp.js';
import { rtpView } from '../rtp/rtp-packet.js';
import { SequenceUnwrapper } from '../rtp/sequence.js';
import { videoFrame } from '../rtp/video-frame.js';
import {
  type Camera,
  faultsOfCompleteness,
  faultsOfDependency,
  type LayerPacket,
  type LayerReceived,
  layeredTrace,
} from '../send/projection/layered-trace.testing.js';
import { LinkEgress } from './link-egress.js';
import { LinkedVideo } from './linked-video.js';

// Many runs take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const PICTURES = 60;
const PAYLOAD_TYPE = 100;

const cameras: readonly (readonly [string, Camera])[] = [
  ['VP9 SVC', { kind: 'vp9', encodings: 1, spatialLayers: 3, keyOnly: false, sticky: false }],
  ['VP9 k-SVC', { kind: 'vp9', encodings: 1, spatialLayers: 3, keyOnly: true, sticky: false }],
  ['AV1 SVC', { kind: 'described', encodings: 1, spatialLayers: 3, keyOnly: false, sticky: false }],
  ['AV1 k-SVC', { kind: 'described', encodings: 1, spatialLayers: 3, keyOnly: true, sticky: false }],
];

/** Sends a trace over a link; `wanted` tells the lines that the other bridge wants at most, by picture. */
function cross(packets: readonly LayerPacket[], wanted: (picture: number) => number) {
  const source = new VideoSource('a', 'a-v0', [{ ssrc: 7, rtx: undefined }], new EndpointFormats(), 'camera');
  let outputs = 0;
  const link = new LinkedVideo(
    source,
    new LinkEgress({
      send: () => {
        outputs += 1;
        return true;
      },
    }),
  );
  source.addLink(link);
  const view = rtpView();
  const asked = new Set<number>();
  const numbers = new SequenceUnwrapper();
  let picture = -1;
  const crossed = packets.flatMap(
    ({ frame, read, marker, timestamp, input, sent }, index): LayerReceived[] => {
      if (frame.picture !== picture) {
        picture = frame.picture;
        link.maxHeight = wanted(frame.picture);
        link.review(sent);
      }
      const packet = Buffer.alloc(40);
      Object.assign(view, { marker, timestamp, payloadType: PAYLOAD_TYPE, payloadLength: 28 });
      const before = outputs;
      if (source.forward(packet, source.encodings[0]!, input, view, read, sent)) asked.add(frame.picture);
      if (outputs === before) return [];
      const sequence = numbers.unwrap(packet.readUInt16BE(2));
      expect((packet[1] as number) & 0x7f).toBe(PAYLOAD_TYPE);
      const sentMarker = (packet[1] as number) > 0x7f;
      return [{ packet: packets[index]!, sequence, timestamp, id: -1, tl0: -1, marker: sentMarker }];
    },
  );
  return { crossed, asked };
}

const layersIn = (crossed: readonly LayerReceived[], from: number, to: number): number[] =>
  [
    ...new Set(
      crossed
        .filter(({ packet: { frame } }) => frame.picture >= from && frame.picture < to)
        .map(({ packet: { frame } }) => frame.spatial),
    ),
  ].sort();

describe.each(cameras)('%s on a link', (_name, camera) => {
  it('crosses up to the layer that is watched over there', () => {
    const trace = layeredTrace(camera, PICTURES, new Set());
    const { crossed, asked } = cross(trace, (picture) => (picture < 20 ? -1 : picture < 40 ? 360 : 180));
    expect(layersIn(crossed, 0, 20)).toEqual([0, 1, 2]);
    expect(layersIn(crossed, 20, 40)).toEqual([0, 1]);
    expect(layersIn(crossed, 40, 60)).toEqual([0]);
    expect(faultsOfCompleteness(crossed)).toEqual([]);
    expect(asked.size).toBe(0);
  });

  it('crosses in higher layers again from a key picture on, which is asked for', () => {
    const trace = layeredTrace(camera, PICTURES, new Set([40]));
    const { crossed, asked } = cross(trace, (picture) => (picture < 10 || picture >= 30 ? -1 : 180));
    expect(layersIn(crossed, 30, 40)).toEqual([0]);
    expect(layersIn(crossed, 40, 60)).toEqual([0, 1, 2]);
    expect([...asked]).toEqual(Array.from({ length: 10 }, (_, index) => 30 + index));
  });

  it('does not cross at all while nobody watches it, and begins again with a key picture', () => {
    const trace = layeredTrace(camera, PICTURES, new Set([40]));
    const { crossed } = cross(trace, (picture) => (picture < 10 || picture >= 30 ? 360 : 0));
    expect(layersIn(crossed, 10, 40)).toEqual([]);
    expect(layersIn(crossed, 40, 60)).toEqual([0, 1]);
  });

  it('has no gap and lacks nothing that other frames are built on, whatever is wanted', () => {
    const wishes = fc.array(fc.constantFrom(-1, 0, 180, 360, 720), { minLength: 1, maxLength: 8 });
    const keyPictures = fc.uniqueArray(fc.integer({ min: 1, max: PICTURES - 1 }), { maxLength: 5 });
    fc.assert(
      fc.property(wishes, keyPictures, (heights, keys) => {
        const trace = layeredTrace(camera, PICTURES, new Set(keys));
        const { crossed } = cross(
          trace,
          (picture) => heights[Math.floor((picture * heights.length) / PICTURES)]!,
        );
        // What crosses first may be built on what was before the link.
        const begun = crossed.findIndex(({ packet }) => packet.frame.key);
        const shown = begun < 0 ? [] : crossed.slice(begun);
        expect(
          faultsOfDependency(
            shown,
            new Set(trace.filter((packet) => packet.input >= (shown[0]?.packet.input ?? 0))),
          ),
        ).toEqual([]);
        expect(faultsOfCompleteness(crossed)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe('sender reports of a source on a link', () => {
  const report = {
    kind: 'sender-report',
    ssrc: 7,
    ntpSeconds: 1000,
    ntpFraction: 0x80000000,
    rtpTimestamp: 90_000,
    packets: 500,
    octets: 400_000,
    reports: [],
  } as const;
  const view = rtpView();
  const frame = Object.assign(videoFrame(), { kind: 'vp8', keyframe: true, start: true, end: true } as const);

  /** A source on a link of which three packets of 28 octets came, and what crosses of it. */
  function linked(maxHeight: number) {
    const sent: Buffer[] = [];
    const egress = new LinkEgress({ send: (packet) => sent.push(Buffer.from(packet)) > 0 });
    const source = new VideoSource(
      'a',
      'a-v0',
      [{ ssrc: 7, rtx: undefined }],
      new EndpointFormats(),
      'camera',
    );
    const link = new LinkedVideo(source, egress);
    link.maxHeight = maxHeight;
    link.review(0);
    const come = (count: number) => {
      for (let input = 0; input < count; input++) {
        Object.assign(view, { payloadType: PAYLOAD_TYPE, payloadLength: 28 });
        link.forward(Buffer.alloc(40), source, source.encodings[0]!, input, view, frame, 0);
      }
    };
    const reports = () =>
      sent.flatMap((packet) => parseCompound(packet) ?? []).filter(({ kind }) => kind === 'sender-report');
    return { link, egress, come, reports };
  }

  it('tell the time of the sender, and how much has crossed', () => {
    const { link, come, reports } = linked(-1);
    come(3);
    link.senderReport(0, report, 10);
    expect(reports()).toEqual([{ ...report, packets: 3, octets: 3 * 28 }]);
  });

  it('cross only when something has crossed, and is still wanted', () => {
    const { link, come, reports } = linked(-1);
    link.senderReport(0, report, 10);
    expect(reports()).toEqual([]);
    come(3);
    link.maxHeight = 0;
    link.review(0);
    link.senderReport(0, report, 10);
    expect(reports()).toEqual([]);
    link.senderReport(1, report, 10);
    expect(reports()).toEqual([]);
  });

  it('tell by their answers how far the other bridge is', () => {
    const { link, egress, come } = linked(-1);
    come(1);
    link.senderReport(0, report, 10);
    const block = { ssrc: 7, fractionLost: 0, cumulativeLost: 0, highestSequence: 0, jitter: 0 };
    egress.rtt.reported({ ...block, lastReport: (1000 << 16) + 0x8000, delaySinceLastReport: 0 }, 40);
    expect(egress.rtt.value).toBe(30);
  });
});

it('What crosses a link has no transport-wide number of that link, sound as little as video', () => {
  const sent: Buffer[] = [];
  const egress = new LinkEgress({ send: (packet) => sent.push(Buffer.from(packet)) > 0 });
  const packet = Buffer.from(Array.from({ length: 40 }, (_, index) => index));
  egress.sendRtp(packet, 20, 0);
  egress.sendAudio(packet, 20, 0);
  expect(sent).toEqual([packet, packet]);
  expect(egress.bandwidth).toBeUndefined();
});
