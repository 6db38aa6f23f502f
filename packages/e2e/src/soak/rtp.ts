/** The least that passes for media: a packet of Opus, and a VP8 keyframe of one packet (RFC 7587, RFC 7741). */

export interface RtpHeader {
  readonly payloadType: number;
  readonly ssrc: number;
  /** Ever-growing. */
  readonly number: number;
  /** Of the media's own clock. */
  readonly timestamp: number;
}

function rtp({ payloadType, ssrc, number, timestamp }: RtpHeader, marker: boolean, payload: Buffer): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(0x80, 0);
  header.writeUInt8((marker ? 0x80 : 0) | payloadType, 1);
  header.writeUInt16BE(number % 0x10000, 2);
  header.writeUInt32BE(timestamp % 2 ** 32, 4);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, payload]);
}

const sound = Buffer.alloc(40, 0x78);

export const audioPacket = (header: RtpHeader): Buffer => rtp(header, false, sound);

/** @param height of the picture, in lines */
export function videoPacket(header: RtpHeader, height: number): Buffer {
  const payload = Buffer.alloc(200);
  // Extended descriptor, start of a partition, 15 bits of picture id; then a frame header that says keyframe, and how large.
  payload.writeUInt8(0x90, 0);
  payload.writeUInt8(0x80, 1);
  payload.writeUInt16BE(0x8000 | (header.number & 0x7fff), 2);
  payload.writeUInt16LE((height * 16) / 9, 10);
  payload.writeUInt16LE(height, 12);
  return rtp(header, true, payload);
}

/** The SSRC of an RTP packet; undefined: it is RTCP (RFC 5761 s.4). */
export function ssrcOf(packet: Buffer): number | undefined {
  const second = packet[1] ?? 0;
  return packet.length < 12 || (second >= 192 && second <= 223) ? undefined : packet.readUInt32BE(8);
}
