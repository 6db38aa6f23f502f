/** A data channel that a client has opened (RFC 8831): text messages both ways. */
import type { DataChannel } from 'node-datachannel';
import type { Logger } from 'pino';

import { guarded } from './guard.js';
import { retire } from './library.js';

export interface DataChannelEvents {
  onText(text: string): void;
  onClosed(): void;
}

/** What may wait to be sent, in octets, before messages are dropped: the client does not read. */
const MAX_BUFFERED = 1024 * 1024;

export class DataChannelLink {
  readonly label: string;
  readonly protocol: string;
  #closed = false;
  #events: DataChannelEvents | undefined;

  constructor(
    private readonly channel: DataChannel,
    private readonly log: Logger,
    private readonly released: () => void,
  ) {
    this.label = channel.getLabel();
    this.protocol = channel.getProtocol();
    channel.onMessage(
      guarded(log, (message) => {
        if (typeof message === 'string') this.#events?.onText(message);
      }),
    );
    channel.onClosed(guarded(log, () => this.#ended()));
    channel.onError(guarded(log, (error) => log.debug({ error }, 'data channel error')));
  }

  /** Who is told of messages (binary ones are ignored) and of the end. */
  listen(events: DataChannelEvents): void {
    this.#events = events;
  }

  /** Sends `text`; false when the channel is closed or the client does not keep up. */
  send(text: string): boolean {
    if (this.#closed) return false;
    try {
      if (!this.channel.isOpen() || this.channel.bufferedAmount() > MAX_BUFFERED) return false;
      return this.channel.sendMessage(text);
    } catch (error) {
      this.log.debug({ err: error }, 'sending on a data channel');
      return false;
    }
  }

  close(): void {
    try {
      this.channel.close();
    } catch (error) {
      this.log.debug({ err: error }, 'closing a data channel');
    }
    this.#ended();
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    retire(this.channel);
    this.released();
    this.#events?.onClosed();
  }
}
