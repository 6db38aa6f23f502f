/**
 * One Jingle session with the focus (XEP-0166), i.e. one peer connection with the bridge: the focus offers, the browser
 * answers, and each change of remote sources is one more offer and answer between us and the browser alone.
 */
import type { IceTransport, Jingle, JingleContent, MediaType, VideoType } from '@conclave/signaling';
import { limitEncodings } from '../media/simulcast.js';
import { SerialQueue } from '../serial-queue.js';
import { answerContents, videoCodec } from './answer-sdp.js';
import { type MediaLines, addSources, initialLines, keepOwners, removeSources } from './media-lines.js';
import { type OfferTemplate, composeOffer, offerTemplate, offeredMedia } from './offer-sdp.js';
import { bridgeOwner, remoteSources } from './remote-sources.js';
import { type SimulcastSsrcs, chooseSsrcs, withSimulcast } from './simulcast-sdp.js';

/** Something that somebody else sends and that can be played. */
export interface RemoteTrack {
  readonly sourceName: string;
  /** Endpoint id. */
  readonly owner: string;
  readonly media: MediaType;
  readonly videoType: VideoType;
  readonly track: MediaStreamTrack;
}

export type MediaConnectionState = 'connecting' | 'connected' | 'interrupted' | 'failed';

export interface MediaSessionEvents {
  /** The first answer is there: send it as session-accept. Rejects when the focus does not take it. */
  accept(contents: readonly JingleContent[]): Promise<void>;
  /** The complete list, after each change. */
  remoteTracks(tracks: readonly RemoteTrack[]): void;
  connectionState(state: MediaConnectionState): void;
  /** The session cannot go on. */
  failed(error: unknown): void;
}

export interface MediaSessionOptions {
  readonly offer: Jingle;
  /** Our endpoint id. */
  readonly endpoint: string;
  /** Names of the codecs that the camera is sent in, the best first. Default: VP8. */
  readonly videoCodecs?: readonly string[];
  readonly peerConnection: RTCPeerConnection;
  /** STUN and TURN servers of the connection, awaited before anything is gathered; must not reject. Default: none. */
  readonly iceServers?: Promise<readonly RTCIceServer[]>;
  readonly tracks: Readonly<Record<MediaType, MediaStreamTrack | undefined>>;
  /** Nothing is sent, and no sources are announced. */
  readonly receiveOnly?: boolean;
  readonly events: MediaSessionEvents;
  readonly random?: () => number;
}

/** What an ICE restart changes. */
type NewCredentials = Required<Pick<IceTransport, 'ufrag' | 'pwd' | 'candidates'>>;

const states: Readonly<Record<RTCPeerConnectionState, MediaConnectionState>> = {
  new: 'connecting',
  connecting: 'connecting',
  connected: 'connected',
  disconnected: 'interrupted',
  failed: 'failed',
  closed: 'failed',
};

export class MediaSession {
  readonly sid: string;
  readonly bridgeSessionId: string | undefined;
  /** The data channel to the bridge, where the offer has one (client-opened, RFC 8832). */
  readonly dataChannel: RTCDataChannel | undefined;
  private readonly pc: RTCPeerConnection;
  private readonly events: MediaSessionEvents;
  private template: OfferTemplate;
  private readonly queue: SerialQueue;
  private readonly tracks: Record<MediaType, MediaStreamTrack | undefined>;
  private lines: MediaLines;
  private version = 0;
  private maxHeight = -1;
  private simulcast: SimulcastSsrcs | undefined;
  /** What our video is sent in. */
  private codec = '';
  private closed = false;

  /** Begins to negotiate at once. Throws an OfferError for an offer that cannot be answered. */
  constructor(private readonly options: MediaSessionOptions) {
    const { offer, peerConnection, events } = options;
    this.sid = offer.sid;
    this.bridgeSessionId = offer.bridgeSession?.id;
    this.template = offerTemplate(offer.contents, options.videoCodecs);
    this.lines = initialLines(offeredMedia(this.template), remoteSources(offer));
    this.pc = peerConnection;
    this.events = events;
    this.tracks = { ...options.tracks };
    this.queue = new SerialQueue((error) => {
      if (!this.closed) events.failed(error);
    });
    peerConnection.addEventListener('connectionstatechange', () => {
      if (!this.closed) events.connectionState(states[peerConnection.connectionState]);
    });
    this.dataChannel =
      this.template.sctpPort === undefined
        ? undefined
        : peerConnection.createDataChannel('JVB data channel', {
            protocol: 'http://jitsi.org/protocols/colibri',
          });
    void this.queue.add(() => this.accept());
  }

  /** A source-add of the focus. */
  addSources(change: Jingle): Promise<void> {
    return this.change((lines) => addSources(lines, remoteSources(change)));
  }

