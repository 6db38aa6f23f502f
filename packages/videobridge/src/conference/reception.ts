/**
 * What one endpoint receives: every audio source that it has not refused, and of the video sources what its wishes and its
 * bandwidth allow.
 */
import { randomBytes } from 'node:crypto';

import type {
  BridgeMessage,
  ReceiverAudioSubscription,
  ReceiverVideoConstraints,
  VideoSourceMapping,
} from '@conclave/signaling';

import { ReceiverConstraints } from '../bandwidth/allocation/receiver-constraints.js';
import type { Layer } from '../receive/encoding-layers.js';
import type { Egress } from '../send/egress.js';
import { type AudioSlot, audioSlot, AudioSlots } from '../send/audio-slots.js';
import { ForwardedAudio } from '../send/forwarded-audio.js';
import { ForwardedVideo } from '../send/forwarded-video.js';
import { PaddingStream } from '../send/padding-stream.js';
import { VideoSlots } from '../send/video-slots.js';
import { describeRecord, explain, NO_ALLOCATION, suspended } from './allocation-record.js';
import type { AudioSource } from './audio-source.js';
import { decideVideo } from './decide-video.js';
import type { EndpointFormats } from './formats.js';
import { type BridgeLimits, DEFAULT_LIMITS } from './limits.js';
import type { VideoSource } from './video-source.js';

/** What an allocation has changed that others must hear of. */
export interface AllocationOutcome {
  /** Names of the sources that are sent; absent when they are the same as before. */
  readonly forwarded?: readonly string[];
  /** Sources that must be sent higher or lower than before. */
  readonly constrained: readonly VideoSource[];
  /** Sources of which a quality is wanted that only a keyframe can bring. */
  readonly keyframes: readonly VideoSource[];
}

/** A picture that had to be made smaller grows no earlier again than after so many ms. */
const HOLD = 3000;

/** A change of the bandwidth by more than this share is answered at once. */
const CHANGE = 0.15;

/** SSRCs of each medium that a client with SSRC rewriting is prepared for. */
const SLOTS = 50;

const newSsrc = (): number => randomBytes(4).readUInt32BE() || 1;

const EVERYTHING: Omit<ReceiverAudioSubscription, 'colibriClass'> = { all: true, include: [], exclude: [] };

export class Reception {
  readonly #constraints: ReceiverConstraints;
  #subscription = EVERYTHING;
  #video = new Map<VideoSource, ForwardedVideo>();
  #audio = new Map<AudioSource, ForwardedAudio>();
  /** By the SSRC that this endpoint sees. */
  #bySsrc = new Map<number, VideoSource>();
  #forwarded: readonly string[] = [];
  readonly #announce: ((message: BridgeMessage) => void) | undefined;
  readonly #audioSlots: AudioSlots | undefined;
  readonly #videoSlots: VideoSlots | undefined;
  readonly #padding: PaddingStream;
  /** Whether the allocation must be looked at again. */
  stale = true;
  #last = NO_ALLOCATION;
  retransmitted = 0;

