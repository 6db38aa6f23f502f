/**
 * The transport of one endpoint, or of the link to another bridge: ICE (RFC 8445), DTLS-SRTP (RFC 5764) and SCTP data channels (RFC 8831) by
 * node-datachannel, behind a state machine. The bridge offers; the one media section that it offers carries every RTP and
 * RTCP packet of the endpoint, whatever their SSRC.
 */
import type { IceTransport } from '@conclave/signaling';
import nodeDataChannel, {
  type DataChannel,
  type PeerConnection,
  type SelectedCandidateInfo,
  type Track,
} from 'node-datachannel';
import type { Logger } from 'pino';

import { composeAnswer, malformedCredentials, MEDIA_MID } from './answer.js';
import { DataChannelLink } from './data-channel-link.js';
import { guarded } from './guard.js';
import type { IceCredentials } from './ice/credentials.js';
import type { IceRestartOutcome } from './ice/ice-restarts.js';
import {
  type RestartableTransport,
  type RestartContext,
  TransportRestarts,
} from './ice/transport-restarts.js';
import type { StunAddress } from './ice/stun.js';
import { retire } from './library.js';
import type { IceCondition } from './transport-counts.js';

/** `new` until the client's credentials are known; `failed` and `closed` are final. */
export type TransportState = 'new' | 'connecting' | 'connected' | 'failed' | 'closed';

const NEXT: Readonly<Record<TransportState, readonly TransportState[]>> = {
  new: ['connecting', 'failed', 'closed'],
  connecting: ['connected', 'failed', 'closed'],
  connected: ['failed', 'closed'],
  failed: ['closed'],
  closed: [],
};

/** Data channels: there are none, or the peer opens one, or we do. */
type ChannelRole = 'none' | 'awaited' | 'opened';

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
  /** The port that all share; undefined: one of its own. */
  readonly port: number | undefined;
  readonly bindAddress: string | undefined;
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly channels: ChannelRole;
  readonly credentials: IceCredentials;
  /** For what can be restarted. */
  readonly restarts?: RestartContext;
}

/** Largest bridge channel message that is accepted, in octets. */
const MAX_MESSAGE = 64 * 1024;

/** The library's objects, all held: a track or channel whose wrapper is collected closes. */
interface Live {
  readonly connection: PeerConnection;
  readonly track: Track;
  /** The one that we open; or one that is never announced to the peer, and makes the library offer SCTP. */
  readonly channel: DataChannel | undefined;
}

export class EndpointTransport {
  #state: TransportState = 'new';
  /**
   * Made when the client's credentials are known, not before: until then its checks meet no ICE agent. Otherwise the library
   * could finish a fast client's DTLS handshake before it has noted the fingerprint to check, and refuse it.
   */
  #live: Live | undefined;
  readonly #channels = new Set<DataChannelLink>();
  #sendFailures = 0;
  #established = false;
  /** The client's first ones. */
  #remoteCredentials: IceCredentials | undefined;
  readonly #restarts: TransportRestarts | undefined;

