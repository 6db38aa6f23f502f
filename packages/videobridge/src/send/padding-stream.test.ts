import { describe, expect, it } from 'vitest';

import { NO_EXTENSIONS, readRtp, rtpView } from '../rtp/rtp-packet.js';
import { Egress } from './egress.js';
import { PaddingStream } from './padding-stream.js';

describe('padding without anything to repeat', () => {
  const sent: Buffer[] = [];
  const padding = new PaddingStream(new Egress({ send: (each) => sent.push(Buffer.from(each)) > 0 }), 77);

  it('is RTP without payload, with numbers that feedback can name', () => {
    padding.send(1000, 100, 5, 0);
    const views = sent.map((packet) => {
      const view = rtpView();
      expect(readRtp(packet, { ...NO_EXTENSIONS, transportCc: 5 }, view)).toBe(true);
      return { ...view, transportCc: packet.readUInt16BE(view.transportCcOffset) };
    });
    expect(sent.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThanOrEqual(1000);
    expect(views.map(({ sequence, transportCc }) => [sequence, transportCc])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
    for (const view of views) {
      expect(view).toMatchObject({
        ssrc: 77,
        payloadType: 100,
        payloadLength: 0,
        paddingLength: 255,
        marker: false,
      });
    }
  });

  it('is not sent where nobody would report on it, nor without end', () => {
    sent.length = 0;
    padding.send(1000, 100, 0, 0);
    expect(sent).toEqual([]);
    padding.send(1e9, 100, 5, 0);
    expect(sent).toHaveLength(100);
  });
});
