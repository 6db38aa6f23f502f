/** What the last allocation of a receiver has come to: remembered, so that operators can be told what is sent of each video, and why. */
import { type Decision, reasonOf } from '../bandwidth/allocation/reason.js';
import { describeLayer } from '../receive/encoding-layers.js';
import type { VideoSource } from './video-source.js';

export interface AllocationRecord {
  /** When it was, in ms. */
  readonly at: number;
  /** Bits a second that there were. */
  readonly budget: number;
  /** Bits a second of what is sent and of the best that could be. */
  readonly bitrate: number;
  readonly idealBitrate: number;
  readonly oversending: boolean;
  /** In the order of their priority. */
  readonly decisions: ReadonlyMap<VideoSource, Decision>;
}

export const NO_ALLOCATION: AllocationRecord = {
  at: -Infinity,
  budget: 0,
  bitrate: 0,
  idealBitrate: 0,
  oversending: false,
  decisions: new Map(),
};

/** Sources that the receiver wants, that come, and for which there is no bandwidth. */
export function suspended({ decisions }: AllocationRecord): number {
  return [...decisions.values()].filter(
    ({ layers, maxHeight, target }) => target < 0 && maxHeight !== 0 && layers.length > 0,
  ).length;
}

/** The record as a whole, but for its videos. */
export function describeRecord(record: AllocationRecord, now: number): object {
  const { at, budget, bitrate, idealBitrate, oversending } = record;
  return {
    budget: finite(budget),
    bitrate: finite(bitrate),
    idealBitrate: finite(idealBitrate),
    oversending,
    suspended: suspended(record),
    allocatedMsAgo: finite(now - at),
  };
}

/** JSON knows no infinity. */
const finite = (value: number): number | null => (Number.isFinite(value) ? Math.round(value) : null);

/**
 * What is wanted of `source` and what is sent, and why.
 * @param stream what is known of the stream by which it is sent, if there is one
 */
export function explain(source: VideoSource, decision: Decision, stream: object | undefined): object {
  const { layers, target, wanted } = decision;
  const [sent, best] = [layers.find(({ index }) => index === target), layers.at(-1)];
  return {
    source: source.name,
    wanted,
    reason: reasonOf(decision),
    target: sent === undefined ? null : describeLayer(sent),
    best: best === undefined ? null : describeLayer(best),
    stream: stream ?? null,
  };
}
