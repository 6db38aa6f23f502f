/**
 * The link of one conference to another bridge (a Colibri2 relay): the endpoints behind it, what comes from them, and what is
 * sent to it. A link that breaks begins anew with the same credentials, for as long as the focus keeps it.
 */
import type { BridgeMessage, ColibriMedia, IceTransport } from '@conclave/signaling';
import type { Logger } from 'pino';

import type { AudioSource } from '../conference/audio-source.js';
import { ChannelWait } from '../conference/channel-wait.js';
import { EndpointFormats } from '../conference/formats.js';
import { Ingress } from '../conference/ingress.js';
import type { BridgeLimits } from '../conference/limits.js';
import { isSynthetic, type SentSource } from '../conference/source.js';
import type { Traffic } from '../conference/traffic.js';
import type { VideoSource } from '../conference/video-source.js';
import { audioSlot } from '../send/audio-slots.js';
import { ForwardedAudio } from '../send/forwarded-audio.js';
import type { EndpointTransport, TransportState } from '../transport/endpoint-transport.js';
import { newCredentials } from '../transport/ice/credentials.js';
import type { MediaPort } from '../transport/media-port.js';
import { LinkChannel } from './link-channel.js';
import { LinkEgress } from './link-egress.js';
import { LinkedVideo } from './linked-video.js';
import { RelayedEndpoint, type RelayOfEndpoint } from './relayed-endpoint.js';

export interface RelayOptions {
  /** What comes from a mesh is not sent into it again. */
  readonly meshId: string;
  /** Whether this bridge begins the connection and opens the channel. */
  readonly initiates: boolean;
}

/** What a relay asks of its conference. */
export interface RelayHost {
  /** Media can be sent over the link, or cannot any more. */
  connectionChanged(relay: Relay): void;
  channelOpened(relay: Relay): void;
  message(relay: Relay, message: BridgeMessage): void;
  keyframeWanted(source: VideoSource, relay: Relay, now: number): void;
  audioLevel(endpointId: string, level: number, now: number): boolean;
}

export interface RelayContext {
  readonly port: MediaPort;
  readonly host: RelayHost;
  /** Relay id of this bridge. */
  readonly ownId: string;
  readonly feedbackSsrc: number;
  readonly limits: BridgeLimits;
  /** Monotonic time in ms. */
  readonly clock: () => number;
  readonly log: Logger;
}

/** A link that has broken is tried again after this time, in ms. */
const RETRY = 1000;
/** Without connection for so long (ms) the other bridge is gone. */
const GONE = 60_000;
/** Wishes of the other bridge that are kept, by source name: they may be there before the source. */
const MAX_WISHES = 1000;

export class Relay implements RelayOfEndpoint {
  readonly formats = new EndpointFormats();
  readonly channel: LinkChannel;
  readonly ingress: Ingress;
  readonly endpoints = new Map<string, RelayedEndpoint>();
  readonly #credentials = newCredentials();
  readonly #egress: LinkEgress;
  #transport: EndpointTransport;
  #remote: IceTransport | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  /** Since when it is not connected; undefined while it is. */
  #apart: number | undefined;
  readonly #wishes = new Map<string, number>();
  readonly #videos = new Map<VideoSource, LinkedVideo>();
  readonly #bySsrc = new Map<number, LinkedVideo>();
  #audio = new Map<AudioSource, ForwardedAudio>();
  #retransmitted = 0;
  readonly #channelWait = new ChannelWait();

