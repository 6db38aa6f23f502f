/**
 * Cameras with layers, for each codec and way of layering, as a projection is shown their packets; and a model of a decoder that says what
 * is wrong with what a receiver is sent of them. For tests with generated traces.
 */
import type { DependencyStructure } from '../../rtp/dependency-descriptor.js';
import { rtpView } from '../../rtp/rtp-packet.js';
import { type FrameKind, SWITCH, videoFrame, type VideoFrame } from '../../rtp/video-frame.js';
import type { ProjectedPacket, SourceProjection } from './source-projection.js';

/** Temporal layer by position in the cycle. */
const CYCLE = [0, 2, 1, 2] as const;
const TEMPORAL_LAYERS = 3;
const [DISCARDABLE, REQUIRED] = [1, 3];

export interface Camera {
  readonly kind: FrameKind;
  /** Encodings (simulcast), and spatial layers within each. */
  readonly encodings: number;
  readonly spatialLayers: number;
  /** Spatial layers are built on one another in key pictures alone (k-SVC). */
  readonly keyOnly: boolean;
  /** Temporal layers are built on their own past too, so that one cannot begin with them at any time. */
  readonly sticky: boolean;
}

/** One frame: of one encoding, spatial layer and picture. */
interface LayerFrame {
  readonly encoding: number;
  readonly picture: number;
  readonly spatial: number;
  readonly temporal: number;
  readonly key: boolean;
  /** Frames that must have been decoded before. */
  readonly needs: readonly LayerFrame[];
  /** Its number among all frames of its encoding. */
  readonly number: number;
  readonly packets: LayerPacket[];
}

export interface LayerPacket {
  readonly frame: LayerFrame;
  readonly read: VideoFrame;
  readonly structure: DependencyStructure | undefined;
  readonly marker: boolean;
  readonly timestamp: number;
  /** Ever-growing sequence number. */
  readonly input: number;
  /** ms. */
  readonly sent: number;
}

class Encoder {
  readonly #structure: DependencyStructure | undefined;
  #input: number;
  #position = 0;
  #number = 65_500;
  #tl0 = 250;
  /** By spatial and temporal layer. */
  #latest: (LayerFrame | undefined)[][] | undefined;

  constructor(
    private readonly camera: Camera,
    private readonly encoding: number,
  ) {
    this.#input = 65_536 + 65_400 + encoding * 11;
    if (camera.kind === 'described') this.#structure = structureOf(camera.spatialLayers);
  }

  picture(picture: number, forceKey: boolean): LayerPacket[] {
    const { spatialLayers, kind } = this.camera;
    const key = forceKey || this.#latest === undefined;
    if (key) {
      this.#position = 0;
      this.#latest = Array.from({ length: spatialLayers }, () => []);
    }
    const temporal = kind === 'h264' ? 0 : (CYCLE[this.#position++ % CYCLE.length] as number);
    if (temporal === 0) this.#tl0 += 1;
    let below: LayerFrame | undefined;
    return Array.from({ length: spatialLayers }, (_, spatial) => {
      const frame = this.#frame(picture, spatial, temporal, key, below);
      below = frame;
      return frame.packets;
    }).flat();
  }

  #frame(
    picture: number,
    spatial: number,
    temporal: number,
    key: boolean,
    below: LayerFrame | undefined,
  ): LayerFrame {
    const { camera, encoding } = this;
    const latest = this.#latest?.[spatial] as (LayerFrame | undefined)[];
    const builtOn = below !== undefined && (key || !camera.keyOnly) ? [below] : [];
    const past = latest.slice(0, temporal + 1).filter((each) => each !== undefined);
    const needs = [...builtOn, ...(key ? [] : past)];
    const packets: LayerPacket[] = [];
    const number = this.#number++;
    const frame = { encoding, picture, spatial, temporal, key, needs, number, packets };
    // Unless layers are sticky, what follows this one in higher layers needs nothing older.
    if (!camera.sticky) latest.length = temporal;
    latest[temporal] = frame;
    const count = 1 + ((picture * 7 + spatial * 3 + encoding) % 3);
    for (let index = 0; index < count; index++) packets.push(this.#packet(frame, index, count));
    return frame;
  }

  #packet(frame: LayerFrame, index: number, count: number): LayerPacket {
    const { picture, spatial, encoding } = frame;
    const [first, last] = [index === 0, index === count - 1];
    const read = Object.assign(videoFrame(), this.#describe(frame, first, last));
    frame.needs.forEach((needed, at) => (read.fdiffs[at] = frame.number - needed.number));
    if (read.kind === 'described') {
      this.#structure?.decodeTargets.forEach((target, at) => {
        read.dtis[at] = indication(frame, target, this.camera.keyOnly);
      });
    }
    return {
      frame,
      read,
      structure: this.#structure,
      marker: last && spatial === this.camera.spatialLayers - 1,
      timestamp: (picture * 33 * 90 + encoding * 123_456_789) >>> 0,
      input: this.#input++,
      sent: 1000 + picture * 33,
    };
  }

