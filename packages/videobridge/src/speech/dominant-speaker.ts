/**
 * Who is speaking (dominant speaker identification, see speaker-levels.ts): somebody takes over who is clearly more active now,
 * over a syllable and over a word, so that a cough or a door does not. No clock in here: `decide` is called every 300 ms.
 */
import { type ActivityScores, SpeakerLevels } from './speaker-levels.js';

/** How much more active (logarithm of the ratio of scores) a challenger must be than who speaks. */
const IMMEDIATE_MARGIN = 3;
const MEDIUM_MARGIN = 2;
const LONG_MARGIN = 0;
/** Without a packet for so long (ms) somebody counts as silent: DTX sends none. */
const IDLE = 40;
/** Sum of scores above which somebody does speak. */
const SOME_ACTIVITY = 0.01;
const FORGOTTEN = 60 * 60 * 1000;

/** How often `decide` wants to be called, in ms. */
export const DECISION_INTERVAL = 300;

export class DominantSpeaker {
  readonly #speakers = new Map<string, SpeakerLevels>();
  #dominant: string | undefined;

  /** Endpoint id of who speaks; the last one who did, when it is silent. */
  get current(): string | undefined {
    return this.#dominant;
  }

  /** Notes the level of a packet: 0 (silence) … 127. */
  level(endpoint: string, level: number, now: number): void {
    let speaker = this.#speakers.get(endpoint);
    if (speaker === undefined) {
      speaker = new SpeakerLevels(now);
      this.#speakers.set(endpoint, speaker);
    }
    speaker.push(level, now);
  }

  remove(endpoint: string): void {
    this.#speakers.delete(endpoint);
    if (this.#dominant === endpoint) this.#dominant = undefined;
  }

  /** Judges the levels of the last second; answers who speaks. */
  decide(now: number): string | undefined {
    this.#age(now);
    const dominant = this.#dominant === undefined ? undefined : this.#speakers.get(this.#dominant);
    if (dominant === undefined) {
      this.#dominant = this.#loudest();
      return this.#dominant;
    }
    const { immediate, medium, long } = dominant.scores();
    let best = MEDIUM_MARGIN;
    for (const [id, speaker] of this.#speakers) {
      if (speaker === dominant) continue;
      const challenge = speaker.scores();
      const lead = Math.log(challenge.medium / medium);
      if (
        lead > best &&
        Math.log(challenge.immediate / immediate) > IMMEDIATE_MARGIN &&
        Math.log(challenge.long / long) > LONG_MARGIN
      ) {
        best = lead;
        this.#dominant = id;
      }
    }
    return this.#dominant;
  }

  /** With nobody to compare with: the most active one, if anybody is. */
  #loudest(): string | undefined {
    let found: string | undefined;
    let best = SOME_ACTIVITY;
    const total = ({ immediate, medium, long }: ActivityScores): number => immediate + medium + long;
    for (const [id, speaker] of this.#speakers) {
      const score = total(speaker.scores());
      if (score <= best) continue;
      best = score;
      found = id;
    }
    return found;
  }

  #age(now: number): void {
    for (const [id, speaker] of this.#speakers) {
      const heard = speaker.heard;
      if (now - heard > FORGOTTEN) {
        if (this.#dominant !== id) this.#speakers.delete(id);
        continue;
      }
      // Silence that was not sent is put in, up to as much as is ever looked at.
      const missing = Math.min(50, Math.floor((now - heard) / IDLE));
      for (let index = 0; index < missing; index++) speaker.push(0, heard);
    }
  }
}
