/** Redundant audio (RFC 2198 s.3): the newest of the blocks that a packet carries. */

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
