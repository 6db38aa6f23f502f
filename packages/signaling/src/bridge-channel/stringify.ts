/** Message of the bridge channel → text, with the types that clients insist on (upper-case video types, textual `active`). */
import type { BridgeMessage } from './messages.js';

function wireForm(message: BridgeMessage): object {
  switch (message.colibriClass) {
    case 'EndpointMessage': {
      const { others, ...own } = message;
      return others === undefined ? own : { ...others, ...own };
    }
    case 'EndpointStats':
      return { ...message.stats, colibriClass: message.colibriClass, from: message.from };
    case 'EndpointConnectivityStatusChangeEvent':
      return { ...message, active: String(message.active) };
    case 'ReceiverVideoConstraints':
      return { ...message, constraints: message.constraints && Object.fromEntries(message.constraints) };
    case 'VideoSourcesMap':
      return {
        ...message,
        mappedSources: message.mappedSources.map((mapping) => ({
          ...mapping,
          videoType: mapping.videoType.toUpperCase(),
        })),
      };
    default:
      return message;
  }
}

/** One text frame. */
export function stringifyBridgeMessage(message: BridgeMessage): string {
  return JSON.stringify(wireForm(message));
}
