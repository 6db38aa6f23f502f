/** The VP8 payload descriptor (RFC 7741 s.4.2) and the first bit of the frame header behind it (s.4.3). */

/**
 * Whether a VP8 payload of `length` octets at `offset` begins a keyframe: S bit set, partition 0, and the frame header's
 * P bit clear. False for anything truncated.
 */
export function startsVp8Keyframe(packet: Uint8Array, offset: number, length: number): boolean {
  const end = offset + length;
  if (length < 2 || end > packet.length) return false;
  const first = packet[offset] as number;
  const beginsFirstPartition = (first & 0x17) === 0x10;
  if (!beginsFirstPartition) return false;
  const frame = offset + descriptorLength(packet, offset, end);
  return frame < end && ((packet[frame] as number) & 0x01) === 0;
}

/** Length of the descriptor; may point past `end` when it is truncated. */
function descriptorLength(packet: Uint8Array, offset: number, end: number): number {
  const extended = ((packet[offset] as number) & 0x80) !== 0;
  if (!extended) return 1;
  const flags = packet[offset + 1] as number;
  let length = 2;
  if ((flags & 0x80) !== 0) {
    if (offset + length >= end) return end - offset;
    // The M bit makes the picture id 15 bits long.
    length += ((packet[offset + length] as number) & 0x80) !== 0 ? 2 : 1;
  }
  if ((flags & 0x40) !== 0) length += 1;
  if ((flags & 0x30) !== 0) length += 1;
  return length;
}