  /** A source-remove of the focus. */
  removeSources(change: Jingle): Promise<void> {
    return this.change((lines) => removeSources(lines, remoteSources(change)));
  }

  /** Forgets the sources of everyone who is not among these endpoints. */
  keepOwners(owners: ReadonlySet<string>): Promise<void> {
    return this.change((lines) => keepOwners(lines, owners));
  }

  /** Sends this track from now on, or nothing. Needs no negotiation: our sources are announced once and for all. */
  setTrack(media: MediaType, track: MediaStreamTrack | undefined): Promise<void> {
    if (this.tracks[media] === track) return Promise.resolve();
    this.tracks[media] = track;
    return this.queue.add(async () => {
      await this.sender(media)?.replaceTrack(this.tracks[media] ?? null);
      if (media === 'video') await this.limitSender();
    });
  }

  /** The bridge needs our video no higher than this: lines, 0 for none at all, -1 for no limit. */
  limitVideo(maxHeight: number): Promise<void> {
    this.maxHeight = maxHeight;
    return this.queue.add(() => this.limitSender());
  }

  /** Takes new ICE credentials and candidates of the bridge; resolves with the contents that tell it ours. The path in use stays until they lead to another. */
  async restartIce({ ufrag, pwd, candidates }: NewCredentials): Promise<readonly JingleContent[]> {
    let contents: readonly JingleContent[] = [];
    await this.queue.add(async () => {
      const { template } = this;
      this.template = { ...template, transport: { ...template.transport, ufrag, pwd, candidates } };
      await this.offer();
      contents = answerContents(await this.answer(), { endpoint: this.options.endpoint });
    });
    return contents;
  }

  close(): void {
    this.closed = true;
    this.queue.close();
    this.pc.close();
  }

  private async accept(): Promise<void> {
    const iceServers = await this.options.iceServers;
    if (this.closed) return;
    if (iceServers && iceServers.length > 0) {
      this.pc.setConfiguration({ ...this.pc.getConfiguration(), iceServers: [...iceServers] });
    }
    await this.offer();
    const media = offeredMedia(this.template);
    for (const each of media) {
      const transceiver = this.transceiver(each);
      if (!transceiver) continue;
      transceiver.direction = this.options.receiveOnly ? 'recvonly' : 'sendrecv';
      if (this.options.receiveOnly) continue;
      await transceiver.sender.replaceTrack(this.tracks[each] ?? null);
    }
    const answer = await this.answer();
    await this.limitSender();
    await this.events.accept(answerContents(answer, { endpoint: this.options.endpoint }));
    this.report();
  }

  private change(edit: (lines: MediaLines) => MediaLines): Promise<void> {
    return this.queue.add(async () => {
      const lines = edit(this.lines);
      if (lines === this.lines) return;
      this.lines = lines;
      await this.offer();
      await this.answer();
      this.report();
    });
  }

  private async offer(): Promise<void> {
    this.version += 1;
    const sdp = composeOffer(this.template, this.lines, this.version);
    await this.pc.setRemoteDescription({ type: 'offer', sdp });
  }

  /** Returns the answer's SDP. */
  private async answer(): Promise<string> {
    const { sdp = '' } = await this.pc.createAnswer();
    this.codec = videoCodec(sdp) ?? this.codec;
    this.simulcast ??= chooseSsrcs(sdp, this.options.random ?? Math.random);
    const munged = this.simulcast ? withSimulcast(sdp, this.simulcast) : sdp;
    await this.pc.setLocalDescription({ type: 'answer', sdp: munged });
    return munged;
  }

  private async limitSender(): Promise<void> {
    const sender = this.options.receiveOnly ? undefined : this.sender('video');
    const parameters = sender?.getParameters();
    if (!sender || !parameters || parameters.encodings.length === 0) return;
    const height = this.tracks.video?.getSettings().height ?? 720;
    limitEncodings(parameters.encodings, height, this.maxHeight, this.codec);
    await sender.setParameters(parameters);
  }

  private report(): void {
    if (this.closed) return;
    this.events.remoteTracks(
      this.lines.flatMap(({ mid, media, source }): RemoteTrack[] => {
        const track = source && this.transceiver(mid)?.receiver.track;
        if (!track || source.owner === bridgeOwner) return [];
        const { name, owner, videoType } = source;
        return [{ sourceName: name, owner, media, videoType, track }];
      }),
    );
  }

  private sender(media: MediaType): RTCRtpSender | undefined {
    return this.transceiver(media)?.sender;
  }

  private transceiver(mid: string): RTCRtpTransceiver | undefined {
    return this.pc.getTransceivers().find((transceiver) => transceiver.mid === mid);
  }
}
