/**
 * Which layers of a source come into question for a receiver: a camera first gets larger, then its frame rate; of a screen
 * sharpness counts, so that on stage the sharpest may go beyond the budget by a little.
 */
import type { SourceVideoType } from '@conclave/signaling';

import type { Layer } from '../../receive/encoding-layers.js';

/** What is worth more than anything for other sources, of a camera on stage. */
const PREFERRED_HEIGHT = 360;
const PREFERRED_FRAME_RATE = 30;
const SMALL = 180;
/** A layer above the present one must leave some room, or it would be given up again at once. */
const HEADROOM = 1.15;
/** The temporal layers in a `layerIndex`. */
const MOST_FRAMES = 7;

export interface Candidates {
  /** Lowest first. */
  readonly layers: readonly Layer[];
  /** Index into `layers` that is reached at once on stage; -1: none. */
  readonly preferred: number;
  /** Index into `layers` for which the budget may be exceeded; -1: none. */
  readonly oversend: number;
  /** `layerIndex` of the highest layer that may be sent now. */
  readonly most: number;
}

const NONE: Candidates = { layers: [], preferred: -1, oversend: -1, most: -1 };

const within = (height: number, maxHeight: number): boolean => maxHeight < 0 || height <= maxHeight;

/** Those of `layers` with no more frames a second than `maxFrameRate` (-1: no limit); of each picture the slowest at least. */
export function withinFrameRate(layers: readonly Layer[], maxFrameRate: number): readonly Layer[] {
  if (maxFrameRate < 0) return layers;
  return layers.filter(
    ({ index, frameRate }, at) =>
      frameRate <= maxFrameRate || (layers[at - 1]?.index ?? -1) >> 3 !== index >> 3,
  );
}

/**
 * @param sent the layer that is sent at present, a `layerIndex`; -1: none; those above it count for a little more than they take
 * @param held whether the picture was made smaller only just, so that it must not grow yet
 */
export function candidateLayers(
  all: readonly Layer[],
  videoType: SourceVideoType,
  maxHeight: number,
  onStage: boolean,
  sent = Infinity,
  held = false,
): Candidates {
  if (maxHeight === 0 || all.length === 0) return NONE;
  // Of a source that was only just signalled nothing is active yet: any may be asked for.
  const active = (
    all.some(({ bitrate }) => bitrate > 0) ? all.filter(({ bitrate }) => bitrate > 0) : all
  ).map((layer) => (layer.index > sent ? { ...layer, bitrate: layer.bitrate * HEADROOM } : layer));
  // More frames of the same picture come and go unnoticed, and need no keyframe.
  const most = held ? sent | MOST_FRAMES : Infinity;
  if (videoType === 'camera') return { ...camera(active, maxHeight), most };
  if (videoType === 'desktop' || videoType === 'desktop_high_fps') {
    return { ...screen(active, maxHeight, onStage), most };
  }
  return NONE;
}

function camera(active: readonly Layer[], maxHeight: number): Omit<Candidates, 'most'> {
  const large = maxHeight < 0 || maxHeight > SMALL;
  const height = large ? PREFERRED_HEIGHT : Infinity;
  const frameRate = Math.min(
    Math.max(...active.map((layer) => layer.frameRate)),
    large ? PREFERRED_FRAME_RATE : Infinity,
  );
  const lowest = Math.min(...active.map((layer) => layer.height));
  const layers = active.filter(
    (layer) =>
      layer.height === lowest ||
      (within(layer.height, maxHeight) && (layer.height < height || layer.frameRate >= frameRate)),
  );
  const preferred = layers.findLastIndex((layer) => layer.height <= Math.max(height, lowest));
  return { layers, preferred, oversend: -1 };
}

function screen(active: readonly Layer[], maxHeight: number, onStage: boolean): Omit<Candidates, 'most'> {
  const lowest = Math.min(...active.map((layer) => layer.height));
  const fitting = active.filter((layer) => within(layer.height, maxHeight));
  const layers = fitting.length > 0 ? fitting : active.filter((layer) => layer.height === lowest);
  let oversend = -1;
  if (onStage) {
    const highest = Math.max(...layers.map((layer) => layer.height));
    layers.forEach((layer, index) => {
      if (layer.height !== highest) return;
      if (oversend < 0 || layer.bitrate < (layers[oversend] as Layer).bitrate) oversend = index;
    });
  }
  return { layers, preferred: layers.length - 1, oversend };
}
