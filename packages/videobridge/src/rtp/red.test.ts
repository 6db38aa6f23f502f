/** RFC 2198. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { primaryBlock, withoutRedundancy } from './red.js';
import { NO_EXTENSIONS, readRtp, rtpView } from './rtp-packet.js';

/** A packet of `blocks`, the newest last. */
function red(blocks: readonly { readonly type: number; readonly data: Buffer }[]): Buffer {
  const headers = blocks.slice(0, -1).map(({ type, data }, index) => {
    const header = Buffer.alloc(4);
    header.writeUInt8(0x80 | type, 0);
    header.writeUIntBE((((index + 1) * 960) << 10) | data.length, 1, 3);
    return header;
  });
  const last = Buffer.from([blocks.at(-1)?.type ?? 0]);
  return Buffer.concat([...headers, last, ...blocks.map(({ data }) => data)]);
}

const block = fc.record({
  type: fc.nat(127),
  data: fc.uint8Array({ maxLength: 1023 }).map((data) => Buffer.from(data)),
});

describe('a packet of redundant audio', () => {
  it('yields its newest block', () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 5 }), (blocks) => {
        const { type, data } = blocks.at(-1)!;
        expect(primaryBlock(red(blocks))).toEqual({ payloadType: type, payload: data });
      }),
    );
  });

  it('is without its redundancy a packet as if there had never been any', () => {
    const header = Buffer.from('b0f0000100000002000000031000000105010000', 'hex');
    const blocks = [
      { type: 111, data: Buffer.from('former') },
      { type: 111, data: Buffer.from('newest') },
    ];
    const packet = Buffer.concat([header, red(blocks), Buffer.from([0, 0, 3])]);
    const view = rtpView();
    expect(readRtp(packet, NO_EXTENSIONS, view)).toBe(true);
    const plain = withoutRedundancy(packet, view)!;
    expect(readRtp(plain, NO_EXTENSIONS, view)).toBe(true);
    expect(view).toMatchObject({
      marker: true,
      payloadType: 111,
      sequence: 1,
      timestamp: 2,
      ssrc: 3,
      paddingLength: 0,
    });
    expect(plain.subarray(view.payloadOffset).toString()).toBe('newest');
    expect(plain.subarray(12, 20)).toEqual(packet.subarray(12, 20));
  });

  it('yields a part of itself or nothing, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const found = primaryBlock(Buffer.from(bytes));
        expect(found === undefined || found.payload.length < bytes.length).toBe(true);
      }),
    );
  });
});
