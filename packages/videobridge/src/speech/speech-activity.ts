/**
 * Who speaks in a conference and who spoke before: the order by which video is allocated, and what clients are told
 * (DominantSpeakerEndpointChangeEvent). Newcomers stand last; who becomes dominant moves to the front.
 */
import type { DominantSpeakerEndpointChangeEvent } from '@conclave/signaling';

import { DECISION_INTERVAL, DominantSpeaker } from './dominant-speaker.js';
import { LoudestSpeakers } from './loudest-speakers.js';

const RECENT = 10;
/** Without speech for so long (ms) it is silent in the conference. */
const SILENCE = 3000;
/** A level that counts as speech when it comes to silence. */
const SPEECH_LEVEL = 64;

export interface SpeechOptions {
  /** How many of the loudest are forwarded; undefined: everybody. */
  readonly loudest?: number | undefined;
  /** Whether clients are told that nobody speaks. */
  readonly detectSilence?: boolean | undefined;
}

export class SpeechActivity {
  readonly #dominant = new DominantSpeaker();
  readonly #loudest: LoudestSpeakers | undefined;
  /** Everybody, the latest speaker first. */
  #order: string[] = [];
  /** Those who have been dominant, latest first. */
  #recent: string[] = [];
  #decided = -Infinity;
  #speech: number | undefined;
  #silent = false;
  readonly #detectSilence: boolean;
  /** How often the dominant speaker has changed. */
  changes = 0;

  constructor({ loudest, detectSilence = false }: SpeechOptions = {}) {
    this.#loudest = loudest === undefined ? undefined : new LoudestSpeakers(loudest);
    this.#detectSilence = detectSilence;
  }

  /** Endpoint ids, the latest speaker first. */
  get order(): readonly string[] {
    return this.#order;
  }

  get dominant(): string | undefined {
    return this.#recent[0];
  }

  add(endpoint: string): void {
    this.#order.push(endpoint);
  }

  /** Answers whether those who are told of speakers must be told anew. */
  remove(endpoint: string): boolean {
    this.#order = this.#order.filter((id) => id !== endpoint);
    this.#dominant.remove(endpoint);
    this.#loudest?.remove(endpoint);
    if (!this.#recent.includes(endpoint)) return false;
    this.#recent = this.#recent.filter((id) => id !== endpoint);
    return this.#recent.length > 0;
  }

  /**
   * Notes the level of one audio packet: 0 (silence) … 127. Answers whether the packet is to be forwarded, i.e. whether
   * its sender is among the loudest or dominant.
   */
  level(endpoint: string, level: number, now: number): boolean {
    this.#dominant.level(endpoint, level, now);
    if (level >= SPEECH_LEVEL) this.#speech = now;
    if (this.#loudest === undefined) return true;
    return this.#loudest.level(endpoint, level, now) || this.#recent[0] === endpoint;
  }

  /** To be called often; decides every 300 ms. Answers whether the clients must be told. */
  tick(now: number): boolean {
    if (now - this.#decided < DECISION_INTERVAL) return false;
    this.#decided = now;
    const silence = this.#detectSilence && this.#speech !== undefined && now - this.#speech > SILENCE;
    const silenceChanged = silence !== this.#silent;
    this.#silent = silence;
    const dominant = this.#dominant.decide(now);
    if (dominant === undefined || dominant === this.#recent[0])
      return silenceChanged && this.#recent.length > 0;
    this.changes += 1;
    this.#recent = [dominant, ...this.#recent.filter((id) => id !== dominant)].slice(0, RECENT + 1);
    this.#order = [dominant, ...this.#order.filter((id) => id !== dominant)];
    return true;
  }

  /** Whether `endpoint` is one of those whom others are likely to see or hear. */
  isRecent(endpoint: string, now: number): boolean {
    return this.#recent.includes(endpoint) || (this.#loudest?.includes(endpoint, now) ?? false);
  }

  /** What clients are told; undefined while nobody has spoken. */
  get event(): DominantSpeakerEndpointChangeEvent | undefined {
    const [dominant, ...previous] = this.#recent;
    if (dominant === undefined) return undefined;
    return {
      colibriClass: 'DominantSpeakerEndpointChangeEvent',
      dominantSpeakerEndpoint: dominant,
      previousSpeakers: previous,
      silence: this.#silent,
    };
  }
}