  constructor(
    private readonly endpointId: string,
    private readonly egress: Egress,
    /** The receiver's. */
    private readonly formats: EndpointFormats,
    /** SSRC of the bridge's own video. */
    ownSsrc: number,
    /** With SSRC rewriting: how the endpoint is told which source is behind which SSRC. */
    announce: ((message: BridgeMessage) => void) | undefined,
    private readonly limits: Pick<BridgeLimits, 'assumedBandwidth' | 'targetBitrates'> = DEFAULT_LIMITS,
  ) {
    this.#constraints = new ReceiverConstraints(limits.assumedBandwidth);
    this.#padding = new PaddingStream(egress, ownSsrc);
    if (announce === undefined) return;
    this.#announce = announce;
    this.#audioSlots = new AudioSlots(SLOTS, newSsrc, (slot, { source }) =>
      announce({ colibriClass: 'AudioSourcesMap', mappedSources: [mappingOf(slot, source)] }),
    );
    this.#videoSlots = new VideoSlots(egress, { most: SLOTS, newSsrc, rtxPayloadType: this.#rtxPayloadType });
  }

  /** Which source is behind which SSRC, for an endpoint whose channel has just opened; none without SSRC rewriting. */
  get mappings(): BridgeMessage[] {
    if (this.#announce === undefined) return [];
    const audio = (this.#audioSlots?.all ?? []).flatMap((slot) =>
      slot.owner === undefined ? [] : [mappingOf(slot, slot.owner.source)],
    );
    const video = [...this.#video].map(([source, slot]) => videoMapping(source, slot));
    return [
      ...(audio.length > 0 ? [{ colibriClass: 'AudioSourcesMap', mappedSources: audio } as const] : []),
      ...(video.length > 0 ? [{ colibriClass: 'VideoSourcesMap', mappedSources: video } as const] : []),
    ];
  }

  /** Names of the video sources that this endpoint is sent. */
  get forwarded(): readonly string[] {
    return this.#forwarded;
  }

  /** Whether somebody is shown larger than the others. */
  get looksAtStage(): boolean {
    return this.#constraints.onStageSources.length > 0;
  }

  /** When the allocation was looked at last, in ms. */
  get allocatedAt(): number {
    return this.#last.at;
  }

  /** Bits a second of what is sent. */
  get bitrate(): number {
    return this.#last.bitrate;
  }

  /** The same, were the best sent of everything that is wanted. */
  get idealBitrate(): number {
    return this.#last.idealBitrate;
  }

  get oversending(): boolean {
    return this.#last.oversending;
  }

  /** Sources that it wants and for which there is no bandwidth. */
  get suspended(): number {
    return suspended(this.#last);
  }

  /** Until the endpoint says what it wants, no more than so many videos are for it. */
  begin(lastN: number): void {
    this.#constraints.lastN = lastN;
  }

  constrain(message: Partial<ReceiverVideoConstraints>): void {
    this.#constraints.update(message);
    this.stale = true;
  }

  /** Takes the audio subscription; it counts from the next `hear` on. */
  subscribe(subscription: ReceiverAudioSubscription): void {
    this.#subscription = subscription;
  }

  /** Whether the endpoint has asked for just this audio source, be it as loud as it may. */
  asksFor(source: AudioSource): boolean {
    return this.#subscription.include.includes(source.name);
  }

  /** Sets which audio sources there are; answers how each that is heard reaches this endpoint. */
  hear(sources: readonly AudioSource[]): ReadonlyMap<AudioSource, ForwardedAudio> {
    const { all, include, exclude } = this.#subscription;
    const heard = sources.filter(
      ({ name, synthetic }) => !exclude.includes(name) && ((all && !synthetic) || include.includes(name)),
    );
    const former = this.#audio;
    this.#audio = new Map(
      heard.map((source) => {
        const known = former.get(source);
        return [
          source,
          known ??
            new ForwardedAudio(source, this.egress, this.#audioSlots ?? audioSlot(source.ssrc), this.formats),
        ];
      }),
    );
    for (const [source, audio] of former) if (!this.#audio.has(source)) this.#audioSlots?.release(audio);
    return this.#audio;
  }

  /** Sets which video sources there are; what of them is sent the next allocation decides. */
  see(sources: readonly VideoSource[]): void {
    const known = new Set(sources);
    for (const [source, video] of this.#video) {
      if (known.has(source)) continue;
      this.#shut(source, video);
      this.#videoSlots?.release(video);
    }
    this.stale = true;
  }

  /** Decides anew what is sent of `sources`, which come in the order of speech, with `budget` bits a second. */
  allocate(
    sources: readonly VideoSource[],
    budget: number,
    bridgeLastN: number,
    now: number,
  ): AllocationOutcome {
    this.stale = false;
    const { targetBitrates } = this.limits;
    this.#last = decideVideo(
      { sources, wishes: this.#constraints, sent: this.#video, budget, lastN: bridgeLastN, targetBitrates },
      now,
    );
    const { decisions } = this.#last;
    const keyframes: VideoSource[] = [];
    const constrained: VideoSource[] = [];
    const forwarded: string[] = [];
    // What ends goes first, so that with SSRC rewriting its stream is free for what begins.
    for (const [source, { layers, target }] of decisions) {
      this.#hold(source, target, layers, now);
      if (target < 0) this.#setTarget(source, -1);
    }
    for (const [source, { maxHeight, target }] of decisions) {
      if (target >= 0) forwarded.push(source.name);
      if (this.#setTarget(source, target)) keyframes.push(source);
      if (source.wish(this.endpointId, maxHeight)) constrained.push(source);
    }
    const same =
      forwarded.length === this.#forwarded.length &&
      forwarded.every((name) => this.#forwarded.includes(name));
    this.#forwarded = forwarded;
    return { ...(!same && { forwarded }), constrained, keyframes };
  }

  /** What is lowered although the receiver wants more does not rise at once again: that would swing to and fro. */
  #hold(source: VideoSource, target: number, wanted: readonly Layer[], now: number): void {
    const video = this.#video.get(source);
    if (video === undefined || target >> 3 >= video.target >> 3) return;
    if (wanted.some(({ index }) => index === video.target)) video.heldUntil = now + HOLD;
  }

  /** Answers whether a keyframe is needed for it. */
  #setTarget(source: VideoSource, target: number): boolean {
    let video = this.#video.get(source);
    if (video === undefined) {
      if (target < 0) return false;
      video = this.#open(source);
    }
    const before = video.target;
    if (before === target) return false;
    video.target = target;
    if (before < 0 !== target < 0) source.setReceiver(video, target >= 0);
    return target >= 0 && video.current !== target >> 6;
  }

  readonly #rtxPayloadType = (original: number): number | undefined => this.formats.rtxFor(original);

  #open(source: VideoSource): ForwardedVideo {
    const { ssrc, rtx } = source;
    const video =
      this.#videoSlots?.take() ??
      new ForwardedVideo(this.egress, { ssrc, rtx, rtxPayloadType: this.#rtxPayloadType });
    const former = this.#bySsrc.get(video.ssrc);
    if (former !== undefined) this.#shut(former, video);
    this.#video.set(source, video);
    for (const own of [video.rtx ?? video.ssrc, video.ssrc]) this.#bySsrc.set(own, source);
    this.#announce?.({ colibriClass: 'VideoSourcesMap', mappedSources: [videoMapping(source, video)] });
    return video;
  }

  #shut(source: VideoSource, video: ForwardedVideo): void {
    source.setReceiver(video, false);
    this.#video.delete(source);
    for (const own of [video.rtx ?? video.ssrc, video.ssrc]) this.#bySsrc.delete(own);
  }

  /** Notes how much may be sent now: the allocation follows when that has changed by much. */
  bandwidthChanged(bandwidth: number): void {
    if (Math.abs(bandwidth - this.#last.budget) > CHANGE * this.#last.budget) this.stale = true;
  }

  /** Sends `octets` of padding, so that the estimate of the bandwidth can grow. */
  pad(octets: number, now: number): void {
    let left = octets;
    for (const [source, video] of this.#video) {
      if (left <= 0) return;
      if (video.target >= 0) left -= video.pad(source, left, now);
    }
    const { video: payloadType, extensions } = this.formats;
    if (left > 0 && payloadType !== undefined) {
      this.#padding.send(left, payloadType, extensions.transportCc, now);
    }
  }

  /** The video source that this endpoint is sent under `ssrc`. */
  videoOf(ssrc: number): VideoSource | undefined {
    const source = this.#bySsrc.get(ssrc);
    return source !== undefined && (this.#video.get(source)?.target ?? -1) >= 0 ? source : undefined;
  }

  /** Answers a NACK of this endpoint. */
  nack(ssrc: number, sequences: readonly number[], now: number): void {
    const source = this.#bySsrc.get(ssrc);
    const video = source && this.#video.get(source);
    if (video !== undefined) this.retransmitted += video.nack(source as VideoSource, sequences, now);
  }

  /** What is wanted and what is sent of each video, and why, for operators. */
  state(now: number): object {
    return {
      wishes: this.#constraints.state,
      audio: this.#audio.size,
      ...describeRecord(this.#last, now),
      retransmitted: this.retransmitted,
      video: [...this.#last.decisions].map(([source, decision]) =>
        explain(source, decision, this.#video.get(source)?.state(now)),
      ),
    };
  }

  /** The endpoint is not connected any more, or leaves: it receives nothing. Answers whose sources are less wanted now. */
  close(sources: readonly VideoSource[]): VideoSource[] {
    for (const [source, video] of this.#video) {
      this.#shut(source, video);
      this.#videoSlots?.release(video);
    }
    for (const audio of this.#audio.values()) this.#audioSlots?.release(audio);
    this.#audio.clear();
    this.#forwarded = [];
    this.#last = { ...this.#last, decisions: new Map() };
    this.stale = true;
    return sources.filter((source) => source.wish(this.endpointId, undefined));
  }
}

function mappingOf({ ssrc }: AudioSlot, { name, owner }: { readonly name: string; readonly owner: string }) {
  return { source: name, owner, ssrc };
}

function videoMapping(
  { name, owner, videoType }: VideoSource,
  { ssrc, rtx }: ForwardedVideo,
): VideoSourceMapping {
  return { source: name, owner, ssrc, rtx: rtx ?? -1, videoType };
}
