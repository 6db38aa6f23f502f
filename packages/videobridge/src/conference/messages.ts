/** Messages of the bridge channel that a conference composes. */
import type { BridgeMessage } from '@conclave/signaling';

import type { VideoSource } from './video-source.js';

/** Tells a sender how high its source needs to be; undefined while nobody has said anything. */
export function senderConstraints({ name, maxHeight }: VideoSource): BridgeMessage | undefined {
  return maxHeight === undefined
    ? undefined
    : { colibriClass: 'SenderSourceConstraints', sourceName: name, maxHeight };
}

export function forwardedSources(names: readonly string[]): BridgeMessage {
  return { colibriClass: 'ForwardedSources', forwardedSources: names };
}

export function connectivity(endpoint: string, active: boolean): BridgeMessage {
  return { colibriClass: 'EndpointConnectivityStatusChangeEvent', endpoint, active };
}
