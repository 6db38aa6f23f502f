/** What the clients on this bridge are told over their bridge channels, and which of what they say to each other concerns whom. */
import {
  type BridgeMessage,
  type EndpointMessage,
  type EndpointStats,
  stringifyBridgeMessage,
} from '@conclave/signaling';

import type { Endpoint } from './endpoint.js';
import { connectivity, forwardedSources, senderConstraints } from './messages.js';
import type { ConferenceCore } from './part.js';

/** In larger conferences statistics of an endpoint go to those only who are likely to show them. */
const STATS_FOR_ALL = 20;

/** What is to be known of those who speak. */
interface Speech {
  /** What clients are told; undefined while nobody has spoken. */
  readonly event: BridgeMessage | undefined;
  /** Whether the endpoint is one of those whom others are likely to see or hear. */
  isRecent(endpointId: string, now: number): boolean;
}

export class ConferenceChannels {
  constructor(
    private readonly core: ConferenceCore,
    /** Monotonic time in ms. */
    private readonly clock: () => number,
    private readonly speech: () => Speech,
  ) {}

  /** The present state, for an endpoint whose channel has just opened. */
  presentState(endpointId: string): BridgeMessage[] {
    const endpoint = this.core.endpoints.get(endpointId);
    if (endpoint === undefined) return [];
    const constraints = endpoint.sources.flatMap((source) =>
      source.type === 'video' ? (senderConstraints(source) ?? []) : [],
    );
    const inactive = this.core.senders
      .filter((other) => other !== endpoint && !other.active)
      .map(({ id }) => connectivity(id, false));
    const speaker = this.speech().event;
    return [
      ...constraints,
      forwardedSources(endpoint.reception.forwarded),
      ...endpoint.reception.mappings,
      ...inactive,
      ...(speaker === undefined ? [] : [speaker]),
    ];
  }

  /** Passes a message on to the endpoints here that it concerns. */
  deliver(message: EndpointMessage | EndpointStats): void {
    const { endpoints } = this.core;
    const text = stringifyBridgeMessage(message);
    const to = message.colibriClass === 'EndpointMessage' ? message.to : undefined;
    if (to !== undefined && to !== '') {
      if (to !== message.from) endpoints.get(to)?.channel.sendText(text);
      return;
    }
    for (const endpoint of endpoints.values()) {
      if (endpoint.id !== message.from && this.#concerns(endpoint, message)) endpoint.channel.sendText(text);
    }
  }

  /** Statistics of everybody for everybody would grow with the square of a large conference. */
  #concerns({ reception }: Endpoint, { colibriClass, from }: EndpointMessage | EndpointStats): boolean {
    if (colibriClass === 'EndpointMessage' || this.core.endpoints.size <= STATS_FOR_ALL) return true;
    if (from === undefined) return false;
    return (
      this.speech().isRecent(from, this.clock()) ||
      reception.forwarded.some((name) => name.startsWith(`${from}-`))
    );
  }

  /** Tells every endpoint here. */
  tellAll(message: BridgeMessage): void {
    const text = stringifyBridgeMessage(message);
    for (const { channel } of this.core.endpoints.values()) channel.sendText(text);
  }

  /** Tells each endpoint here how much it may be sent. */
  tellBandwidth(): void {
    for (const { availableBandwidth, channel } of this.core.endpoints.values()) {
      if (availableBandwidth === Infinity) continue;
      channel.send({
        colibriClass: 'ConnectionStats',
        estimatedDownlinkBandwidth: Math.round(availableBandwidth),
      });
    }
  }
}