  #describe(
    { picture, spatial, temporal, key, needs, number }: LayerFrame,
    first: boolean,
    last: boolean,
  ): Partial<VideoFrame> {
    const { kind, keyOnly, spatialLayers, sticky } = this.camera;
    const keyframe = key && first && spatial === 0;
    if (kind === 'h264') return { kind, keyframe, start: keyframe };
    const common = { kind, keyframe, start: first, end: last, spatial, temporal } as const;
    if (kind === 'described') {
      const dtiCount = this.#structure?.decodeTargets.length ?? 0;
      return { ...common, id: number & 0xffff, idBits: 16, dtiCount, fdiffCount: needs.length };
    }
    return {
      ...common,
      id: (32_700 + picture + this.encoding * 5) & 0x7fff,
      idBits: 15,
      tl0: this.#tl0 & 0xff,
      interPicture: !key,
      interLayer: spatial > 0 && (key || !keyOnly),
      reference: spatial < spatialLayers - 1 && (key || !keyOnly),
      // VP8: built on layer 0 alone; VP9: what follows in higher layers needs nothing older.
      sync: kind === 'vp8' ? needs.every((needed) => needed.temporal === 0) : !sticky,
    };
  }
}

/** Decode targets of all spatial with all temporal layers, the highest first. */
function structureOf(spatialLayers: number): DependencyStructure {
  const decodeTargets = Array.from({ length: spatialLayers * TEMPORAL_LAYERS }, (_, index) => ({
    spatial: Math.floor(index / TEMPORAL_LAYERS),
    temporal: index % TEMPORAL_LAYERS,
  })).reverse();
  return { offset: 0, templates: [], decodeTargets, heights: [] };
}

/** What a frame is to a decode target, as browsers say it of their SVC (AV1 RTP s.A.3). */
function indication(
  { spatial, temporal, key }: LayerFrame,
  target: { readonly spatial: number; readonly temporal: number },
  keyOnly: boolean,
): number {
  const otherLayer = keyOnly && !key && target.spatial !== spatial;
  if (target.spatial < spatial || target.temporal < temporal || otherLayer) return 0;
  if (key) return SWITCH;
  if (target.spatial > spatial) return REQUIRED;
  return temporal > 0 && target.temporal === temporal ? DISCARDABLE : SWITCH;
}

/** `pictures` pictures at 30 a second; at `keyPictures` all encodings begin anew. */
export function layeredTrace(
  camera: Camera,
  pictures: number,
  keyPictures: ReadonlySet<number>,
): LayerPacket[] {
  const encoders = Array.from({ length: camera.encodings }, (_, index) => new Encoder(camera, index));
  return Array.from({ length: pictures }, (_, picture) =>
    encoders.flatMap((encoder) => encoder.picture(picture, keyPictures.has(picture))),
  ).flat();
}

/** A packet as the receiver gets it. */
export interface LayerReceived extends ProjectedPacket {
  readonly packet: LayerPacket;
}

