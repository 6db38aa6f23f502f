/** What clients say over the bridge channel of what they want to receive and of what they send. */
import type { Wish } from '../channel/endpoint-channel.js';
import type { ConferenceRelays } from '../relay/conference-relays.js';
import type { ConferenceCore, ConferencePart } from './part.js';
import type { VideoDistribution } from './video-distribution.js';

/** Between two changes (ms) of who hears whom, which all have to be gone through for: one client must not keep the bridge at that. */
const HEARING = 100;

export class Wishes implements ConferencePart {
  /** Somebody wants to hear others than before. */
  #subscribed = false;
  #rebuilt = -Infinity;

  constructor(
    private readonly core: ConferenceCore,
    private readonly video: VideoDistribution,
    private readonly relays: ConferenceRelays,
  ) {}

  take(endpointId: string, message: Wish): void {
    const endpoint = this.core.endpoints.get(endpointId);
    if (endpoint === undefined) return;
    switch (message.colibriClass) {
      case 'ReceiverVideoConstraints':
        endpoint.reception.constrain(message);
        break;
      case 'LastNChangedEvent':
        endpoint.reception.constrain({ lastN: message.lastN });
        break;
      case 'ReceiverAudioSubscription':
        endpoint.reception.subscribe(message);
        this.#subscribed = true;
        break;
      case 'SourceVideoTypeMessage': {
        const source = endpoint.sources.find(({ name }) => name === message.sourceName);
        if (source?.type !== 'video' || source.videoType === message.videoType) break;
        source.videoType = message.videoType;
        this.video.changed();
        this.relays.videoTypeChanged(source);
        break;
      }
    }
  }

  tick(now: number): void {
    if (!this.#subscribed || now - this.#rebuilt < HEARING) return;
    this.#subscribed = false;
    this.#rebuilt = now;
    this.core.rebuild();
  }
}
