/**
 * A client for tests, soaks and benchmarks: one node-datachannel peer that answers the bridge's transport as a browser does, sends
 * RTP and RTCP, and hands over what arrives.
 */
import type { IceTransport } from '@conclave/signaling';
import nodeDataChannel, { type DataChannel, type PeerConnection, type Track } from 'node-datachannel';

import { candidateAttribute } from './candidates.js';
import { clientOffer, clientTransport, type DtlsSetup } from './client-sdp.js';
import { retire } from './library.js';

export interface LoopbackClientOptions {
  /** Whether it takes part in data channels. */
  readonly data: boolean;
  /**
   * Role in DTLS. Browsers are `active`. This library then often sends its first flight before the bridge has seen that ICE is
   * done, and repeats it only after a second; `passive` spares the wait.
   */
  readonly setup: DtlsSetup;
}

export class LoopbackClient {
  readonly #connection: PeerConnection;
  #remote: IceTransport | undefined;
  #track: Track | undefined;
  #channel: DataChannel | undefined;
  #settle: (() => void)[] = [];
  /** Resolves when media can be sent. */
  readonly connected: Promise<void>;
  /** Resolves when the connection has failed or was closed by the bridge. */
  readonly ended: Promise<void>;

  constructor(
    name: string,
    private readonly onPacket: (packet: Buffer) => void = () => undefined,
    private readonly options: LoopbackClientOptions = { data: true, setup: 'active' },
  ) {
    this.#connection = new nodeDataChannel.PeerConnection(name, {
      iceServers: [],
      disableAutoNegotiation: true,
    });
    let ended = (): void => undefined;
    this.ended = new Promise((resolve) => (ended = resolve));
    this.connected = new Promise((resolve) => this.#settle.push(resolve));
    this.#connection.onStateChange((state) => {
      if (state === 'failed' || state === 'closed' || state === 'disconnected') ended();
    });
    this.#connection.onTrack((track) => {
      this.#track = track;
      track.onMessage((packet) => this.onPacket(packet));
      track.onOpen(() => this.#opened());
      if (track.isOpen()) this.#opened();
    });
  }

  #opened(): void {
    for (const settle of this.#settle) settle();
  }

  /**
   * Answers the bridge's transport: what a session-accept would carry. Connectivity checks begin with `start`: had they
   * begun earlier, the bridge would have dropped the first ones, and this library repeats them slowly.
   */
  answer(remote: IceTransport): IceTransport {
    this.#remote = remote;
    this.#connection.setRemoteDescription(clientOffer(remote, this.options), 'offer');
    this.#connection.setLocalDescription('answer');
    return clientTransport(this.#connection.localDescription()?.sdp ?? '', this.options.setup);
  }

  /** Begins connectivity checks towards the bridge's candidates. */
  start(): void {
    for (const candidate of this.#remote?.candidates ?? []) {
      this.#connection.addRemoteCandidate(candidateAttribute(candidate) ?? '', 'media');
    }
  }

  /** Sends RTP or RTCP; false when there is no way (yet, or any more). */
  send(packet: Buffer): boolean {
    return this.#track?.isOpen() === true && this.#track.sendMessageBinary(packet);
  }

  /** Opens a data channel; resolves with a function that sends text on it, and answers whether it could. */
  async openChannel(
    label: string,
    protocol: string,
    onText: (text: string) => void,
    onClosed: () => void = () => undefined,
  ): Promise<(text: string) => boolean> {
    const channel = this.#connection.createDataChannel(label, { protocol });
    this.#channel = channel;
    channel.onMessage((message) => {
      if (typeof message === 'string') onText(message);
    });
    channel.onClosed(onClosed);
    await new Promise<void>((resolve) => channel.onOpen(resolve));
    return (text) => channel.isOpen() && channel.sendMessage(text);
  }

  close(): void {
    this.#channel?.close();
    this.#track?.close();
    this.#connection.close();
    retire(this.#channel, this.#track, this.#connection);
  }
}
