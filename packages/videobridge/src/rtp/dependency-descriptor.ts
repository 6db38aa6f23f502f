/**
 * The dependency descriptor header extension (AV1 RTP s.A): for any codec, also for encrypted frames, which layer a frame is of
 * and which frames it needs. Keyframes carry the structure, whose templates later frames refer to; so reading needs memory.
 */
import { MAX_DECODE_TARGETS, MAX_FDIFFS, resetFrame, type VideoFrame } from './video-frame.js';

const MAX_TEMPLATES = 64;

interface Template {
  readonly spatial: number;
  readonly temporal: number;
  readonly dtis: readonly number[];
  readonly fdiffs: readonly number[];
}

/** One quality that a receiver can be given: all frames of it up to these layers. */
export interface DecodeTarget {
  readonly spatial: number;
  readonly temporal: number;
}

export interface DependencyStructure {
  readonly offset: number;
  readonly templates: readonly Template[];
  readonly decodeTargets: readonly DecodeTarget[];
  /** Lines of each spatial layer; empty when not told. */
  readonly heights: readonly number[];
}

/** Reads bits; past the end it reads zeros and remembers that. */
class BitReader {
  #bit: number;
  readonly #end: number;

  constructor(
    private readonly data: Uint8Array,
    offset: number,
    size: number,
  ) {
    this.#bit = offset * 8;
    this.#end = (offset + size) * 8;
  }

  get exhausted(): boolean {
    return this.#bit > this.#end;
  }

  bits(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++) {
      const at = this.#bit++;
      const bit = at < this.#end ? ((this.data[at >> 3] as number) >> (7 - (at & 7))) & 1 : 0;
      value = value * 2 + bit;
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** A number below `limit` in as few bits as it takes (AV1 s.4.10.10). */
  below(limit: number): number {
    let width = 0;
    for (let left = limit; left !== 0; left >>= 1) width += 1;
    const short = (1 << width) - limit;
    const value = this.bits(width - 1);
    return value < short ? value : (value << 1) - short + this.bits(1);
  }
}

export class DependencyDescriptorReader {
  #structure: DependencyStructure | undefined;
  /** Bit per decode target that the sender sends at present. */
  #active = -1;
  /** Whether structure or active targets have changed with the last frame that was read. */
  changed = false;

  get structure(): DependencyStructure | undefined {
    return this.#structure;
  }

  /** Whether decode target `index` is sent at present. */
  isActive(index: number): boolean {
    return (this.#active & (1 << index)) !== 0;
  }

  /**
   * Reads the descriptor of `size` octets at `offset`. False when it is malformed or refers to a structure that is not known: the
   * frame is then of use to nobody until a keyframe brings the structure.
   */
  read(packet: Uint8Array, offset: number, size: number, frame: VideoFrame): boolean {
    resetFrame(frame, 'described');
    this.changed = false;
    if (size < 3 || offset + size > packet.length) return false;
    const first = packet[offset] as number;
    frame.start = (first & 0x80) !== 0;
    frame.end = (first & 0x40) !== 0;
    frame.id = ((packet[offset + 1] as number) << 8) | (packet[offset + 2] as number);
    frame.idOffset = offset + 1;
    frame.idBits = 16;
    const templateId = first & 0x3f;
    if (size === 3) return this.#expand(templateId, undefined, false, false, frame);
    const reader = new BitReader(packet, offset + 3, size - 3);
    const [structured, activeTold] = [reader.flag(), reader.flag()];
    const [customDtis, customFdiffs] = [reader.flag(), reader.flag()];
    reader.bits(1);
    if (structured) {
      const structure = readStructure(reader);
      if (structure === undefined) return false;
      this.#structure = structure;
      this.#active = -1;
      this.changed = true;
      frame.keyframe = frame.start;
      for (const height of structure.heights) frame.heights.push(height);
    }
    if (activeTold && this.#structure !== undefined) this.#readActive(reader, this.#structure);
    return this.#expand(templateId, reader, customDtis, customFdiffs, frame) && !reader.exhausted;
  }

  #readActive(reader: BitReader, { decodeTargets }: DependencyStructure): void {
    let active = 0;
    // The first bit is of the highest target.
    for (let index = decodeTargets.length - 1; index >= 0; index--) active |= reader.bits(1) << index;
    if (active !== this.#active) this.changed = true;
    this.#active = active;
  }

  #expand(
    templateId: number,
    reader: BitReader | undefined,
    customDtis: boolean,
    customFdiffs: boolean,
    frame: VideoFrame,
  ): boolean {
    const structure = this.#structure;
    const template = structure?.templates[(templateId - structure.offset + MAX_TEMPLATES) % MAX_TEMPLATES];
    if (structure === undefined || template === undefined) return false;
    frame.spatial = template.spatial;
    frame.temporal = template.temporal;
    frame.dtiCount = structure.decodeTargets.length;
    for (let index = 0; index < frame.dtiCount; index++) {
      frame.dtis[index] =
        customDtis && reader !== undefined ? reader.bits(2) : (template.dtis[index] as number);
    }
    if (customFdiffs && reader !== undefined) {
      for (let size = reader.bits(2); size !== 0 && frame.fdiffCount < MAX_FDIFFS; size = reader.bits(2)) {
        frame.fdiffs[frame.fdiffCount++] = reader.bits(size * 4) + 1;
      }
    } else {
      for (const fdiff of template.fdiffs) frame.fdiffs[frame.fdiffCount++] = fdiff;
    }
    return true;
  }
}

function readStructure(reader: BitReader): DependencyStructure | undefined {
  const offset = reader.bits(6);
  const targets = reader.bits(5) + 1;
  const layers: DecodeTarget[] = [];
  let spatial = 0;
  let temporal = 0;
  for (let next = 0; next !== 3;) {
    layers.push({ spatial, temporal });
    next = reader.bits(2);
    if (next === 1) temporal += 1;
    if (next === 2) [spatial, temporal] = [spatial + 1, 0];
    if (layers.length > MAX_TEMPLATES || reader.exhausted) return undefined;
  }
  const dtis = layers.map(() => Array.from({ length: targets }, () => reader.bits(2)));
  const templates = layers.map((layer, index): Template => {
    const fdiffs: number[] = [];
    while (reader.flag() && fdiffs.length < MAX_FDIFFS) fdiffs.push(reader.bits(4) + 1);
    return { ...layer, dtis: dtis[index] ?? [], fdiffs };
  });
  const chains = reader.below(targets + 1);
  if (chains > 0) {
    for (let target = 0; target < targets; target++) reader.below(chains);
    for (let left = templates.length * chains; left > 0; left--) reader.bits(4);
  }
  const heights: number[] = [];
  if (reader.flag()) {
    for (let layer = 0; layer <= spatial; layer++) {
      reader.bits(16);
      heights.push(reader.bits(16) + 1);
    }
  }
  if (reader.exhausted || targets > MAX_DECODE_TARGETS) return undefined;
  return { offset, templates, decodeTargets: decodeTargetsOf(templates, targets), heights };
}

/** A decode target reaches as high as the highest layer that belongs to it. */
function decodeTargetsOf(templates: readonly Template[], count: number): DecodeTarget[] {
  return Array.from({ length: count }, (_, index) => {
    const members = templates.filter(({ dtis }) => dtis[index] !== 0);
    const spatial = Math.max(0, ...members.map((member) => member.spatial));
    return { spatial, temporal: Math.max(0, ...members.map((member) => member.temporal)) };
  });
}