const view = rtpView();

/** Offers one packet of a trace; what the receiver is sent of it. */
export function offerLayer(projection: SourceProjection, packet: LayerPacket): LayerReceived | undefined {
  const { frame, structure, read, marker, timestamp, input, sent } = packet;
  Object.assign(view, { marker, timestamp });
  const encoding = { index: frame.encoding, descriptor: { structure } };
  return projection.offer(encoding, input, view, read, sent)
    ? { ...projection.projected, packet }
    : undefined;
}

const inOrder = (received: readonly LayerReceived[]): LayerReceived[] =>
  [...received].sort((a, b) => a.sequence - b.sequence);

/** What a receiver can see of its stream without decoding: numbers that are unique, frames one after the other. */
export function faultsOfOrder(received: readonly LayerReceived[]): string[] {
  const sorted = inOrder(received);
  return sorted.flatMap((now, at) => {
    const before = sorted[at - 1];
    if (before === undefined) return [];
    const faults: string[] = [];
    const [from, to] = [before.packet.frame, now.packet.frame];
    const where = `${to.encoding}/${to.picture}/${to.spatial}`;
    if (now.sequence === before.sequence) faults.push(`${where}: number ${now.sequence} twice`);
    const samePicture = from.encoding === to.encoding && from.picture === to.picture;
    const time = (now.timestamp - before.timestamp) | 0;
    if (samePicture ? time !== 0 : time <= 0) faults.push(`${where}: timestamp by ${time}`);
    if (from === to && now.sequence - before.sequence !== now.packet.input - before.packet.input)
      faults.push(`${where}: packets of a frame apart`);
    if (from.encoding === to.encoding && from.picture > to.picture) faults.push(`${where}: too late`);
    if (now.id >= 0 && now.packet.read.kind === 'described') {
      const step = to.number - from.number;
      const begins = from.encoding !== to.encoding || (to.key && from !== to);
      if (begins ? now.id <= before.id : now.id - before.id !== step)
        faults.push(`${where}: frame number by ${now.id - before.id}`);
    } else if (now.id >= 0 && (samePicture ? now.id !== before.id : now.id <= before.id)) {
      faults.push(`${where}: picture id by ${now.id - before.id}`);
    }
    return faults;
  });
}

/** What a decoder lacks: frames that were sent though something that they need was left out, in whole or in part. */
export function faultsOfDependency(
  received: readonly LayerReceived[],
  arrived: ReadonlySet<LayerPacket>,
): string[] {
  const sent = new Set(received.map(({ packet }) => packet));
  const frames = new Set(received.map(({ packet }) => packet.frame));
  const isWhole = (frame: LayerFrame): boolean =>
    frame.packets.every((packet) => sent.has(packet) || !arrived.has(packet));
  return [...frames].flatMap((frame) =>
    frame.needs
      .filter((needed) => !isWhole(needed))
      .map(
        (needed) =>
          `${frame.encoding}/${frame.picture}/${frame.spatial} (T${frame.temporal}) without ` +
          `${needed.encoding}/${needed.picture}/${needed.spatial} (T${needed.temporal})`,
      ),
  );
}

/** Of a stream from which nothing was lost: gaps, and pictures that do not end with a marker, and only there. */
export function faultsOfCompleteness(received: readonly LayerReceived[]): string[] {
  const sorted = inOrder(received);
  return sorted.flatMap((now, at) => {
    const next = sorted[at + 1];
    if (next === undefined) return [];
    const { encoding, picture, spatial } = now.packet.frame;
    const where = `${encoding}/${picture}/${spatial}`;
    const faults = next.sequence === now.sequence + 1 ? [] : [`${where}: a gap behind it`];
    const ends = next.packet.frame.picture !== picture || next.packet.frame.encoding !== encoding;
    if (ends !== now.marker) faults.push(`${where}: ${ends ? 'no marker' : 'a marker'}`);
    return faults;
  });
}
