/**
 * A conference on this bridge: the endpoints, their sources and who hears and sees whom. Who receives what is worked out when
 * something changes, so that a packet's way needs no decisions.
 */
import { randomBytes } from 'node:crypto';

import {
  type BridgeMessage,
  type Connect,
  type EndpointMessage,
  type EndpointStats,
  type MediaSource,
  stringifyBridgeMessage,
} from '@conclave/signaling';
import type { Logger } from 'pino';

import type { Wish } from '../channel/endpoint-channel.js';
import type { ForwardedAudio } from '../send/forwarded-audio.js';
import { SpeechActivity } from '../speech/speech-activity.js';
import { ConferenceExports, type ExportContext } from '../export/exports.js';
import { ConferenceRelays, type RelayedConference } from '../relay/conference-relays.js';
import type { MediaPort } from '../transport/media-port.js';
import type { AudioSource } from './audio-source.js';
import { Endpoint, type EndpointHost, type EndpointOptions } from './endpoint.js';
import type { BridgeLimits } from './limits.js';
import { connectivity, forwardedSources, senderConstraints } from './messages.js';
import { encodingsIn, type SentSource } from './source.js';
import { addTraffic, NO_TRAFFIC, type Traffic } from './traffic.js';
import { VideoDistribution } from './video-distribution.js';
import type { VideoSource } from './video-source.js';

/** In larger conferences statistics of an endpoint go to those only who are likely to show them. */
const STATS_FOR_ALL = 20;
/** From whom what a service has transcribed comes. */
const TRANSCRIBER = 'transcriber';

export interface ConferenceContext {
  readonly port: MediaPort;
  readonly limits: BridgeLimits;
  /** Monotonic time in ms. */
  readonly clock: () => number;
  readonly log: Logger;
  /** By what other bridges know this one. */
  readonly relayId: string;
  /** How many video sources anybody is sent at most, as the load of the bridge allows; -1: no limit. */
  readonly lastN: () => number;
  /** What services that get media are told of this bridge. */
  readonly application: ExportContext['application'];
}

/** Why sources were refused. */
export type SourceRefusal = 'too-many-sources' | 'ssrc-in-use';

export class Conference implements EndpointHost, RelayedConference {
  /** Names the conference in WebSocket URLs. */
  readonly localId = randomBytes(8).toString('hex');
  /** SSRCs of the bridge's own RTCP, announced as the sources `jvb-a0` and `jvb-v0`. */
  readonly feedback = { audio: randomSsrc(), video: randomSsrc() };
  readonly endpoints = new Map<string, Endpoint>();
  /** The other bridges that it spans. */
  readonly relays: ConferenceRelays;
  /** The services that get its sound. */
  readonly exports: ConferenceExports;
  readonly createdAt: number;
  /** Of endpoints that have left. */
  #formerTraffic = NO_TRAFFIC;
  readonly #log: Logger;
  readonly #speech: SpeechActivity;
  readonly #distribution: VideoDistribution;