  constructor(
    private readonly settings: TransportSettings,
    private readonly events: TransportEvents,
    private readonly log: Logger,
  ) {
    if (settings.restarts !== undefined) {
      this.#restarts = new TransportRestarts(
        settings.credentials,
        this.#restartable(),
        settings.restarts,
        log,
      );
    }
  }

  #restartable(): RestartableTransport {
    const connected = (): boolean => this.#state === 'connected';
    const remoteCredentials = (): IceCredentials | undefined => this.#remoteCredentials;
    const foundAt = (): StunAddress | undefined => {
      const { address: host, port } = this.ice.remote ?? {};
      return host === undefined || port === undefined ? undefined : { host, port };
    };
    return {
      get established() {
        return connected();
      },
      get remoteCredentials() {
        return remoteCredentials();
      },
      get foundAt() {
        return foundAt();
      },
      lost: () => this.#move('failed'),
    };
  }

  /** By what the client is to know this side now; with a generation while it is to answer an ICE restart. */
  get credentials(): IceCredentials & { readonly iceGeneration?: number } {
    return this.#restarts?.description ?? this.settings.credentials;
  }

  /** Signalling asks for new ICE credentials in place: a way to the client beside the one that media take, which they leave when it works. */
  restartIce(): IceRestartOutcome {
    return this.#restarts?.request() ?? 'unavailable';
  }

  get state(): TransportState {
    return this.#state;
  }

  /** What ICE has come to, for operators. */
  get ice(): IceCondition {
    try {
      const { connection } = this.#live ?? {};
      const established = this.#established;
      if (connection === undefined) return { state: this.#state, established };
      const state = connection.iceState();
      const pair = connection.getSelectedCandidatePair();
      if (pair === null) return { state, established };
      const moved = this.#restarts?.remote;
      const remote = moved && { address: moved.host, port: moved.port, type: 'prflx' };
      return { state, established, local: pathEnd(pair.local), remote: remote ?? pathEnd(pair.remote) };
    } catch {
      // The library has closed the connection already.
      return { state: this.#state, established: this.#established };
    }
  }

  /** Packets that the library would not take. */
  get sendFailures(): number {
    return this.#sendFailures;
  }

  #open(): Live {
    const { settings } = this;
    const connection = new nodeDataChannel.PeerConnection(settings.name, {
      iceServers: [],
      ...(settings.port !== undefined && {
        enableIceUdpMux: true,
        portRangeBegin: settings.port,
        portRangeEnd: settings.port,
      }),
      ...(settings.bindAddress === undefined ? {} : { bindAddress: settings.bindAddress }),
      certificatePemFile: settings.certificatePem,
      keyPemFile: settings.keyPem,
      disableAutoNegotiation: true,
      maxMessageSize: MAX_MESSAGE,
    });
    const media = new nodeDataChannel.Video(MEDIA_MID, 'SendRecv');
    media.addVP8Codec(100);
    const track = connection.addTrack(media);
    const live = { connection, track, channel: channelOf(connection, settings.channels) };
    this.#listen(live);
    return live;
  }

  #listen({ connection, track, channel }: Live): void {
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
    connection.onIceStateChange(
      guarded(log, (state: string) => {
        if (state !== 'connected' && state !== 'completed') return;
        this.#established = true;
        this.#restarts?.found();
      }),
    );
    connection.onDataChannel(guarded(log, (incoming: DataChannel) => this.#linked(incoming)));
    if (this.settings.channels === 'opened') {
      channel?.onOpen(guarded(log, () => this.#linked(channel)));
    }
  }

  #linked(channel: DataChannel): void {
    const link = new DataChannelLink(channel, this.log, () => this.#channels.delete(link));
    this.#channels.add(link);
    if (this.#state === 'closed') link.close();
    else this.events.onChannel(link);
  }

  #move(to: TransportState): void {
    if (!NEXT[this.#state].includes(to)) return;
    this.#state = to;
    if (to === 'connected') this.#restarts?.reached();
    this.events.onState(to);
  }

  /**
   * Takes the client's ICE credentials and fingerprint as they become known. The first complete set starts the
   * connection; later ones change nothing, unless they answer an ICE restart. Answers why it was refused, or undefined.
   */
  setRemote(remote: IceTransport): string | undefined {
    if (this.#state !== 'new') {
      if (malformedCredentials(remote) === undefined) this.#restarts?.answered(remote);
      return undefined;
    }
    const answer = composeAnswer(remote, this.settings.channels !== 'none');
    if (answer === undefined) return undefined;
    if ('refused' in answer) return answer.refused;
    const { ufrag: remoteUfrag, pwd: remotePwd } = remote;
    if (remoteUfrag !== undefined && remotePwd !== undefined)
      this.#remoteCredentials = { ufrag: remoteUfrag, pwd: remotePwd };
    try {
      this.#live = this.#open();
      const { ufrag, pwd } = this.settings.credentials;
      this.#live.connection.setLocalDescription('offer', { iceUfrag: ufrag, icePwd: pwd });
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
    this.#restarts?.close();
    for (const link of [...this.#channels]) link.close();
    const { channel, track, connection } = this.#live ?? {};
    for (const part of [channel, track, connection]) {
      try {
        part?.close();
      } catch (error) {
        this.log.debug({ err: error }, 'closing a transport');
      }
    }
    retire(channel, track, connection);
    this.events.onState('closed');
  }
}

const pathEnd = ({ address, port, type }: SelectedCandidateInfo): NonNullable<IceCondition['local']> => ({
  address,
  port,
  type,
});

/** The label is that of links between bridges. */
function channelOf(connection: PeerConnection, role: ChannelRole): DataChannel | undefined {
  if (role === 'opened') return connection.createDataChannel('default');
  return role === 'awaited' ? connection.createDataChannel('', { negotiated: true, id: 1022 }) : undefined;
}
