/**
 * A client for tests and benchmarks: one node-datachannel peer that answers the bridge's transport as a browser does, sends
 * RTP and RTCP, and hands over what arrives.
 */
import type { IceTransport } from '@conclave/signaling';
import nodeDataChannel, { type DataChannel, type PeerConnection, type Track } from 'node-datachannel';

import { candidateAttribute } from './candidates.js';

export interface LoopbackClientOptions {
  /** Whether it takes part in data channels. */
  readonly data: boolean;
  /**
   * Role in DTLS. Browsers are `active`. This library then often sends its first flight before the bridge has seen that ICE is
   * done, and repeats it only after a second; `passive` spares the wait.
   */
  readonly setup: 'active' | 'passive';
}

const DATA_SECTION = [
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=mid:data',
  'a=sctp-port:5000',
];

const offer = (remote: IceTransport, { data, setup }: LoopbackClientOptions): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE media${data ? ' data' : ''}`,
    `a=ice-ufrag:${remote.ufrag ?? ''}`,
    `a=ice-pwd:${remote.pwd ?? ''}`,
    `a=fingerprint:${remote.fingerprints[0]?.hash ?? ''} ${remote.fingerprints[0]?.value ?? ''}`,
    // What the bridge is to be: the peer answers the opposite.
    `a=setup:${setup === 'active' ? 'passive' : 'active'}`,
    'm=video 9 UDP/TLS/RTP/SAVPF 100',
    'c=IN IP4 0.0.0.0',
    'a=mid:media',
    'a=sendrecv',
    'a=rtcp-mux',
    'a=rtpmap:100 VP8/90000',
    ...(data ? DATA_SECTION : []),
    '',
  ].join('\r\n');

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
    this.#connection.setRemoteDescription(offer(remote, this.options), 'offer');
    this.#connection.setLocalDescription('answer');
    const sdp = this.#connection.localDescription()?.sdp ?? '';
    const attribute = (name: string): string => new RegExp(`a=${name}:(\\S+)`).exec(sdp)?.[1] ?? '';
    return {
      ufrag: attribute('ice-ufrag'),
      pwd: attribute('ice-pwd'),
      rtcpMux: true,
      candidates: [],
      fingerprints: [
        {
          hash: 'sha-256',
          setup: this.options.setup,
          value: /a=fingerprint:sha-256 (\S+)/.exec(sdp)?.[1] ?? '',
        },
      ],
      webSockets: [],
    };
  }

  /** Begins connectivity checks towards the bridge's candidates. */
  start(): void {
    for (const candidate of this.#remote?.candidates ?? []) {
      this.#connection.addRemoteCandidate(candidateAttribute(candidate) ?? '', 'media');
    }
  }

  send(packet: Buffer): void {
    this.#track?.sendMessageBinary(packet);
  }

  /** Opens a data channel; resolves with a function that sends text on it. */
  async openChannel(
    label: string,
    protocol: string,
    onText: (text: string) => void,
    onClosed: () => void = () => undefined,
  ): Promise<(text: string) => void> {
    const channel = this.#connection.createDataChannel(label, { protocol });
    this.#channel = channel;
    channel.onMessage((message) => {
      if (typeof message === 'string') onText(message);
    });
    channel.onClosed(onClosed);
    await new Promise<void>((resolve) => channel.onOpen(resolve));
    return (text) => channel.sendMessage(text);
  }

  close(): void {
    this.#channel?.close();
    this.#track?.close();
    this.#connection.close();
  }
}
