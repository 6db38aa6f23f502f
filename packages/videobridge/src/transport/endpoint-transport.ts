/**
 * The transport of one endpoint: ICE (RFC 8445), DTLS-SRTP (RFC 5764) and SCTP data channels (RFC 8831) by
 * node-datachannel, behind a state machine. The bridge offers; the one media section that it offers carries every RTP and
 * RTCP packet of the endpoint, whatever their SSRC.
 */
import { randomBytes } from 'node:crypto';

import type { IceTransport } from '@conclave/signaling';
import nodeDataChannel, { type DataChannel, type PeerConnection, type Track } from 'node-datachannel';
import type { Logger } from 'pino';

import { composeAnswer, MEDIA_MID } from './answer.js';
import { DataChannelLink } from './data-channel-link.js';
import { guarded } from './guard.js';
import { retire } from './library.js';

/** `new` until the client's credentials are known; `failed` and `closed` are final. */
export type TransportState = 'new' | 'connecting' | 'connected' | 'failed' | 'closed';

const NEXT: Readonly<Record<TransportState, readonly TransportState[]>> = {
  new: ['connecting', 'failed', 'closed'],
  connecting: ['connected', 'failed', 'closed'],
  connected: ['failed', 'closed'],
  failed: ['closed'],
  closed: [],
};

/** What an endpoint is told. Nothing is called after the state `closed`. */
export interface TransportEvents {
  onState(state: TransportState): void;
  /** One decrypted RTP or RTCP packet; the Buffer is the receiver's to keep. */
  onPacket(packet: Buffer): void;
  /** The client has opened a data channel. */
  onChannel(channel: DataChannelLink): void;
}

export interface TransportSettings {
  readonly name: string;
  readonly port: number;
  readonly bindAddress: string | undefined;
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Whether SCTP is offered. */
  readonly dataChannels: boolean;
}

/** Largest bridge channel message that is accepted, in octets. */
const MAX_MESSAGE = 64 * 1024;

/** The library's objects, all held: a track or channel whose wrapper is collected closes. */
interface Live {
  readonly connection: PeerConnection;
  readonly track: Track;
  /** Never opened by the peer nor announced to it: it makes the library offer SCTP. */
  readonly placeholder: DataChannel | undefined;
}

export class EndpointTransport {
  readonly ufrag = randomBytes(6).toString('hex');
  readonly pwd = randomBytes(16).toString('hex');
  #state: TransportState = 'new';
  /**
   * Made when the client's credentials are known, not before: until then its checks meet no ICE agent. Otherwise the library
   * could finish a fast client's DTLS handshake before it has noted the fingerprint to check, and refuse it.
   */
  #live: Live | undefined;
  readonly #channels = new Set<DataChannelLink>();
  #sendFailures = 0;

  constructor(
    private readonly settings: TransportSettings,
    private readonly events: TransportEvents,
    private readonly log: Logger,
  ) {}

  get state(): TransportState {
    return this.#state;
  }

  /** Packets that the library would not take. */
  get sendFailures(): number {
    return this.#sendFailures;
  }

  #open(): Live {
    const { settings } = this;
    const connection = new nodeDataChannel.PeerConnection(settings.name, {
      iceServers: [],
      enableIceUdpMux: true,
      portRangeBegin: settings.port,
      portRangeEnd: settings.port,
      ...(settings.bindAddress === undefined ? {} : { bindAddress: settings.bindAddress }),
      certificatePemFile: settings.certificatePem,
      keyPemFile: settings.keyPem,
      disableAutoNegotiation: true,
      maxMessageSize: MAX_MESSAGE,
    });
    const media = new nodeDataChannel.Video(MEDIA_MID, 'SendRecv');
    media.addVP8Codec(100);
    const track = connection.addTrack(media);
    const placeholder = settings.dataChannels
      ? connection.createDataChannel('', { negotiated: true, id: 1022 })
      : undefined;
    const live = { connection, track, placeholder };
    this.#listen(live);
    return live;
  }

  #listen({ connection, track }: Live): void {
    const { log } = this;
    // Media flows as soon as DTLS is done; the connection's own state waits for SCTP as well.
    track.onOpen(guarded(log, () => this.#move('connected')));
    track.onMessage(
      guarded(log, (packet: Buffer) => {
        // The first packet may overtake the news that the track is open; it was authenticated all the same.
        if (this.#state === 'connecting') this.#move('connected');
        if (this.#state === 'connected') this.events.onPacket(packet);
      }),
    );
    track.onError(guarded(log, (error: string) => log.debug({ error }, 'track error')));
    connection.onStateChange(
      guarded(log, (state: string) => {
        if (state === 'failed') this.#move('failed');
        else if (state === 'closed') this.close();
      }),
    );
    connection.onDataChannel(
      guarded(log, (channel: DataChannel) => {
        const link = new DataChannelLink(channel, log, () => this.#channels.delete(link));
        this.#channels.add(link);
        if (this.#state === 'closed') link.close();
        else this.events.onChannel(link);
      }),
    );
  }

  #move(to: TransportState): void {
    if (!NEXT[this.#state].includes(to)) return;
    this.#state = to;
    this.events.onState(to);
  }

  /**
   * Takes the client's ICE credentials and fingerprint as they become known. The first complete set starts the
   * connection; later ones change nothing. Answers why it was refused, or undefined.
   */
  setRemote(remote: IceTransport): string | undefined {
    if (this.#state !== 'new') return undefined;
    const answer = composeAnswer(remote, this.settings.dataChannels);
    if (answer === undefined) return undefined;
    if ('refused' in answer) return answer.refused;
    try {
      this.#live = this.#open();
      this.#live.connection.setLocalDescription('offer', { iceUfrag: this.ufrag, icePwd: this.pwd });
      this.#live.connection.setRemoteDescription(answer.sdp, 'answer');
    } catch (error) {
      this.log.info({ err: error }, 'transport refused');
      this.#move('failed');
      return 'transport refused';
    }
    this.#move('connecting');
    return undefined;
  }

  /** Encrypts and sends one RTP or RTCP packet at once; the Buffer may be reused afterwards. */
  send(packet: Buffer): boolean {
    if (this.#live === undefined || this.#state !== 'connected') return false;
    try {
      return this.#live.track.sendMessageBinary(packet);
    } catch {
      // The library has closed the track; its state follows in an event of its own.
      this.#sendFailures += 1;
      return false;
    }
  }

  /** Closes channels, track and connection, in this order. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const channel of [...this.#channels]) channel.close();
    const { placeholder, track, connection } = this.#live ?? {};
    for (const part of [placeholder, track, connection]) {
      try {
        part?.close();
      } catch (error) {
        this.log.debug({ err: error }, 'closing a transport');
      }
    }
    retire(placeholder, track, connection);
    this.events.onState('closed');
  }
}
