/** Retransmission payloads (RFC 4588 s.4): the original sequence number, then the original payload. */
import { writeUint16, writeUint32, type RtpView } from '../rtp/rtp-packet.js';

/**
 * Turns an RTX packet back into the packet it repeats, in place: the header moves forward over the two octets of the
 * original sequence number. `view` is adjusted to the answer. Undefined for a probe, which repeats nothing.
 */
export function unwrapRtx(
  packet: Buffer,
  view: RtpView,
  original: { readonly payloadType: number; readonly ssrc: number },
): Buffer | undefined {
  if (view.payloadLength < 2) return undefined;
  const sequence = packet.readUInt16BE(view.payloadOffset);
  packet.copyWithin(2, 0, view.payloadOffset);
  const unwrapped = packet.subarray(2);
  unwrapped[1] = (view.marker ? 0x80 : 0) | original.payloadType;
  writeUint16(unwrapped, 2, sequence);
  writeUint32(unwrapped, 8, original.ssrc);
  view.payloadType = original.payloadType;
  view.ssrc = original.ssrc;
  view.sequence = sequence;
  view.payloadLength -= 2;
  return unwrapped;
}
