/**
 * Who in a conference is sent which video in which quality: worked out for each receiver when something that it depends on has
 * changed, a few receivers at a time, and from time to time anyway.
 */
import { isEnabled } from '../bandwidth/allocation/effective-constraints.js';
import type { Endpoint } from './endpoint.js';
import { forwardedSources } from './messages.js';
import type { ConferenceCore, ConferencePart } from './part.js';
import type { VideoSource } from './video-source.js';

/** Receivers that are looked at in one tick of 20 ms. */
const PER_TICK = 32;
/** The sender's keyframe comes so long (ms) after the word of the farthest receiver that it wants a larger picture. */
const AFTER_WORD = 10;
/** Bit rates change without any event: each receiver is looked at this often, in ms. */
const REFRESH = 2000;

export interface DistributionContext {
  /** Endpoint ids, the latest speaker first. */
  readonly speechOrder: () => readonly string[];
  /** The bridge's limit on forwarded sources, in a conference of `size` of them; -1: none. */
  readonly lastN: (size: number) => number;
}

export class VideoDistribution implements ConferencePart {
  /** A camera of which a larger picture will be asked for, and when. */
  #expected: { readonly source: VideoSource; readonly at: number } | undefined;

  constructor(
    private readonly core: Pick<ConferenceCore, 'endpoints' | 'sender' | 'videos'>,
    private readonly context: DistributionContext,
  ) {}

  left(endpointId: string): void {
    for (const { keyframes } of this.core.videos) keyframes.forget(endpointId);
  }

  /** Lets the video of everybody be allocated anew. */
  rebuild(): void {
    const { videos } = this.core;
    for (const endpoint of this.core.endpoints.values()) {
      if (endpoint.connected) endpoint.reception.see(videos.filter(({ owner }) => owner !== endpoint.id));
      else this.#release(endpoint, videos);
    }
  }

  /** The endpoint leaves: it receives nothing any more. */
  release(endpoint: Endpoint): void {
    this.#release(endpoint, this.core.videos);
  }

  #release({ reception }: Endpoint, videos: readonly VideoSource[]): void {
    this.tellSenders(reception.close(videos));
  }

  /** Something that concerns everybody has changed, such as who speaks. */
  changed(): void {
    for (const { reception } of this.core.endpoints.values()) reception.stale = true;
  }

  /**
   * Somebody else speaks: where people look at a speaker, they will ask for a larger picture of this one when they have heard of it. A
   * keyframe is asked for beforehand, so that it comes when they do.
   */
  speakerChanged(id: string, now: number): void {
    const { endpoints } = this.core;
    const speaker = endpoints.get(id);
    const camera = speaker?.sources.find(
      (source) => source.type === 'video' && source.videoType === 'camera',
    );
    // Of two each looks at the other already.
    if (camera?.type !== 'video' || endpoints.size < 3) return;
    const looking = [...endpoints.values()].filter(
      (endpoint) => endpoint !== speaker && endpoint.connected && endpoint.reception.looksAtStage,
    );
    if (looking.length === 0) return;
    const farthest = Math.max(...looking.map(({ rtt }) => rtt ?? 0));
    this.#expected = { source: camera, at: now + Math.max(0, farthest - (speaker?.rtt ?? 0)) + AFTER_WORD };
  }

  /** All enabled video of the conference, as it ranks by speech. */
  #ranked(): VideoSource[] {
    const on: VideoSource[] = [];
    const off: VideoSource[] = [];
    for (const id of this.context.speechOrder()) {
      const videos = (this.core.sender(id)?.sources ?? []).filter((source) => source.type === 'video');
      (videos.some(isEnabled) ? on : off).push(...videos);
    }
    return [...on, ...off];
  }

  /** To be called every 20 ms. */
  tick(now: number): void {
    this.#noteLayers(now);
    const { endpoints } = this.core;
    const expected = this.#expected;
    if (expected !== undefined && now >= expected.at) {
      this.#expected = undefined;
      this.requestKeyframe(expected.source, undefined, now);
    }
    let ranked: VideoSource[] | undefined;
    let left = PER_TICK;
    for (const endpoint of endpoints.values()) {
      if (left === 0) return;
      const { reception } = endpoint;
      if (!endpoint.connected || (!reception.stale && now - reception.allocatedAt < REFRESH)) continue;
      ranked ??= this.#ranked();
      this.#allocate(endpoint, ranked, now);
      left -= 1;
    }
  }

  /** What has other layers than before may fit otherwise into what receivers can be sent. */
  #noteLayers(now: number): void {
    for (const { connected, ingress, sources } of this.core.endpoints.values()) {
      if (!connected) continue;
      for (const source of sources) {
        if (source.type !== 'video' || !source.takeLayersChanged(now)) continue;
        ingress.counts.layerChanges += 1;
        this.changed();
      }
    }
  }

  #allocate(endpoint: Endpoint, ranked: readonly VideoSource[], now: number): void {
    const others = ranked.filter(({ owner }) => owner !== endpoint.id);
    const { reception } = endpoint;
    const lastN = this.context.lastN(others.length + 1);
    const outcome = reception.allocate(others, endpoint.videoBandwidth(now), lastN, now);
    if (outcome.forwarded !== undefined) endpoint.channel.send(forwardedSources(outcome.forwarded));
    this.tellSenders(outcome.constrained);
    for (const source of outcome.keyframes) this.requestKeyframe(source, undefined, now);
  }

  /** Tells the owners of `sources` how high these are wanted now. */
  tellSenders(sources: readonly VideoSource[]): void {
    for (const source of sources) this.core.sender(source.owner)?.constrain(source);
  }

  /** Asks the sender for a keyframe, for `receiver` or (undefined) the bridge itself. */
  requestKeyframe(source: VideoSource, receiver: string | undefined, now: number): void {
    this.core.sender(source.owner)?.requestKeyframe(source, receiver, now);
  }
}
