/**
 * A camera or a screen: up to three encodings, each with three temporal layers, keyframes when they are asked for, and packets that can
 * be had again (RFC 4585 s.6.2.1, RFC 4588). It sends no layer that nobody watches.
 */
import { PacketCache } from '@conclave/videobridge';
import { type PacketExtensions, videoPacket } from './packets.js';

/** Ms from one frame to the next. */
export const FRAME_INTERVAL = 80;
/** Of temporal layers: T0, T2, T1, T2. */
const PATTERN = [0, 2, 1, 2] as const;
/** Ticks a millisecond (RFC 7741 s.4.1). */
const CLOCK = 90;
/** A keyframe is so many times as large as another frame. */
const KEYFRAME_SIZE = 3;
const MTU = 1000;

export interface EncodingOptions {
  /** Position among the encodings of the source, lowest first. */
  readonly index: number;
  readonly ssrc: number;
  readonly rtx: number | undefined;
  /** Lines. */
  readonly height: number;
  /** Octets of a frame. */
  readonly size: number;
}

export interface PayloadTypes {
  readonly vp8: number;
  readonly rtx: number;
}

export class CameraEncoding {
  readonly #cache = new PacketCache();
  #number = Math.floor(Math.random() * 0x10000);
  #rtxNumber = Math.floor(Math.random() * 0x10000);
  #picture = Math.floor(Math.random() * 0x8000);
  #tl0 = 0;
  #frame = 0;
  #position = 0;
  /** The frames that the next ones are made from, by temporal layer. */
  #bases = [0, 0];
  #keyframeWanted = true;
  packets = 0;
  octets = 0;
  timestamp = 0;

  constructor(
    readonly options: EncodingOptions,
    private readonly formats: { readonly types: PayloadTypes; readonly extensions: PacketExtensions },
  ) {}

  /** The next frame shall be one from which a decoder can start. */
  wantKeyframe(): void {
    this.#keyframeWanted = true;
  }

  /** The packets of the picture that was taken at `now` (ms). */
  take(now: number): Buffer[] {
    const keyframe = this.#keyframeWanted;
    this.#keyframeWanted = false;
    if (keyframe) this.#position = 0;
    const position = this.#position++ % PATTERN.length;
    const temporal = PATTERN[position] ?? 0;
    const frame = ++this.#frame;
    const base = keyframe
      ? frame
      : ((temporal === 2 && position === 3 ? this.#bases[1] : this.#bases[0]) ?? 0);
    if (temporal === 0) {
      this.#tl0 = (this.#tl0 + 1) & 0xff;
      this.#bases = [frame, frame];
    } else if (temporal === 1) this.#bases[1] = frame;
    this.#picture = (this.#picture + 1) & 0x7fff;
    this.timestamp = Math.round(now * CLOCK) % 2 ** 32;
    const { index: encoding, ssrc, height, size } = this.options;
    const octets = keyframe ? size * KEYFRAME_SIZE : temporal === 0 ? size : size * 0.8;
    const count = Math.ceil(octets / MTU);
    const vp8 = {
      keyframe,
      height,
      pictureId: this.#picture,
      tl0: this.#tl0,
      temporal,
      sync: temporal === 0 ? false : position !== 3,
    };
    return Array.from({ length: count }, (_, index) => {
      const number = ++this.#number & 0xffff;
      const header = { payloadType: this.formats.types.vp8, ssrc, number, timestamp: this.timestamp };
      const mark = { encoding, count, index, frame, base, captured: now };
      const packet = videoPacket(header, vp8, mark, Math.ceil(octets / count), this.formats.extensions);
      this.#cache.insert(number, packet, now);
      this.packets += 1;
      this.octets += packet.length;
      return packet;
    });
  }

  /** A packet once more, as a retransmission; undefined when it is not kept, or there are none. */
  again(sequence: number, now: number): Buffer | undefined {
    const packet = this.#cache.get(sequence, now);
    const { rtx } = this.options;
    if (packet === undefined || rtx === undefined || this.formats.types.rtx === 0) return undefined;
    const payload = 16 + packet.readUInt16BE(14) * 4;
    const again = Buffer.alloc(packet.length + 2);
    packet.copy(again, 0, 0, payload);
    again.writeUInt8((packet.readUInt8(1) & 0x80) | this.formats.types.rtx, 1);
    again.writeUInt16BE(++this.#rtxNumber & 0xffff, 2);
    again.writeUInt32BE(rtx, 8);
    again.writeUInt16BE(sequence, payload);
    packet.copy(again, payload + 2, payload);
    return again;
  }
}

export class Camera {
  muted = false;
  /** Lines that are wanted at most; -1: no limit. */
  #wanted = -1;

  constructor(
    readonly name: string,
    readonly encodings: readonly CameraEncoding[],
  ) {}

  /** What the bridge says that is watched: a layer that begins (again) begins with a keyframe. */
  constrain(maxHeight: number): void {
    const before = this.#active;
    this.#wanted = maxHeight;
    for (const each of this.#active) if (!before.includes(each)) each.wantKeyframe();
  }

  mute(muted: boolean): void {
    this.muted = muted;
    if (!muted) for (const each of this.encodings) each.wantKeyframe();
  }

  take(now: number): Buffer[] {
    return this.#active.flatMap((encoding) => encoding.take(now));
  }

  get #active(): readonly CameraEncoding[] {
    if (this.muted || this.#wanted === 0) return [];
    return this.encodings.filter(
      ({ options: { height } }, index) => index === 0 || this.#wanted < 0 || height <= this.#wanted,
    );
  }
}
