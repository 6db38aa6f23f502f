/**
 * Header extensions have ids of each endpoint's own (RFC 8285 s.5): here those of one packet become those of another endpoint. What
 * has no id there becomes padding, so that nothing moves.
 */
const FIXED_HEADER = 12;
const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;
/** The greatest id that four bits say; 15 would end the extensions. */
const ONE_BYTE_MOST = 14;

/** Gives each extension of `packet` the id that `ids` has for its own (0: none), in place. Malformed ones end the walk. */
export function translateExtensions(packet: Buffer, ids: Uint8Array): void {
  const first = packet[0] ?? 0;
  const head = FIXED_HEADER + (first & 0x0f) * 4;
  if ((first & 0x10) === 0 || head + 4 > packet.length) return;
  const profile = packet.readUInt16BE(head);
  const start = head + 4;
  const end = start + packet.readUInt16BE(head + 2) * 4;
  if (end > packet.length) return;
  const short = profile === ONE_BYTE_PROFILE;
  if (!short && (profile & 0xfff0) !== TWO_BYTE_PROFILE) return;
  for (let at = start; at < end;) {
    const octet = packet[at] as number;
    const id = short ? octet >> 4 : octet;
    if (id === 0) {
      at += 1;
      continue;
    }
    if (short && id > ONE_BYTE_MOST) return;
    const next = short ? at + 2 + (octet & 0x0f) : at + 2 + (packet[at + 1] ?? 0);
    if (next > end) return;
    const other = ids[id] ?? 0;
    if (other === 0 || (short && other > ONE_BYTE_MOST)) packet.fill(0, at, next);
    else packet[at] = short ? (other << 4) | (octet & 0x0f) : other;
    at = next;
  }
}
