/** What clients say over the bridge channel of what they want to receive and of what they send. */
import type { Wish } from '../channel/endpoint-channel.js';
import type { ConferenceRelays } from '../relay/conference-relays.js';
import type { ConferenceCore } from './part.js';
import type { VideoDistribution } from './video-distribution.js';

export class Wishes {
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
        this.core.rebuild();
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
}