  constructor(
    /** Unique for all time. */
    readonly meetingId: string,
    /** Bare JID of the room, when the focus told it. */
    readonly name: string | undefined,
    private readonly context: ConferenceContext,
  ) {
    this.createdAt = context.clock();
    this.#log = context.log.child({ meetingId, room: name });
    const { loudestSpeakers } = context.limits;
    this.#speech = new SpeechActivity({ loudest: loudestSpeakers < 0 ? undefined : loudestSpeakers });
    this.relays = new ConferenceRelays(this, {
      ...context,
      ownId: context.relayId,
      feedbackSsrc: this.feedback.video,
      log: this.#log,
    });
    this.exports = new ConferenceExports(
      {
        transcribed: (result) =>
          this.deliver({ colibriClass: 'EndpointMessage', from: TRANSCRIBER, msgPayload: result }),
        diarizes: (id) => this.endpoints.get(id)?.diarize === true,
      },
      { ...context, log: this.#log },
    );
    this.#distribution = new VideoDistribution({
      endpoints: this.endpoints,
      sender: (id) => this.endpoints.get(id) ?? this.relays.endpoint(id),
      speechOrder: () => this.#speech.order,
      lastN: () => context.lastN(),
    });
  }

  /** Adds an endpoint; its id is free and the limit not reached. */
  createEndpoint(id: string, options: EndpointOptions): Endpoint {
    const endpoint = new Endpoint(id, options, {
      ...this.context,
      host: this,
      feedbackSsrc: this.feedback.video,
      log: this.#log.child({ endpoint: id }),
    });
    this.relays.moved(id);
    this.endpoints.set(id, endpoint);
    this.#speech.add(id);
    this.#log.info({ endpoint: id, endpoints: this.endpoints.size }, 'endpoint created');
    return endpoint;
  }

  /** Replaces the sources of `endpoint`, or answers why not and changes nothing. */
  setSources(endpoint: Endpoint, sources: readonly MediaSource[]): SourceRefusal | undefined {
    const refused = this.#refuse(endpoint.id, sources);
    if (refused !== undefined) return refused;
    endpoint.setSources(sources);
    this.rebuild();
    return undefined;
  }

  #refuse(endpointId: string, sources: readonly MediaSource[]): SourceRefusal | undefined {
    const { sourcesPerEndpoint, ssrcsPerEndpoint } = this.context.limits;
    const ssrcs = sources.flatMap(ssrcsOf);
    if (sources.length > sourcesPerEndpoint || ssrcs.length > ssrcsPerEndpoint) return 'too-many-sources';
    const taken = new Set([this.feedback.audio, this.feedback.video]);
    for (const source of this.#sources) {
      if (source.owner === endpointId) continue;
      for (const { ssrc, rtx } of encodingsIn(source)) taken.add(ssrc).add(rtx ?? ssrc);
    }
    // The sources of one endpoint must not overlap each other either.
    for (const ssrc of ssrcs) {
      if (taken.has(ssrc)) return 'ssrc-in-use';
      taken.add(ssrc);
    }
    return undefined;
  }

  /** Carries out what `refuseConnects` has let pass. */
  changeConnects(changes: readonly Connect[]): void {
    this.exports.change(changes);
    this.rebuild();
  }

  hasEndpoint(id: string): boolean {
    return this.endpoints.has(id);
  }

  admits(endpointId: string, sources: readonly MediaSource[]): boolean {
    return this.#refuse(endpointId, sources) === undefined;
  }

  arrived(endpointId: string): void {
    this.#speech.add(endpointId);
  }

  left(endpointId: string): void {
    for (const source of this.#videos) source.keyframes.forget(endpointId);
    if (this.#speech.remove(endpointId)) this.#tellSpeaker();
  }

  constrained(sources: readonly VideoSource[]): void {
    this.#distribution.tellSenders(sources);
  }

  changed(): void {
    this.#distribution.changed();
  }

  /** Ends the endpoint `id` and forgets it; nothing happens when there is none. */
  expireEndpoint(id: string, reason: string): void {
    const endpoint = this.endpoints.get(id);
    if (endpoint === undefined) return;
    this.endpoints.delete(id);
    this.#log.info({ endpoint: id, reason, endpoints: this.endpoints.size }, 'endpoint expired');
    this.#distribution.tellSenders(endpoint.reception.close(this.#videos));
    endpoint.close();
    this.#formerTraffic = addTraffic(this.#formerTraffic, endpoint.traffic);
    this.left(id);
    this.rebuild();
  }

  close(): void {
    this.#formerTraffic = this.traffic;
    const endpoints = [...this.endpoints.values()];
    this.endpoints.clear();
    this.exports.close();
    for (const endpoint of endpoints) endpoint.close();
    this.relays.close();
  }

  /** What has passed since the conference was created. */
  get traffic(): Traffic {
    return [...this.endpoints.values()].map(({ traffic }) => traffic).reduce(addTraffic, this.#formerTraffic);
  }

  connectionChanged(endpoint: Endpoint): void {
    // An endpoint reports the end of its transport also while it is being expired.
    if (this.endpoints.get(endpoint.id) !== endpoint) return;
    this.#log.info({ endpoint: endpoint.id, state: endpoint.transport.state }, 'transport changed');
    this.rebuild();
  }

  get localSources(): SentSource[] {
    return [...this.endpoints.values()].flatMap(({ sources }) => sources);
  }

  get #sources(): SentSource[] {
    return this.relays.size === 0 ? this.localSources : [...this.localSources, ...this.relays.sources];
  }

  get #videos(): VideoSource[] {
    return this.#sources.filter((source) => source.type === 'video');
  }

  /** Works out who hears whom, and lets the video of everybody be allocated anew. */
  rebuild(): void {
    const sources = this.#sources;
    const heard = new Map<AudioSource, ForwardedAudio[]>();
    for (const endpoint of this.endpoints.values()) {
      const { reception, id } = endpoint;
      if (!endpoint.connected) {
        this.#distribution.tellSenders(reception.close(this.#videos));
        continue;
      }
      const others = sources.filter(({ owner }) => owner !== id);
      reception.see(others.filter((source) => source.type === 'video'));
      for (const [source, audio] of reception.hear(others.filter((each) => each.type === 'audio'))) {
        const receivers = heard.get(source);
        if (receivers === undefined) heard.set(source, [audio]);
        else receivers.push(audio);
      }
    }
    this.relays.rebuild(heard);
    const tap = this.exports.size === 0 ? undefined : this.exports;
    for (const source of sources) {
      if (source.type !== 'audio') continue;
      source.receivers = heard.get(source) ?? [];
      source.tap = tap;
    }
  }

  keyframeWanted(source: VideoSource, receiver: string, now: number): void {
    this.#distribution.requestKeyframe(source, receiver, now);
  }

  audioLevel(endpointId: string, level: number, now: number): boolean {
    return this.#speech.level(endpointId, level, now);
  }

  wish(endpointId: string, message: Wish): void {
    const endpoint = this.endpoints.get(endpointId);
    if (endpoint === undefined) return;
    switch (message.colibriClass) {
      case 'ReceiverVideoConstraints':
        endpoint.reception.constrain(message);
        break;
      case 'LastNChangedEvent':
        endpoint.reception.constrain({ lastN: message.lastN });
        break;
      case 'ReceiverAudioSubscription':
        endpoint.reception.subscribe(message);
        this.rebuild();
        break;
      case 'SourceVideoTypeMessage': {
        const source = endpoint.sources.find(({ name }) => name === message.sourceName);
        if (source?.type !== 'video' || source.videoType === message.videoType) break;
        source.videoType = message.videoType;
        this.#distribution.changed();
        this.relays.videoTypeChanged(source);
        break;
      }
    }
  }

  channelState(endpointId: string): BridgeMessage[] {
    const endpoint = this.endpoints.get(endpointId);
    if (endpoint === undefined) return [];
    const constraints = endpoint.sources.flatMap((source) =>
      source.type === 'video' ? (senderConstraints(source) ?? []) : [],
    );
    const inactive = [...this.endpoints.values(), ...this.relays.endpoints]
      .filter((other) => other !== endpoint && !other.active)
      .map(({ id }) => connectivity(id, false));
    const speaker = this.#speech.event;
    return [
      ...constraints,
      forwardedSources(endpoint.reception.forwarded),
      ...endpoint.reception.mappings,
      ...inactive,
      ...(speaker === undefined ? [] : [speaker]),
    ];
  }

  relay(message: EndpointMessage | EndpointStats): void {
    this.deliver(message);
    this.relays.pass(message);
  }

  deliver(message: EndpointMessage | EndpointStats): void {
    const text = stringifyBridgeMessage(message);
    const to = message.colibriClass === 'EndpointMessage' ? message.to : undefined;
    if (to !== undefined && to !== '') {
      if (to !== message.from) this.endpoints.get(to)?.channel.sendText(text);
      return;
    }
    for (const endpoint of this.endpoints.values()) {
      if (endpoint.id !== message.from && this.#concerns(endpoint, message)) endpoint.channel.sendText(text);
    }
  }

  /** Statistics of everybody for everybody would grow with the square of a large conference. */
  #concerns({ reception }: Endpoint, { colibriClass, from }: EndpointMessage | EndpointStats): boolean {
    if (colibriClass === 'EndpointMessage' || this.endpoints.size <= STATS_FOR_ALL) return true;
    if (from === undefined) return false;
    return (
      this.#speech.isRecent(from, this.context.clock()) ||
      reception.forwarded.some((name) => name.startsWith(`${from}-`))
    );
  }

  #tellSpeaker(): void {
    const event = this.#speech.event;
    if (event !== undefined) this.tellAll(event);
  }

  tellAll(message: BridgeMessage): void {
    const text = stringifyBridgeMessage(message);
    for (const { channel } of this.endpoints.values()) channel.sendText(text);
  }

  /** Endpoint ids, the latest speaker first. */
  get speakers(): readonly string[] {
    return this.#speech.order;
  }

  /** How often the dominant speaker has changed. */
  get speakerChanges(): number {
    return this.#speech.changes;
  }

  /** Every 5 ms or so: what had to wait for its turn. */
  pace(now: number): void {
    for (const endpoint of this.endpoints.values()) endpoint.pace(now);
  }

  /** Every 10 s: how much each may be sent. */
  tellBandwidth(): void {
    for (const { availableBandwidth, channel } of this.endpoints.values()) {
      if (availableBandwidth === Infinity) continue;
      channel.send({
        colibriClass: 'ConnectionStats',
        estimatedDownlinkBandwidth: Math.round(availableBandwidth),
      });
    }
  }

  /** Every 20 ms or so: repeated NACKs, postponed keyframe requests, speakers, allocation. */
  tick(now: number): void {
    for (const endpoint of this.endpoints.values()) {
      if (!endpoint.connected) continue;
      endpoint.tick(now);
      for (const source of endpoint.sources) {
        if (source.type === 'video' && source.takeLayersChanged(now)) this.#distribution.changed();
      }
    }
    if (this.relays.tick(now)) this.#distribution.changed();
    const speaker = this.#speech.dominant;
    if (this.#speech.tick(now)) {
      this.#tellSpeaker();
      const { dominant } = this.#speech;
      if (dominant !== undefined && dominant !== speaker) this.#distribution.speakerChanged(dominant, now);
      this.#distribution.changed();
    }
    this.#distribution.tick(now);
  }

  /** Every 500 ms: receiver reports and connectivity. */
  report(now: number): void {
    for (const endpoint of this.endpoints.values()) {
      if (endpoint.connected) endpoint.ingress.report(now);
      for (const source of endpoint.sources) if (source.type === 'video') source.checkLayers(now);
      const active = endpoint.activityChange(now);
      if (active === undefined) continue;
      this.tellAll(connectivity(endpoint.id, active));
      this.relays.activityChanged(stringifyBridgeMessage(connectivity(endpoint.id, active)));
    }
    this.relays.report(now);
  }

  /** Every few seconds: ends the endpoints whose clients are gone; answers how many. */
  expireGone(now: number): number {
    const gone = [...this.endpoints.values()].filter((endpoint) => endpoint.isGone(now));
    for (const { id, transport } of gone) this.expireEndpoint(id, `transport ${transport.state}`);
    this.relays.expireGone(now);
    return gone.length;
  }
}

function ssrcsOf(source: MediaSource): number[] {
  return [
    ...new Set([...source.sources.map(({ ssrc }) => ssrc), ...source.groups.flatMap(({ ssrcs }) => ssrcs)]),
  ];
}

function randomSsrc(): number {
  return randomBytes(4).readUInt32BE() || 1;
}
