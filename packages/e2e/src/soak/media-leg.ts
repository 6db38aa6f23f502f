/**
 * The media of a participant: a real peer connection to the bridge that it is offered, over a link that can be disturbed, with the bridge
 * channel beside it. It sends little, and remembers of which SSRCs it has got something lately.
 */
import type { IceTransport, Jingle, ReceiverVideoConstraints } from '@conclave/signaling';
import { stringifyBridgeMessage } from '@conclave/signaling';
import nodeDataChannel, { type DataChannel, type PeerConnection, type Track } from 'node-datachannel';
import { type Impairment, ImpairedLink, unimpaired } from '../harness/impaired-link.js';
import type { LocalSource } from '../swarm/local-source.js';
import type { ParticipantMedia } from '../swarm/participant.js';
import { audioPacket, ssrcOf, videoPacket } from './rtp.js';

/** Ms from one packet of an SSRC to the next: long frames of sound, and few frames of video, spare the machine. */
const interval = { audio: 60, video: 100 };
const clock = { audio: 48, video: 90 };

interface Stream {
  readonly media: 'audio' | 'video';
  readonly ssrc: number;
  /** Of video, in lines. */
  readonly height: number;
}

/** One session's connection to a bridge. */
interface Connection {
  readonly peer: PeerConnection;
  readonly link: ImpairedLink;
  readonly payloadTypes: Readonly<Record<'audio' | 'video', number>>;
  track: Track | undefined;
  channel: DataChannel | undefined;
}

export class MediaLeg implements ParticipantMedia {
  /** Packets of each SSRC since {@link forget}. */
  readonly received = new Map<number, number>();
  #connection: Connection | undefined;
  #streams: readonly Stream[] = [];
  #wishes: ReceiverVideoConstraints | undefined;
  #impairment: Impairment = unimpaired;
  readonly #packets = { audio: 0, video: 0 };
  #closed = false;
  readonly #timers = [
    setInterval(() => this.#tick('audio'), interval.audio),
    setInterval(() => this.#tick('video'), interval.video),
  ];

  async answer(offer: Jingle): Promise<IceTransport> {
    this.#drop();
    const remote = offer.contents.find(({ transport }) => transport !== undefined)?.transport;
    const candidate = remote?.candidates.find(({ ip }) => ip === '127.0.0.1') ?? remote?.candidates[0];
    if (remote === undefined || candidate === undefined) throw new Error('the offer has no candidates');
    const link = await ImpairedLink.open(candidate.port);
    link.impairment = this.#impairment;
    const peer = new nodeDataChannel.PeerConnection('soak', { iceServers: [], disableAutoNegotiation: true });
    const connection: Connection = {
      peer,
      link,
      payloadTypes: { audio: payloadType(offer, 'opus'), video: payloadType(offer, 'vp8') },
      track: undefined,
      channel: undefined,
    };
    if (this.#closed) {
      release(connection);
      throw new Error('gone');
    }
    this.#connection = connection;
    peer.onTrack((track) => {
      connection.track = track;
      track.onMessage((packet) => this.#receive(packet));
    });
    peer.setRemoteDescription(sdpOffer(remote), 'offer');
    peer.setLocalDescription('answer');
    return answered(peer.localDescription()?.sdp ?? '');
  }

  accepted(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    const { peer, link } = connection;
    peer.addRemoteCandidate(`candidate:1 1 udp 2130706431 127.0.0.1 ${link.port} typ host`, 'media');
    const channel = peer.createDataChannel('JVB data channel', {
      protocol: 'http://jitsi.org/protocols/colibri',
    });
    connection.channel = channel;
    channel.onOpen(() => {
      if (this.#wishes !== undefined) channel.sendMessage(stringifyBridgeMessage(this.#wishes));
    });
  }

  send(sources: readonly LocalSource[]): void {
    this.#streams = sources.flatMap(({ media, signalled, visible }) => {
      const layers = signalled.groups.find(({ semantics }) => semantics === 'SIM')?.ssrcs;
      return (layers ?? visible.slice(0, 1)).map((ssrc, index) => ({
        media,
        ssrc,
        height: 180 * 2 ** index,
      }));
    });
  }

  /** What is wanted of the bridge. */
  want(wishes: ReceiverVideoConstraints): void {
    this.#wishes = wishes;
    const channel = this.#connection?.channel;
    if (channel?.isOpen() === true) channel.sendMessage(stringifyBridgeMessage(wishes));
  }

  /** How the way from the bridge is from now on. */
  disturb(impairment: Impairment): void {
    this.#impairment = impairment;
    if (this.#connection !== undefined) this.#connection.link.impairment = impairment;
  }

  forget(): void {
    this.received.clear();
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#drop();
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) release(connection);
  }

  #receive(packet: Buffer): void {
    const ssrc = ssrcOf(packet);
    if (ssrc !== undefined) this.received.set(ssrc, (this.received.get(ssrc) ?? 0) + 1);
  }

  #tick(media: 'audio' | 'video'): void {
    const { track, payloadTypes } = this.#connection ?? {};
    if (track?.isOpen() !== true || payloadTypes === undefined) return;
    const number = ++this.#packets[media];
    const header = {
      payloadType: payloadTypes[media],
      number,
      timestamp: Math.round(performance.now() * clock[media]),
    };
    for (const stream of this.#streams) {
      if (stream.media !== media) continue;
      const of = { ...header, ssrc: stream.ssrc };
      track.sendMessageBinary(media === 'audio' ? audioPacket(of) : videoPacket(of, stream.height));
    }
  }
}

function release({ peer, link, track, channel }: Connection): void {
  channel?.close();
  track?.close();
  peer.close();
  link.stop();
}

function payloadType(offer: Jingle, codec: string): number {
  const all = offer.contents.flatMap(({ description }) => description?.payloadTypes ?? []);
  return all.find(({ name }) => name.toLowerCase() === codec)?.id ?? 0;
}

/** One media line carries everything, as the bridge wants of nobody: this library hands over every packet of a connection with one. */
function sdpOffer({ ufrag, pwd, fingerprints: [fingerprint] }: IceTransport): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE media data',
    `a=ice-ufrag:${ufrag ?? ''}`,
    `a=ice-pwd:${pwd ?? ''}`,
    `a=fingerprint:${fingerprint?.hash ?? ''} ${fingerprint?.value ?? ''}`,
    'a=setup:active',
    'm=video 9 UDP/TLS/RTP/SAVPF 100',
    'c=IN IP4 0.0.0.0',
    'a=mid:media',
    'a=sendrecv',
    'a=rtcp-mux',
    'a=rtpmap:100 VP8/90000',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    'a=mid:data',
    'a=sctp-port:5000',
    '',
  ].join('\r\n');
}

function answered(sdp: string): IceTransport {
  const attribute = (name: string): string => new RegExp(`a=${name}:(\\S+)`).exec(sdp)?.[1] ?? '';
  const value = /a=fingerprint:sha-256 (\S+)/.exec(sdp)?.[1] ?? '';
  return {
    ufrag: attribute('ice-ufrag'),
    pwd: attribute('ice-pwd'),
    rtcpMux: true,
    candidates: [],
    fingerprints: [{ hash: 'sha-256', setup: 'passive', value }],
    webSockets: [],
  };
}
