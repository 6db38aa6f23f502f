/**
 * The messages between two bridges about one conference: JSON over the data channel of their link, which the initiator opens.
 * The other bridge was named by the focus, and is bounded in the length of what it says all the same.
 */
import {
  type BridgeMessage,
  parseBridgeMessage,
  SignalingError,
  stringifyBridgeMessage,
} from '@conclave/signaling';
import type { Logger } from 'pino';

import type { DataChannelLink } from '../transport/data-channel-link.js';

export interface LinkChannelEvents {
  /** The channel has opened: the other bridge is told the present state. */
  opened(): void;
  message(message: BridgeMessage): void;
}

export class LinkChannel {
  #link: DataChannelLink | undefined;
  received = 0;
  sent = 0;
  refused = 0;

  constructor(
    private readonly maxLength: number,
    private readonly events: LinkChannelEvents,
    private readonly log: Logger,
  ) {}

  get open(): boolean {
    return this.#link !== undefined;
  }

  attach(link: DataChannelLink): void {
    this.#link = link;
    link.listen({
      onText: (text) => this.#receive(text),
      onClosed: () => {
        if (this.#link === link) this.#link = undefined;
      },
    });
    this.events.opened();
  }

  send(message: BridgeMessage): boolean {
    return this.sendText(stringifyBridgeMessage(message));
  }

  sendText(text: string): boolean {
    const sent = this.#link?.send(text) ?? false;
    if (sent) this.sent += 1;
    return sent;
  }

  #receive(text: string): void {
    this.received += 1;
    let message: BridgeMessage;
    try {
      if (text.length > this.maxLength) throw new SignalingError('too long');
      message = parseBridgeMessage(text);
    } catch (error) {
      if (!(error instanceof SignalingError)) throw error;
      this.refused += 1;
      this.log.debug({ reason: error.message }, 'message of another bridge ignored');
      return;
    }
    if (message.colibriClass === 'ClientHello') this.send({ colibriClass: 'ServerHello' });
    else this.events.message(message);
  }

  close(): void {
    this.#link?.close();
    this.#link = undefined;
  }
}
