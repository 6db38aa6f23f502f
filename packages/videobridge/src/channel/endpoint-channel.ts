/**
 * The bridge channel of one endpoint: JSON messages over a data channel or a WebSocket. What the client says is parsed
 * strictly, bounded in size and rate, and what makes no sense is counted and otherwise ignored.
 */
import {
  type BridgeMessage,
  type EndpointMessage,
  type EndpointStats,
  type LastNChangedEvent,
  parseBridgeMessage,
  type ReceiverAudioSubscription,
  type ReceiverVideoConstraints,
  SignalingError,
  type SourceVideoTypeMessage,
  stringifyBridgeMessage,
} from '@conclave/signaling';
import type { Logger } from 'pino';

import type { DataChannelLink } from '../transport/data-channel-link.js';

/** One way to reach the client. */
export interface ChannelLink {
  /** Absent: a data channel. */
  readonly isWebSocket?: boolean;
  /** False when the message could not be sent. */
  send(text: string): boolean;
  close(): void;
}

/** What the channel asks of the conference. */
export interface ChannelHost {
  /** Messages that tell a client the present state, when its channel has opened. */
  channelState(endpointId: string): readonly BridgeMessage[];
  /** `message` bears the true sender in `from`. */
  relay(message: EndpointMessage | EndpointStats): void;
  /** What the client wants to receive, or says of what it sends. */
  wish(endpointId: string, message: Wish): void;
}

/** Messages by which a client steers what it receives and describes what it sends. */
export type Wish =
  LastNChangedEvent | ReceiverAudioSubscription | ReceiverVideoConstraints | SourceVideoTypeMessage;

export interface ChannelLimits {
  readonly channelMessageLength: number;
  readonly channelMessagesPerSecond: number;
}

const LABEL = 'JVB data channel';
const PROTOCOL = 'http://jitsi.org/protocols/colibri';
/** Each message may be sent on to everybody: one longer than this many characters counts for several. */
const MESSAGE = 2048;

export class EndpointChannel {
  readonly #links: ChannelLink[] = [];
  #hasDataChannel = false;
  #closed = false;
  #tokens: number;
  #refilled: number;
  /** Messages that were malformed, too long or too many. */
  refused = 0;
  received = 0;
  sent = 0;
  /** Of these by WebSocket. */
  readonly webSocket = { received: 0, sent: 0 };
  dataChannelsRejected = 0;
  lastActivity = -Infinity;

  constructor(
    private readonly endpointId: string,
    private readonly host: ChannelHost,
    private readonly limits: ChannelLimits,
    private readonly clock: () => number,
    private readonly log: Logger,
  ) {
    this.#tokens = limits.channelMessagesPerSecond;
    this.#refilled = clock();
  }

  get open(): boolean {
    return this.#links.length > 0;
  }

  /** Takes the client's data channel; a second one, or one of another kind, is closed. */
  acceptDataChannel(channel: DataChannelLink): void {
    if (
      this.#closed ||
      this.#hasDataChannel ||
      channel.label !== LABEL ||
      (channel.protocol !== PROTOCOL && channel.protocol !== '')
    ) {
      this.log.debug({ label: channel.label }, 'data channel refused');
      this.dataChannelsRejected += 1;
      channel.close();
      return;
    }
    this.#hasDataChannel = true;
    channel.listen({
      onText: (text) => this.receive(text, channel),
      onClosed: () => {
        this.#hasDataChannel = false;
        this.detach(channel);
      },
    });
    this.attach(channel);
  }

  /** Adds a way to reach the client and tells it the present state. */
  attach(link: ChannelLink): void {
    if (this.#closed) {
      link.close();
      return;
    }
    this.#links.unshift(link);
    for (const message of this.host.channelState(this.endpointId)) this.send(message);
  }

  detach(link: ChannelLink): void {
    const index = this.#links.indexOf(link);
    if (index >= 0) this.#links.splice(index, 1);
  }

  /** Sends `message` over the link that was last heard of; false when there is none or it does not take it. */
  send(message: BridgeMessage): boolean {
    return this.sendText(stringifyBridgeMessage(message));
  }

  /** Sends a message that is text already, as one for many endpoints is. */
  sendText(text: string): boolean {
    const [link] = this.#links;
    if (link?.send(text) !== true) return false;
    this.sent += 1;
    if (link.isWebSocket === true) this.webSocket.sent += 1;
    return true;
  }

  /**
   * Takes one message that came over `link`. A link that was replaced, or whose endpoint has been expired, may still be closing and
   * has no say any more.
   */
  receive(text: string, link: ChannelLink): void {
    if (!this.#links.includes(link)) return;
    if (!this.#admit(text)) {
      this.refused += 1;
      return;
    }
    this.received += 1;
    if (link.isWebSocket === true) this.webSocket.received += 1;
    this.detach(link);
    this.#links.unshift(link);
    let message: BridgeMessage;
    try {
      message = parseBridgeMessage(text);
    } catch (error) {
      if (!(error instanceof SignalingError)) throw error;
      this.refused += 1;
      this.log.debug({ reason: error.message }, 'bridge channel message ignored');
      return;
    }
    this.#act(message, link);
  }

  #admit(text: string): boolean {
    const now = this.clock();
    this.lastActivity = now;
    const rate = this.limits.channelMessagesPerSecond;
    this.#tokens = Math.min(rate, this.#tokens + ((now - this.#refilled) * rate) / 1000);
    this.#refilled = now;
    const cost = Math.ceil(text.length / MESSAGE);
    if (this.#tokens < cost || text.length > this.limits.channelMessageLength) return false;
    this.#tokens -= cost;
    return true;
  }

  #act(message: BridgeMessage, link: ChannelLink): void {
    switch (message.colibriClass) {
      case 'ClientHello':
        link.send(stringifyBridgeMessage({ colibriClass: 'ServerHello' }));
        break;
      case 'EndpointMessage':
      case 'EndpointStats':
        this.host.relay({ ...message, from: this.endpointId });
        break;
      case 'LastNChangedEvent':
      case 'ReceiverAudioSubscription':
      case 'ReceiverVideoConstraints':
      case 'SourceVideoTypeMessage':
        this.host.wish(this.endpointId, message);
        break;
      case 'VideoTypeMessage':
        this.host.wish(this.endpointId, {
          colibriClass: 'SourceVideoTypeMessage',
          sourceName: `${this.endpointId}-v0`,
          videoType: message.videoType,
        });
        break;
      default:
        // Known, but not a client's to send.
        break;
    }
  }

  close(): void {
    this.#closed = true;
    const links = this.#links.splice(0);
    for (const link of links) link.close();
  }
}
