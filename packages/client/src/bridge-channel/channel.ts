/**
 * The channel between an endpoint and its bridge: JSON messages over the SCTP data channel, or over the colibri WebSocket,
 * which is opened again whenever it breaks. Each time it opens, the bridge is told anew what we want and send.
 */
import { type BridgeMessage, parseBridgeMessage, stringifyBridgeMessage } from '@conclave/signaling';
import { type Log, silent } from '../log.js';
import { backOff, delay } from '../timing.js';

/** What a data channel and a WebSocket have in common. */
interface MessagePipe {
  send(text: string): void;
  close(): void;
  addEventListener(type: 'open' | 'close', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

export type BridgeRoute =
  | { readonly kind: 'data-channel'; readonly channel: RTCDataChannel }
  | { readonly kind: 'web-socket'; readonly url: string };

export interface BridgeChannelOptions {
  readonly route: BridgeRoute;
  /** Opens the WebSocket; only for that route. */
  readonly openWebSocket?: (url: string) => WebSocket;
  /** What to say each time the channel opens. */
  readonly greeting: () => readonly BridgeMessage[];
  readonly onMessage: (message: BridgeMessage) => void;
  readonly log?: Log;
  readonly random?: () => number;
}

export class BridgeChannel {
  private pipe: MessagePipe | undefined;
  private readonly closing = new AbortController();
  private attempts = 0;

  constructor(private readonly options: BridgeChannelOptions) {
    const { route } = options;
    if (route.kind === 'data-channel') this.attach(route.channel);
    else this.connect(route.url);
  }

  /** Sends if the channel is open; otherwise the greeting will say it. */
  send(message: BridgeMessage): void {
    this.pipe?.send(stringifyBridgeMessage(message));
  }

  close(): void {
    this.closing.abort();
    this.pipe?.close();
    this.pipe = undefined;
  }

  private connect(url: string): void {
    const { openWebSocket = (address: string) => new WebSocket(address) } = this.options;
    this.attach(openWebSocket(url), () => void this.reconnect(url));
  }

  private async reconnect(url: string): Promise<void> {
    const wait = backOff(this.attempts, 1000, 60_000, (this.options.random ?? Math.random)());
    this.attempts += 1;
    await delay(wait, this.closing.signal);
    if (!this.closing.signal.aborted) this.connect(url);
  }

  private attach(pipe: MessagePipe, onClosed?: () => void): void {
    pipe.addEventListener('open', () => {
      if (this.closing.signal.aborted) {
        pipe.close();
        return;
      }
      this.pipe = pipe;
      this.attempts = 0;
      for (const message of this.options.greeting()) this.send(message);
    });
    pipe.addEventListener('message', ({ data }) => this.receive(data));
    pipe.addEventListener('close', () => {
      if (this.pipe === pipe) this.pipe = undefined;
      if (!this.closing.signal.aborted) onClosed?.();
    });
  }

  private receive(data: unknown): void {
    if (typeof data !== 'string' || this.closing.signal.aborted) return;
    let message: BridgeMessage;
    try {
      message = parseBridgeMessage(data);
    } catch (error) {
      (this.options.log ?? silent).debug('bridge message not understood', { error: String(error) });
      return;
    }
    this.options.onMessage(message);
  }
}

/** Data channel first, then the first WebSocket URL that the offer names. Undefined: media flows without a channel. */
export function bridgeRoute(
  dataChannel: RTCDataChannel | undefined,
  webSockets: readonly string[],
): BridgeRoute | undefined {
  if (dataChannel) return { kind: 'data-channel', channel: dataChannel };
  const url = webSockets.find((candidate) => /^wss?:\/\//.test(candidate));
  return url === undefined ? undefined : { kind: 'web-socket', url };
}
