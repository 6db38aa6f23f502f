/** Redundant audio (RFC 2198 s.3): the newest of the blocks that a packet carries. */
import type { RtpView } from './rtp-packet.js';

/** A block's header, but for the last one: F=1, payload type, 14 bits of timestamp offset, 10 bits of length. */
const BLOCK_HEADER = 4;

export interface RedBlock {
  readonly payloadType: number;
  readonly payload: Buffer;
}

/** The block that is not a repetition; undefined when the payload is malformed. */
export function primaryBlock(payload: Buffer): RedBlock | undefined {
  let header = 0;
  let redundant = 0;
  for (;;) {
    const first = payload[header];
    if (first === undefined) return undefined;
    if (first < 0x80) {
      const at = header + 1 + redundant;
      return at > payload.length ? undefined : { payloadType: first, payload: payload.subarray(at) };
    }
    if (header + BLOCK_HEADER > payload.length) return undefined;
    redundant += payload.readUInt16BE(header + 2) & 0x3ff;
    header += BLOCK_HEADER;
  }
}

/** A copy of a packet of redundant audio that `view` describes, with its newest block alone; undefined when it is malformed. */
export function withoutRedundancy(packet: Buffer, view: RtpView): Buffer | undefined {
  const { payloadOffset, payloadLength } = view;
  const block = primaryBlock(packet.subarray(payloadOffset, payloadOffset + payloadLength));
  if (block === undefined) return undefined;
  const plain = Buffer.concat([packet.subarray(0, payloadOffset), block.payload]);
  // Padding is left behind.
  plain.writeUInt8(plain.readUInt8(0) & ~0x20, 0);
  plain.writeUInt8((view.marker ? 0x80 : 0) | block.payloadType, 1);
  return plain;
}
