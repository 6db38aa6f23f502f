/**
 * The layers of one encoding (one SSRC) as its packets show them: which spatial and temporal layers there are, how high the
 * picture is, and the bit rate of each.
 */
import type { VideoFrame } from '../rtp/video-frame.js';
import type { AllocatedLayer } from '../rtp/layers-allocation.js';
import { BitrateMeter } from './bitrate-meter.js';

const MAX_TEMPORAL = 8;
const LAYERS = 64;
/** Frames a second of all temporal layers together; each layer below has half. */
const FULL_FRAME_RATE = 30;

/** One quality of a source: what a receiver gets who is sent all frames up to this layer of this encoding. */
export interface Layer {
  /** `layerIndex` of encoding, spatial and temporal layer. */
  readonly index: number;
  /** Lines. */
  readonly height: number;
  readonly frameRate: number;
  /** Bits a second of this layer and all that it needs; 0 while it is not sent. */
  readonly bitrate: number;
}

/** Orders the layers of a source: encoding, then spatial, then temporal layer. */
export function layerIndex(encoding: number, spatial: number, temporal: number): number {
  return (encoding << 6) | (spatial << 3) | temporal;
}

export const encodingOf = (index: number): number => index >> 6;
export const spatialOf = (index: number): number => (index >> 3) & 7;
export const temporalOf = (index: number): number => index & 7;

/** A layer as operators read it. */
export const describeLayer = ({ index, height, frameRate, bitrate }: Layer): object => ({
  encoding: encodingOf(index),
  spatial: spatialOf(index),
  temporal: temporalOf(index),
  height,
  frameRate,
  bitrate: Math.round(bitrate),
});

export class EncodingLayers {
  /** By spatial * 8 + temporal; made when the layer is first seen. */
  readonly #meters = new Array<BitrateMeter | undefined>(LAYERS).fill(undefined);
  readonly #active = new Uint8Array(LAYERS);
  #heights: readonly number[] = [];
  /** What the sender itself has said of its layers last, by spatial layer; undefined before it has. */
  #told: ReadonlyMap<number, AllocatedLayer> | undefined;

  constructor(
    /** Position among the encodings of the source. */
    private readonly encoding: number,
  ) {}

  /** Notes a packet of `octets`; answers whether the layers have changed by it. */
  packet(frame: VideoFrame, octets: number, now: number): boolean {
    const at = (frame.spatial & 7) * MAX_TEMPORAL + (frame.temporal & 7);
    let meter = this.#meters[at];
    if (meter === undefined) {
      meter = new BitrateMeter();
      this.#meters[at] = meter;
    }
    meter.add(octets, now);
    let changed = this.#active[at] === 0;
    this.#active[at] = 1;
    if (frame.heights.length > 0 && frame.heights.join() !== this.#heights.join()) {
      this.#heights = [...frame.heights];
      changed = true;
    }
    return changed;
  }

  /** Notes what the sender says that it sends in this encoding; answers whether that is another picture than before. */
  tell(layers: readonly AllocatedLayer[]): boolean {
    const before = this.#told;
    // Sizes are told when they change, bit rates more often.
    this.#told = new Map(
      layers.map((layer) => {
        const size = layer.size ?? before?.get(layer.spatial)?.size;
        return [layer.spatial, { ...layer, ...(size !== undefined && { size }) }];
      }),
    );
    const told = [...this.#told.values()];
    return (
      before?.size !== told.length ||
      told.some(({ spatial, size, targets }) => {
        const known = before.get(spatial);
        return (
          known?.targets.length !== targets.length ||
          known.size?.height !== size?.height ||
          known.size?.frameRate !== size?.frameRate
        );
      })
    );
  }

  /** What the sender says that it sends at present, lowest first; undefined before it has said anything. */
  get told(): readonly AllocatedLayer[] | undefined {
    return this.#told && [...this.#told.values()];
  }

  /** To be called now and then: whether a layer has ceased since the last call. */
  ceased(now: number): boolean {
    let ceased = false;
    for (let at = 0; at < LAYERS; at++) {
      if (this.#active[at] === 0 || (this.#meters[at]?.rate(now) ?? 0) > 0) continue;
      this.#active[at] = 0;
      ceased = true;
    }
    return ceased;
  }

  /** Bits a second of everything. */
  rate(now: number): number {
    return this.#meters.reduce((sum, meter) => sum + (meter?.rate(now) ?? 0), 0);
  }

  /**
   * The layers that have ever been seen, lowest first.
   * @param byTargets with the bit rates that the sender means to send, where it says so, rather than those that it has sent
   */
  layers(now: number, byTargets = false): Layer[] {
    const found: Layer[] = [];
    const spatialLayers = this.#countSpatial();
    const temporalLayers = this.#countTemporal();
    for (let spatial = 0; spatial < spatialLayers; spatial++) {
      for (let temporal = 0; temporal < temporalLayers; temporal++) {
        const own = this.#rateOf(spatial, temporal, now);
        const measured = own === 0 ? 0 : this.#cumulative(spatial, temporal, now);
        found.push({
          index: layerIndex(this.encoding, spatial, temporal),
          height: this.#height(spatial, spatialLayers),
          frameRate: this.#frameRate(spatial) / 2 ** (temporalLayers - 1 - temporal),
          bitrate: byTargets && this.#told !== undefined ? this.#target(spatial, temporal) : measured,
        });
      }
    }
    return found;
  }

  #frameRate(spatial: number): number {
    const told = this.#told?.get(spatial)?.size?.frameRate ?? 0;
    return told > 0 ? told : FULL_FRAME_RATE;
  }

  /** What the sender means to send up to this layer; 0: nothing of it. */
  #target(spatial: number, temporal: number): number {
    if ((this.#told?.get(spatial)?.targets.length ?? 0) <= temporal) return 0;
    let sum = 0;
    for (let lower = 0; lower <= spatial; lower++) {
      const targets = this.#told?.get(lower)?.targets ?? [];
      sum += targets[Math.min(temporal, targets.length - 1)] ?? 0;
    }
    return sum * 1000;
  }

  /** Without the sender's or a keyframe's word: lines as browsers scale simulcast of a 720-line camera. */
  #height(spatial: number, spatialLayers: number): number {
    const told = this.#told?.get(spatial)?.size?.height;
    if (told !== undefined) return told;
    if (this.#heights.length === 1 && spatialLayers === 1) return this.#heights[0] as number;
    return this.#heights[spatial] ?? 180 * 2 ** (this.encoding + spatial);
  }

  #rateOf(spatial: number, temporal: number, now: number): number {
    return this.#meters[spatial * MAX_TEMPORAL + temporal]?.rate(now) ?? 0;
  }

  #cumulative(spatial: number, temporal: number, now: number): number {
    let sum = 0;
    for (let lower = 0; lower <= spatial; lower++) {
      for (let slower = 0; slower <= temporal; slower++) sum += this.#rateOf(lower, slower, now);
    }
    return sum;
  }

  #countSpatial(): number {
    for (let at = LAYERS - 1; at >= 0; at--) {
      if (this.#meters[at] !== undefined) return Math.floor(at / MAX_TEMPORAL) + 1;
    }
    return 0;
  }

  #countTemporal(): number {
    let highest = -1;
    this.#meters.forEach((meter, at) => {
      if (meter !== undefined) highest = Math.max(highest, at % MAX_TEMPORAL);
    });
    return highest + 1;
  }
}
