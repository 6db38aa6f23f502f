/**
 * A participant whose transport ends here: what it sends (sources, ingress), what it is sent (egress, forwarded sources), its
 * bridge channel, and whether it is still there.
 */
import { randomBytes } from 'node:crypto';

import type { IceTransport, MediaSource } from '@conclave/signaling';
import type { Logger } from 'pino';

import { EndpointChannel, type ChannelHost } from '../channel/endpoint-channel.js';
import { Egress } from '../send/egress.js';
import type { Paced, PaceClock } from '../send/pace-clock.js';
import { PacketTrace } from '../send/packet-trace.js';
import type { EndpointTransport } from '../transport/endpoint-transport.js';
import type { MediaPort } from '../transport/media-port.js';
import { ChannelWait } from './channel-wait.js';
import { EndpointFormats } from './formats.js';
import { Ingress } from './ingress.js';
import type { BridgeLimits } from './limits.js';
import { LinkHistory } from './link-history.js';
import { senderConstraints } from './messages.js';
import { Reception } from './reception.js';
import type { Sender } from './sender.js';
import { isSynthetic, type SentSource, sourceOf } from './source.js';
import type { VideoSource } from './video-source.js';
import type { Traffic } from './traffic.js';

/** What an endpoint asks of its conference. */
export interface EndpointHost extends ChannelHost {
  /** The endpoint can be sent media, or cannot any more. */
  connectionChanged(endpoint: Endpoint): void;
  /** @param receiver id of who needs it */
  keyframeWanted(source: VideoSource, receiver: string, now: number): void;
  /** How loud an audio packet of the endpoint is, 0 (silence) … 127; answers whether it is to be forwarded. */
  audioLevel(endpointId: string, level: number, now: number): boolean;
}

export interface EndpointOptions {
  /** Whether the client is offered data channels. */
  readonly dataChannels: boolean;
  /** Whether others reach the client under SSRCs of the bridge's choice, of which it is told (capability `ssrc-rewriting`). */
  readonly ssrcRewriting?: boolean;
  /** Whether it only looks on: it has no sources, is not heard of, and what it says to others is not passed on. */
  readonly visitor?: boolean;
  /** Videos that it is sent at most until it says so itself; -1: no limit. */
  readonly initialLastN?: number | undefined;
}

export interface EndpointContext {
  readonly port: MediaPort;
  readonly host: EndpointHost;
  /** SSRC of the bridge's own feedback. */
  readonly feedbackSsrc: number;
  readonly limits: BridgeLimits;
  /** Monotonic time in ms. */
  readonly clock: () => number;
  readonly paceClock: PaceClock;
  readonly log: Logger;
}

/** Times, in ms, after which an endpoint counts as gone or silent. */
const NEVER_CONNECTED = 120_000;
const CONNECTION_LOST = 60_000;
const FIRST_TRANSFER = 15_000;
const SILENCE = 8000;
/** How long (ms) a trace that has ended can still be read. */
const TRACE_KEPT = 600_000;
/** Who has sent nothing of a medium for so long (ms) does not send it. */
const SENDS_NO_MORE = 5000;

export class Endpoint implements Sender, Paced {
  readonly formats = new EndpointFormats();
  /** Several people speak into its microphone, whom a transcription is to tell apart. */
  diarize = false;
  readonly visitor: boolean;
  readonly transport: EndpointTransport;
  readonly channel: EndpointChannel;
  readonly ingress: Ingress;
  readonly reception: Reception;
  /** Secret in the URL of the endpoint's WebSocket. */
  readonly token = randomBytes(18).toString('base64url');
  readonly #egress: Egress;
  readonly #createdAt: number;
  readonly #clock: () => number;
  readonly #paceClock: PaceClock;
  #sources: readonly SentSource[] = [];
  #lastActivity: number | undefined;
  readonly #history = new LinkHistory();
  #trace: PacketTrace | undefined;
  #active = true;
  readonly #channelWait = new ChannelWait();

