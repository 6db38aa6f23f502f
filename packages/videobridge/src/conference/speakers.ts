/** Who speaks: which of the many open microphones are heard, and what clients and the distribution of video make of it. */
import type { DominantSpeakerEndpointChangeEvent } from '@conclave/signaling';

import { SpeechActivity } from '../speech/speech-activity.js';
import type { ConferenceChannels } from './channels.js';
import type { BridgeLimits } from './limits.js';
import type { ConferencePart } from './part.js';
import type { VideoDistribution } from './video-distribution.js';

export class Speakers implements ConferencePart {
  readonly #activity: SpeechActivity;

  constructor(
    { loudestSpeakers, silenceDetection }: Pick<BridgeLimits, 'loudestSpeakers' | 'silenceDetection'>,
    private readonly channels: ConferenceChannels,
    private readonly video: VideoDistribution,
  ) {
    this.#activity = new SpeechActivity({
      loudest: loudestSpeakers < 0 ? undefined : loudestSpeakers,
      detectSilence: silenceDetection,
    });
  }

  /** Endpoint ids, the latest speaker first. */
  get order(): readonly string[] {
    return this.#activity.order;
  }

  /** How often the dominant speaker has changed. */
  get changes(): number {
    return this.#activity.changes;
  }

  /** What clients are told; undefined while nobody has spoken. */
  get event(): DominantSpeakerEndpointChangeEvent | undefined {
    return this.#activity.event;
  }

  /** Whether the endpoint is one of those whom others are likely to see or hear. */
  isRecent(endpointId: string, now: number): boolean {
    return this.#activity.isRecent(endpointId, now);
  }

  /** Notes how loud one audio packet is, 0 (silence) … 127; answers whether it is to be forwarded. */
  level(endpointId: string, level: number, now: number): boolean {
    return this.#activity.level(endpointId, level, now);
  }

  arrived(endpointId: string): void {
    this.#activity.add(endpointId);
  }

  left(endpointId: string): void {
    if (this.#activity.remove(endpointId)) this.#tell();
  }

  tick(now: number): void {
    const before = this.#activity.dominant;
    if (!this.#activity.tick(now)) return;
    this.#tell();
    const { dominant } = this.#activity;
    if (dominant !== undefined && dominant !== before) this.video.speakerChanged(dominant, now);
    this.video.changed();
  }

  #tell(): void {
    const { event } = this;
    if (event !== undefined) this.channels.tellAll(event);
  }
}
