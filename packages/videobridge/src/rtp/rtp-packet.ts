/**
 * The RTP header (RFC 3550 s.5.1) and its header extensions (RFC 8285), read in place. A view is filled once a packet and
 * reused for the next, so that reading allocates nothing; offsets are into the packet's own Buffer.
 */

/** Negotiated ids of the header extensions that the bridge reads, rewrites or removes; 0 where not negotiated. */
export interface ExtensionIds {
  readonly transportCc: number;
  readonly audioLevel: number;
  readonly dependencyDescriptor: number;
  readonly layersAllocation: number;
  /** Bit n set: the extension with id n (1 … 30) is blanked before forwarding, and those beyond 30 with any. */
  readonly blanked: number;
}

export const NO_EXTENSIONS: ExtensionIds = {
  transportCc: 0,
  audioLevel: 0,
  dependencyDescriptor: 0,
  layersAllocation: 0,
  blanked: 0,
};

/** What `readRtp` fills in. Offsets of extension data are 0 when the packet does not carry the extension. */
export interface RtpView {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  /** End of header, CSRCs and extensions. */
  payloadOffset: number;
  /** Without padding. */
  payloadLength: number;
  paddingLength: number;
  transportCcOffset: number;
  audioLevelOffset: number;
  descriptorOffset: number;
  descriptorSize: number;
  /** Octets of the extension before it. */
  descriptorHead: number;
  allocationOffset: number;
  allocationSize: number;
  allocationHead: number;
}

export function rtpView(): RtpView {
  return {
    payloadType: 0,
    marker: false,
    sequence: 0,
    timestamp: 0,
    ssrc: 0,
    payloadOffset: 0,
    payloadLength: 0,
    paddingLength: 0,
    transportCcOffset: 0,
    audioLevelOffset: 0,
    descriptorOffset: 0,
    descriptorSize: 0,
    descriptorHead: 0,
    allocationOffset: 0,
    allocationSize: 0,
    allocationHead: 0,
  };
}

const FIXED_HEADER = 12;
const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;

/** RTP and RTCP share a port (RFC 5761 s.4): second octets 192 … 223 are RTCP. */
export function isRtcp(packet: Uint8Array): boolean {
  const second = packet[1];
  return second !== undefined && second >= 192 && second <= 223;
}

/**
 * Reads header and extensions of `packet` into `view`; extensions marked in `ids.blanked` are overwritten with padding.
 * Answers false, with the view in an undefined state, when the packet is malformed.
 */
export function readRtp(packet: Buffer, ids: ExtensionIds, view: RtpView): boolean {
  const length = packet.length;
  if (length < FIXED_HEADER) return false;
  const first = packet[0] as number;
  if (first >> 6 !== 2) return false;
  const second = packet[1] as number;
  view.marker = second > 127;
  view.payloadType = second & 0x7f;
  view.sequence = ((packet[2] as number) << 8) | (packet[3] as number);
  view.timestamp = readUint32(packet, 4);
  view.ssrc = readUint32(packet, 8);
  view.transportCcOffset = 0;
  view.audioLevelOffset = 0;
  view.descriptorOffset = 0;
  view.allocationOffset = 0;

  let offset = FIXED_HEADER + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (offset + 4 > length) return false;
    const profile = ((packet[offset] as number) << 8) | (packet[offset + 1] as number);
    const start = offset + 4;
    offset = start + (((packet[offset + 2] as number) << 8) | (packet[offset + 3] as number)) * 4;
    if (offset > length) return false;
    const head = profile === ONE_BYTE_PROFILE ? 1 : (profile & 0xfff0) === TWO_BYTE_PROFILE ? 2 : undefined;
    if (head !== undefined) readExtensions(packet, start, offset, head, ids, view);
  }
  let padding = 0;
  if ((first & 0x20) !== 0) {
    padding = packet[length - 1] as number;
    if (padding === 0) return false;
  }
  view.payloadOffset = offset;
  view.paddingLength = padding;
  view.payloadLength = length - offset - padding;
  return view.payloadLength >= 0;
}

/**
 * Walks elements whose head is of one octet or two. Malformed ones end the walk: what was found before them stands, the rest is
 * left alone.
 */
function readExtensions(
  packet: Buffer,
  start: number,
  end: number,
  head: 1 | 2,
  ids: ExtensionIds,
  view: RtpView,
): void {
  let at = start;
  while (at < end) {
    const first = packet[at] as number;
    const id = head === 1 ? first >> 4 : first;
    if (id === 0) {
      // A padding octet; whatever its length nibble says.
      at += 1;
      continue;
    }
    if ((head === 1 && id === 15) || at + head > end) return;
    const size = head === 1 ? (first & 0x0f) + 1 : (packet[at + 1] as number);
    const next = at + head + size;
    if (next > end) return;
    noteExtension(packet, id, at, head, size, ids, view);
    at = next;
  }
}

function noteExtension(
  packet: Buffer,
  id: number,
  at: number,
  head: number,
  size: number,
  ids: ExtensionIds,
  view: RtpView,
): void {
  if (id === ids.transportCc && view.transportCcOffset === 0 && size === 2) {
    view.transportCcOffset = at + head;
  } else if (id === ids.transportCc && id !== 0) {
    // Another beside the one that is written for each receiver would tell it what the sender likes.
    packet.fill(0, at, at + head + size);
  } else if (id === ids.audioLevel) {
    if (size >= 1) view.audioLevelOffset = at + head;
  } else if (id === ids.dependencyDescriptor) {
    view.descriptorOffset = at + head;
    view.descriptorHead = head;
    view.descriptorSize = size;
  } else if (id === ids.layersAllocation) {
    view.allocationOffset = at + head;
    view.allocationHead = head;
    view.allocationSize = size;
  } else if (id > 30 ? ids.blanked !== 0 : (ids.blanked & (1 << id)) !== 0) {
    packet.fill(0, at, at + head + size);
  }
}

/** Overwrites the dependency descriptor that `readRtp` has found: it would not be true any more after frames were left out. */
export function blankDescriptor(packet: Buffer, view: RtpView): void {
  const end = view.descriptorOffset + view.descriptorSize;
  packet.fill(0, view.descriptorOffset - view.descriptorHead, end);
  view.descriptorOffset = 0;
}

/** The same for the layers allocation: receivers are sent what they are sent, not what the sender has. */
export function blankAllocation(packet: Buffer, view: RtpView): void {
  packet.fill(0, view.allocationOffset - view.allocationHead, view.allocationOffset + view.allocationSize);
  view.allocationOffset = 0;
}

/** An unsigned 32-bit number in network order; the caller has checked the bounds. */
export function readUint32(packet: Uint8Array, offset: number): number {
  return (
    (((packet[offset] as number) << 24) |
      ((packet[offset + 1] as number) << 16) |
      ((packet[offset + 2] as number) << 8) |
      (packet[offset + 3] as number)) >>>
    0
  );
}

export function writeUint16(packet: Uint8Array, offset: number, value: number): void {
  packet[offset] = value >> 8;
  packet[offset + 1] = value;
}

export function writeUint32(packet: Uint8Array, offset: number, value: number): void {
  packet[offset] = value >>> 24;
  packet[offset + 1] = value >>> 16;
  packet[offset + 2] = value >>> 8;
  packet[offset + 3] = value;
}