  constructor(
    readonly id: string,
    { dataChannels, initialLastN = -1, ssrcRewriting = false, visitor = false }: EndpointOptions,
    context: EndpointContext,
  ) {
    const { clock, host, paceClock, port, log } = context;
    this.visitor = visitor;
    this.#clock = clock;
    this.#paceClock = paceClock;
    this.#createdAt = clock();
    this.transport = port.createTransport(id, dataChannels, {
      onState: () => host.connectionChanged(this),
      onPacket: (packet) => {
        const now = clock();
        this.#lastActivity = now;
        if (this.#trace !== undefined) this.#trace.note('in', packet, now);
        this.ingress.receive(packet, now);
      },
      onChannel: (channel) => this.channel.acceptDataChannel(channel),
    });
    this.#egress = new Egress(this.transport, this.formats);
    this.#egress.pacer.onWaiting = () => paceClock.add(this);
    this.ingress = new Ingress(this.formats, this.#egress, context.feedbackSsrc, context.limits, {
      nack: (media, sequences, now) => this.reception.nack(media, sequences, now),
      keyframeWanted: (media, now) => {
        const source = this.reception.videoOf(media);
        if (source !== undefined) host.keyframeWanted(source, id, now);
      },
      audioLevel: (owner, level, now) => host.audioLevel(owner, level, now),
    });
    this.reception = new Reception(
      id,
      this.#egress,
      this.formats,
      context.feedbackSsrc,
      ssrcRewriting ? (message) => this.channel.send(message) : undefined,
      context.limits,
    );
    if (initialLastN >= 0) this.reception.begin(initialLastN);
    this.channel = new EndpointChannel(id, host, context.limits, clock, log);
  }

  get connected(): boolean {
    return this.transport.state === 'connected';
  }

  get sources(): readonly SentSource[] {
    return this.#sources;
  }

  /** What has passed so far. */
  get traffic(): Traffic {
    const drops = Object.values<number>({ ...this.ingress.drops });
    return {
      packetsReceived: this.ingress.packets,
      octetsReceived: this.ingress.octets,
      packetsSent: this.#egress.packets,
      octetsSent: this.#egress.octets,
      packetsDropped: drops.reduce((sum, count) => sum + count, 0),
      packetsReported: this.#egress.feedback.reported,
      packetsReportedLost: this.#egress.feedback.lost,
      feedbackUnmatched: this.#egress.feedback.unmatched,
      ...this.ingress.counts,
      packetsRetransmitted: this.reception.retransmitted,
      keyframeRequests: this.ingress.keyframeRequests,
      messagesReceived: this.channel.received,
      messagesSent: this.channel.sent,
      webSocketReceived: this.channel.webSocket.received,
      webSocketSent: this.channel.webSocket.sent,
      dataChannelsRejected: this.channel.dataChannelsRejected,
    };
  }

  /** Round-trip time in ms, once it is known. */
  get rtt(): number | undefined {
    return this.#egress.rtt.value;
  }

  /** Bits a second that may be sent to the endpoint. */
  get availableBandwidth(): number {
    return this.#egress.bandwidth ?? Infinity;
  }

  /** Bits a second of it that are there for video. */
  videoBandwidth(now: number): number {
    return this.#egress.videoBandwidth(now) ?? Infinity;
  }

  /** Every 20 ms or so: what is due to the endpoint as a sender, and what it could use as a receiver. */
  tick(now: number): void {
    this.ingress.tick(now);
    const { reception } = this;
    reception.bandwidthChanged(this.videoBandwidth(now));
    this.#egress.want(reception.bitrate, reception.idealBitrate, now);
    this.#history.observe(this.#egress, reception, now);
    if (this.pace(now)) this.#paceClock.add(this);
    if (this.#trace !== undefined && now > this.#trace.until + TRACE_KEPT) this.endTrace();
  }

  /** Percent of what it was sent in the last second that it has not got. */
  get outgoingLoss(): number {
    return this.#history.lossPercent;
  }

  /** Begins to note the headers of what passes, for `duration` ms; no more than the last `packets` are held. */
  beginTrace(duration: number, packets: number): void {
    const now = this.#clock();
    this.#trace = new PacketTrace(now, now + duration, packets, this.#clock);
    this.#egress.trace = this.#trace;
  }

  /** What has been noted; undefined when nobody has asked for it, or a while ago. */
  get trace(): PacketTrace | undefined {
    return this.#trace;
  }

  /** Ends the trace and forgets it. */
  endTrace(): void {
    this.#trace = undefined;
    this.#egress.trace = undefined;
  }

  /** Sends what had to wait, and padding where that may show that there is more bandwidth. */
  pace(now: number): boolean {
    const octets = this.#egress.tick(now);
    if (octets > 0) this.reception.pad(octets, now);
    return this.#egress.restless;
  }

  constrain(source: VideoSource): void {
    const message = senderConstraints(source);
    if (message !== undefined) this.channel.send(message);
  }

  requestKeyframe(source: VideoSource, receiver: string | undefined, now: number): void {
    this.ingress.requestKeyframe(source, receiver, now);
  }

  /** Takes the client's transport; answers why it was refused, or undefined. */
  setRemote(remote: IceTransport): string | undefined {
    return this.transport.setRemote(remote);
  }

  /** Replaces the endpoint's sources with `signalled`, which the conference has checked; those that stay keep their state. */
  setSources(signalled: readonly MediaSource[]): void {
    this.#sources = signalled.flatMap((source) => {
      const known = this.#sources.find(({ name }) => name === source.id);
      return sourceOf(this.id, source, this.formats, known) ?? [];
    });
    // What a service makes does not come from here.
    this.ingress.setSources(this.#sources.filter((source) => !isSynthetic(source)));
  }

