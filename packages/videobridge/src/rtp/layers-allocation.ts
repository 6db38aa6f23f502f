/**
 * The video layers allocation header extension (VLA, http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00): what a sender
 * means to send at present, i.e. which layers there are in all streams of a source, their bit rates, sizes and frame rates.
 */

/** One spatial layer that is sent at present. */
export interface AllocatedLayer {
  /** Index of the stream (encoding) and spatial layer. */
  readonly stream: number;
  readonly spatial: number;
  /** Kilobits a second for each temporal layer with all below it, the lowest first. */
  readonly targets: readonly number[];
  /** Pixels, lines, and frames a second of all temporal layers; absent where the sender does not tell again. */
  readonly size?: { readonly width: number; readonly height: number; readonly frameRate: number };
}

export interface LayersAllocation {
  /** Index of the stream that the packet is of. */
  readonly stream: number;
  /** How many streams there are. */
  readonly streams: number;
  /** Ordered by stream, then spatial layer. */
  readonly layers: readonly AllocatedLayer[];
}

const SPATIAL_LAYERS = 4;
/** Width, height and frame rate of a layer. */
const SIZE_OCTETS = 5;

/** Reads the `size` octets at `offset`; undefined when they are malformed. */
export function readLayersAllocation(
  packet: Uint8Array,
  offset: number,
  size: number,
): LayersAllocation | undefined {
  const data = packet.subarray(offset, offset + size);
  const first = data[0];
  if (first === undefined || data.length !== size) return undefined;
  // One octet of zero: nothing is sent at all.
  if (size === 1 && first === 0) return { stream: 0, streams: 1, layers: [] };
  const stream = first >> 6;
  const streams = ((first >> 4) & 3) + 1;
  let at = 1;
  const places: { readonly stream: number; readonly spatial: number }[] = [];
  const common = first & 0x0f;
  for (let index = 0; index < streams; index++) {
    // Four bits a stream, the first of two in the upper half of an octet.
    const mask = common !== 0 ? common : ((data[at + (index >> 1)] ?? 0) >> (index % 2 === 0 ? 4 : 0)) & 0x0f;
    for (let spatial = 0; spatial < SPATIAL_LAYERS; spatial++) {
      if ((mask & (1 << spatial)) !== 0) places.push({ stream: index, spatial });
    }
  }
  if (common === 0) at += (streams + 1) >> 1;
  // Two bits a layer, four layers an octet.
  const counts = places.map((_, index) => ((data[at + (index >> 2)] ?? 0) >> (6 - 2 * (index & 3))) & 3);
  at += (places.length + 3) >> 2;
  const targets: number[][] = [];
  for (const count of counts) {
    const own: number[] = [];
    for (let temporal = 0; temporal <= count; temporal++) {
      const read = readLeb128(data, at);
      if (read === undefined) return undefined;
      own.push(read.value);
      at = read.next;
    }
    targets.push(own);
  }
  const told = data.length - at;
  if (told !== 0 && told !== places.length * SIZE_OCTETS) return undefined;
  const layers = places.map((place, index): AllocatedLayer => ({
    ...place,
    targets: targets[index] ?? [],
    ...(told !== 0 && { size: readSize(data, at + index * SIZE_OCTETS) }),
  }));
  return { stream, streams, layers };
}

function readSize(data: Uint8Array, at: number): { width: number; height: number; frameRate: number } {
  const octet = (index: number): number => data[at + index] ?? 0;
  return {
    width: ((octet(0) << 8) | octet(1)) + 1,
    height: ((octet(2) << 8) | octet(3)) + 1,
    frameRate: octet(4),
  };
}

/** A number in groups of seven bits, the lowest first (AV1 s.4.10.5); undefined when it does not end, or is beyond 32 bits. */
function readLeb128(data: Uint8Array, at: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const octet = data[at + index];
    if (octet === undefined) return undefined;
    value += (octet & 0x7f) * 2 ** (7 * index);
    if (octet < 0x80) return value > 0xffffffff ? undefined : { value, next: at + index + 1 };
  }
  return undefined;
}
