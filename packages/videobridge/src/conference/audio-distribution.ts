/** Who hears whom: worked out when somebody comes, goes, connects, unmutes or subscribes, so that a packet's way needs no decisions. */
import type { ConferenceExports } from '../export/exports.js';
import type { ConferenceRelays } from '../relay/conference-relays.js';
import type { ForwardedAudio } from '../send/forwarded-audio.js';
import type { AudioSource } from './audio-source.js';
import type { ConferenceCore, ConferencePart } from './part.js';

export class AudioDistribution implements ConferencePart {
  constructor(
    private readonly core: ConferenceCore,
    private readonly relays: ConferenceRelays,
    private readonly exports: ConferenceExports,
  ) {}

  rebuild(): void {
    const microphones = this.core.sources.filter((source) => source.type === 'audio');
    for (const source of microphones) source.madeHere = source.synthetic && this.exports.makes(source.name);
    const heard = new Map<AudioSource, ForwardedAudio[]>();
    for (const received of this.#received(microphones)) {
      for (const [source, audio] of received) {
        const receivers = heard.get(source);
        if (receivers === undefined) heard.set(source, [audio]);
        else receivers.push(audio);
      }
    }
    const tap = this.exports.size === 0 ? undefined : this.exports;
    const receptions = [...this.core.endpoints.values()].map(({ reception }) => reception);
    for (const source of microphones) {
      source.asked = receptions.some((reception) => reception.asksFor(source));
      source.receivers = heard.get(source) ?? [];
      source.tap = tap;
    }
  }

  /** What each endpoint and each link receives. */
  *#received(microphones: readonly AudioSource[]): Iterable<ReadonlyMap<AudioSource, ForwardedAudio>> {
    for (const { id, connected, reception } of this.core.endpoints.values()) {
      if (connected)
        yield reception.hear(microphones.filter(({ owner, synthetic }) => owner !== id || synthetic));
    }
    yield* this.relays.hear();
  }
}