  /** Whether the endpoint should be expired at `now`: its transport has ended, or never came to be. */
  isGone(now: number): boolean {
    const { state } = this.transport;
    if (state === 'failed' || state === 'closed') return true;
    // While the transport is connected, ICE consent (RFC 7675) shows that the client lives, however silent it is.
    if (state === 'connected') return false;
    const silence = now - (this.#lastActivity ?? this.#createdAt);
    return silence > (this.#lastActivity === undefined ? NEVER_CONNECTED : CONNECTION_LOST);
  }

  /** Whether the endpoint sends as expected; answers the new status when it has changed since the last call. */
  activityChange(now: number): boolean | undefined {
    const last = Math.max(this.#lastActivity ?? -Infinity, this.channel.lastActivity);
    const idle = last === -Infinity ? now - this.#createdAt : now - last;
    const silent = idle > (last === -Infinity ? FIRST_TRANSFER : SILENCE);
    // One that has nothing to send is silent by right once it is connected.
    const active = !silent || (this.connected && this.#sources.length === 0);
    if (active === this.#active) return undefined;
    this.#active = active;
    return active;
  }

  get active(): boolean {
    return this.#active;
  }

  /** Whether it has been connected for a while and has no bridge channel; true once. */
  lacksChannel(now: number): boolean {
    return this.#channelWait.isOver(this, now);
  }

  /** Whether it has sent any sound or video of late, and not only said that it might. */
  sends(type: SentSource['type'], now: number): boolean {
    return this.#sources.some((source) => {
      if (source.type !== type) return false;
      const streams =
        source.type === 'audio' ? [source.stream] : source.encodings.map(({ stream }) => stream);
      return streams.some(({ statistics }) => now - statistics.arrived < SENDS_NO_MORE);
    });
  }

  /** All that operators may want to know of one endpoint. */
  get state(): object {
    const now = this.#clock();
    const { channel, ingress, reception, transport } = this;
    return {
      seconds: Math.round((now - this.#createdAt) / 1000),
      active: this.#active,
      lastPacketMsAgo: this.#lastActivity === undefined ? null : Math.round(now - this.#lastActivity),
      transport: { state: transport.state, ice: transport.ice, sendFailures: transport.sendFailures },
      channel: {
        open: channel.open,
        received: channel.received,
        sent: channel.sent,
        refused: channel.refused,
      },
      rttMs: this.rtt === undefined ? null : Math.round(this.rtt),
      received: {
        packets: ingress.packets,
        octets: ingress.octets,
        dropped: ingress.drops,
        muted: ingress.muted,
        keyframeRequests: ingress.keyframeRequests,
      },
      sources: this.#sources.map((source) => source.state(now)),
      sent: this.#egress.state(now),
      reception: reception.state(now),
      history: this.#history.state(now),
      trace: this.#trace && { packets: this.#trace.total, secondsLeft: this.#secondsOfTrace(now) },
    };
  }

  #secondsOfTrace(now: number): number {
    return Math.max(0, Math.round(((this.#trace?.until ?? 0) - now) / 1000));
  }

  /** Ends channel and transport. */
  close(): void {
    this.channel.close();
    this.transport.close();
  }
}