  constructor(
    /** Relay id of the other bridge. */
    readonly id: string,
    readonly options: RelayOptions,
    private readonly context: RelayContext,
  ) {
    const { limits, host, clock } = context;
    this.#apart = clock();
    this.#transport = this.#newTransport();
    this.#egress = new LinkEgress({ send: (packet) => this.#transport.send(packet) }, this.formats);
    const { endpointsPerConference: many, packetsPerSecond, rtcpPerSecond } = limits;
    const rates = { packetsPerSecond: many * packetsPerSecond, rtcpPerSecond: many * rtcpPerSecond };
    this.ingress = new Ingress(this.formats, this.#egress, context.feedbackSsrc, rates, {
      nack: (media, sequences, now) => {
        this.#retransmitted += this.#bySsrc.get(media)?.nack(media, sequences, now) ?? 0;
      },
      keyframeWanted: (media, now) => {
        const video = this.#bySsrc.get(media);
        if (video !== undefined) host.keyframeWanted(video.source, this, now);
      },
      audioLevel: (owner, level, now) => host.audioLevel(owner, level, now),
    });
    this.channel = new LinkChannel(
      limits.channelMessageLength * 4,
      {
        opened: () => {
          this.channel.send({ colibriClass: 'ClientHello' });
          host.channelOpened(this);
        },
        message: (message) => host.message(this, message),
      },
      context.log,
    );
  }

  #newTransport(): EndpointTransport {
    const { port, clock } = this.context;
    const transport = port.createLink(`relay ${this.id}`, this.options.initiates, this.#credentials, {
      onState: (state) => this.#stateChanged(transport, state),
      onPacket: (packet) => this.ingress.receive(packet, clock()),
      onChannel: (link) => this.channel.attach(link),
    });
    return transport;
  }

  #stateChanged(transport: EndpointTransport, state: TransportState): void {
    if (transport !== this.#transport || this.#closed) return;
    this.context.log.info({ relay: this.id, state }, 'link changed');
    this.#apart = state === 'connected' ? undefined : (this.#apart ?? this.context.clock());
    if (state === 'failed' || state === 'closed') {
      this.#retry ??= setTimeout(() => this.#again(), RETRY);
    }
    this.context.host.connectionChanged(this);
  }

  #again(): void {
    this.#retry = undefined;
    const former = this.#transport;
    this.#transport = this.#newTransport();
    this.channel.close();
    former.close();
    if (this.#remote !== undefined) this.#transport.setRemote(this.#remote);
  }

  get credentials() {
    return this.#credentials;
  }

  get connected(): boolean {
    return this.#transport.state === 'connected';
  }

  /** By what the sources that it carries know it as a receiver; no endpoint has such an id. */
  get receiver(): string {
    return `relay ${this.id}`;
  }

  /** Takes the formats of the conference. There is no feedback for congestion control between bridges. */
  addFormats(media: readonly ColibriMedia[]): void {
    this.formats.add(
      media.map((each) => ({
        ...each,
        payloadTypes: each.payloadTypes.map((type) => ({
          ...type,
          rtcpFeedback: type.rtcpFeedback.filter((feedback) => feedback.type !== 'transport-cc'),
        })),
      })),
    );
  }

  /** Takes the other bridge's transport; answers why it was refused, or undefined. */
  setRemote(remote: IceTransport): string | undefined {
    const refused = this.#transport.setRemote(remote);
    if (refused === undefined) this.#remote = remote;
    return refused;
  }

  /** To be called when its endpoints or their sources have changed. */
  bind(made: readonly SentSource[] = []): void {
    const sources = [...this.endpoints.values()].flatMap((endpoint) => endpoint.sources);
    // What services make comes from the bridge that they are connected to.
    this.ingress.setSources([...sources.filter((source) => !isSynthetic(source)), ...made]);
  }

  constrain({ name, maxHeight }: VideoSource): void {
    if (maxHeight === undefined) return;
    this.channel.send({
      colibriClass: 'AddReceiver',
      bridgeId: this.context.ownId,
      sourceName: name,
      videoConstraints: { maxHeight },
    });
  }

  requestKeyframe(source: VideoSource, receiver: string | undefined, now: number): void {
    this.ingress.requestKeyframe(source, receiver, now);
  }

  /** The other bridge wants the source of that name at most so high; answers the source if it is wanted otherwise than before. */
  wish(sourceName: string, maxHeight: number): VideoSource | undefined {
    this.#wishes.delete(sourceName);
    const eldest = this.#wishes.keys().next().value;
    if (this.#wishes.size >= MAX_WISHES && eldest !== undefined) this.#wishes.delete(eldest);
    this.#wishes.set(sourceName, maxHeight);
    const video = [...this.#videos.values()].find(({ source }) => source.name === sourceName);
    return video === undefined ? undefined : this.#apply(video);
  }

  #apply(video: LinkedVideo): VideoSource | undefined {
    const { source } = video;
    video.maxHeight = this.#wishes.get(source.name) ?? 0;
    video.review(this.context.clock());
    return source.wish(this.receiver, video.maxHeight) ? source : undefined;
  }

  /** Sets which video sources may cross the link; answers those that are wanted otherwise than before. */
  see(sources: readonly VideoSource[]): VideoSource[] {
    const changed: VideoSource[] = [];
    const present = new Set(sources);
    for (const [source, video] of this.#videos) {
      if (present.has(source)) continue;
      source.setReceiver(video, false);
      this.#videos.delete(source);
      for (const { ssrc } of source.encodings) this.#bySsrc.delete(ssrc);
      if (source.wish(this.receiver, undefined)) changed.push(source);
    }
    for (const source of sources) {
      if (this.#videos.has(source)) continue;
      const video = new LinkedVideo(source, this.#egress);
      this.#videos.set(source, video);
      for (const { ssrc } of source.encodings) this.#bySsrc.set(ssrc, video);
      if (this.#apply(video) !== undefined) changed.push(source);
      source.addLink(video);
    }
    return changed;
  }

  /** Sets which audio sources cross the link; answers how each does. */
  hear(sources: readonly AudioSource[]): ReadonlyMap<AudioSource, ForwardedAudio> {
    const former = this.#audio;
    this.#audio = new Map(
      sources.map((source) => [
        source,
        former.get(source) ?? new ForwardedAudio(source, this.#egress, audioSlot(source.ssrc)),
      ]),
    );
    return this.#audio;
  }

  /** Every 20 ms or so: repeated NACKs and postponed keyframe requests. */
  tick(now: number): void {
    this.ingress.tick(now);
  }

  /** Whether it has been connected for a while and has no channel for messages; true once. */
  lacksChannel(now: number): boolean {
    return this.#channelWait.isOver(this, now);
  }

  /** Every 500 ms: receiver reports, and which encodings cross. */
  report(now: number): void {
    if (this.connected) this.ingress.report(now);
    for (const video of this.#videos.values()) video.review(now);
    for (const { sources } of this.endpoints.values()) {
      for (const source of sources) if (source.type === 'video') source.checkLayers(now);
    }
  }

  isGone(now: number): boolean {
    return this.#apart !== undefined && now - this.#apart > GONE;
  }

  get traffic(): Traffic {
    const { ingress, channel } = this;
    const drops = Object.values<number>({ ...ingress.drops });
    return {
      packetsReceived: ingress.packets,
      octetsReceived: ingress.octets,
      packetsSent: this.#egress.packets,
      octetsSent: this.#egress.octets,
      packetsDropped: drops.reduce((sum, count) => sum + count, 0),
      packetsReported: 0,
      packetsReportedLost: 0,
      feedbackUnmatched: 0,
      ...ingress.counts,
      packetsRetransmitted: this.#retransmitted,
      keyframeRequests: ingress.keyframeRequests,
      messagesReceived: channel.received,
      messagesSent: channel.sent,
      webSocketReceived: 0,
      webSocketSent: 0,
      dataChannelsRejected: 0,
    };
  }

  /** For operators. */
  get state(): object {
    return {
      transport: { state: this.#transport.state, ice: this.#transport.ice },
      meshId: this.options.meshId,
      initiates: this.options.initiates,
      channel: this.channel.open,
      rtt: this.#egress.rtt.value,
      traffic: this.traffic,
      drops: this.ingress.drops,
      endpoints: [...this.endpoints.keys()],
      sent: [...this.#videos.values()].map(({ source: { name }, maxHeight }) => ({ name, maxHeight })),
    };
  }

  /** Ends it; answers the sources that are wanted otherwise than before. */
  close(): VideoSource[] {
    this.#closed = true;
    clearTimeout(this.#retry);
    const changed = this.see([]);
    this.hear([]);
    this.channel.close();
    this.#transport.close();
    return changed;
  }
}
