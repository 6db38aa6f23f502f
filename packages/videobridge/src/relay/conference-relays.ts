/**
 * The other bridges of a conference: which sources come from where and go where, and the messages that cross. What came from a
 * mesh of bridges goes to the endpoints here and to other meshes, never into the same mesh again.
 */
import {
  type BridgeMessage,
  type ColibriMedia,
  type EndpointMessage,
  type EndpointStats,
  type MediaSource,
  stringifyBridgeMessage,
} from '@conclave/signaling';
import type { Logger } from 'pino';

import type { AudioSource } from '../conference/audio-source.js';
import type { ConferenceChannels } from '../conference/channels.js';
import { addCounters } from '../conference/counters.js';
import type { ConferenceCore, ConferencePart } from '../conference/part.js';
import { isSynthetic, type SentSource } from '../conference/source.js';
import type { Speakers } from '../conference/speakers.js';
import type { BridgeTotals } from '../conference/totals.js';
import { NO_TRAFFIC, type Traffic } from '../conference/traffic.js';
import type { VideoDistribution } from '../conference/video-distribution.js';
import type { VideoSource } from '../conference/video-source.js';
import type { ForwardedAudio } from '../send/forwarded-audio.js';
import { Relay, type RelayContext, type RelayHost, type RelayOptions } from './relay.js';
import { RelayedEndpoint } from './relayed-endpoint.js';

/** The parts of a conference that the relays work with. */
export interface PartsOfRelays {
  readonly channels: ConferenceChannels;
  readonly speakers: Speakers;
  readonly video: VideoDistribution;
}

/** What the focus says of an endpoint behind a relay. */
export interface RelayedEndpointChange {
  readonly id: string;
  readonly create?: boolean | undefined;
  readonly expire?: boolean | undefined;
  readonly sources?: readonly MediaSource[] | undefined;
}

export class ConferenceRelays implements ConferencePart, RelayHost {
  readonly #relays = new Map<string, Relay>();
  #formerTraffic = NO_TRAFFIC;
  readonly #log: Logger;

  constructor(
    private readonly core: ConferenceCore,
    private readonly parts: PartsOfRelays,
    private readonly context: Omit<RelayContext, 'host'> & {
      readonly totals: Pick<BridgeTotals, 'relays' | 'relaysWithoutChannel'>;
    },
  ) {
    this.#log = context.log;
  }

  get size(): number {
    return this.#relays.size;
  }

  /** Whether several meshes meet on this bridge, which then is needed even without endpoints. */
  get joinsMeshes(): boolean {
    return new Set([...this.#relays.values()].map(({ options }) => options.meshId)).size > 1;
  }

  get(id: string): Relay | undefined {
    return this.#relays.get(id);
  }

  *[Symbol.iterator](): IterableIterator<Relay> {
    yield* this.#relays.values();
  }

  /** The endpoint `id` if it is on another bridge. */
  endpoint(id: string): RelayedEndpoint | undefined {
    for (const { endpoints } of this.#relays.values()) {
      const found = endpoints.get(id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  get endpoints(): RelayedEndpoint[] {
    return [...this.#relays.values()].flatMap(({ endpoints }) => [...endpoints.values()]);
  }

  get sources(): SentSource[] {
    return this.endpoints.flatMap(({ sources }) => sources);
  }

  /** Adds a relay; its id is free. */
  create(id: string, options: RelayOptions): Relay {
    const relay = new Relay(id, options, { ...this.context, host: this });
    this.#relays.set(id, relay);
    this.context.totals.relays += 1;
    this.#log.info({ relay: id, ...options }, 'relay created');
    return relay;
  }

  /** Takes over what the focus says of a relay: formats, and who is behind it. */
  update(relay: Relay, media: readonly ColibriMedia[], changes: readonly RelayedEndpointChange[]): void {
    relay.addFormats(media);
    for (const change of changes) this.#change(relay, change);
    if (changes.length === 0) return;
    relay.bind();
    this.core.rebuild();
  }

  #change(relay: Relay, { id, expire, sources }: RelayedEndpointChange): void {
    const known = relay.endpoints.get(id);
    if (expire === true) {
      if (known !== undefined) this.#forget(relay, id);
      return;
    }
    // Whoever is here is not elsewhere: the news of their move has not come round yet.
    if (this.core.endpoints.has(id)) return;
    for (const other of this.#relays.values()) {
      if (other !== relay && other.endpoints.has(id)) {
        this.#forget(other, id);
        other.bind();
      }
    }
    const endpoint = known ?? new RelayedEndpoint(id, relay);
    if (known === undefined) {
      relay.endpoints.set(id, endpoint);
      this.core.arrived(id);
    }
    if (sources === undefined) return;
    if (this.core.admits(id, sources)) endpoint.setSources(sources);
    else this.#log.warn({ relay: relay.id, endpoint: id }, 'sources of another bridge refused');
  }

  #forget(relay: Relay, id: string): void {
    relay.endpoints.delete(id);
    this.core.left(id);
  }

  /** The endpoint has come to this bridge: it is behind no relay any more. */
  moved(id: string): void {
    for (const relay of this.#relays.values()) {
      if (!relay.endpoints.has(id)) continue;
      this.#forget(relay, id);
      relay.bind();
    }
  }

  /** Ends the relay `id`; nothing happens when there is none. */
  expire(id: string, reason: string): void {
    const relay = this.#relays.get(id);
    if (relay === undefined) return;
    this.#relays.delete(id);
    this.#log.info({ relay: id, reason }, 'relay expired');
    for (const endpoint of [...relay.endpoints.keys()]) this.#forget(relay, endpoint);
    this.parts.video.tellSenders(relay.close());
    this.#formerTraffic = addCounters(this.#formerTraffic, relay.traffic);
    this.core.rebuild();
  }

  /** Works out which video may cross each link. */
  rebuild(): void {
    const made = this.core.sources.filter(isSynthetic);
    for (const relay of this.#relays.values()) {
      relay.bind(made);
      const videos = this.#sentOver(relay).filter((source) => source.type === 'video');
      this.parts.video.tellSenders(relay.see(videos));
    }
  }

  /** What each link carries of the sound: how every source that it carries reaches it. */
  *hear(): Iterable<ReadonlyMap<AudioSource, ForwardedAudio>> {
    for (const relay of this.#relays.values()) {
      yield relay.hear(this.#sentOver(relay).filter((source) => source.type === 'audio'));
    }
  }

  #sentOver(relay: Relay): SentSource[] {
    return relay.connected ? this.#carriedBy(relay) : [];
  }

  /** Sources of the endpoints here, and of other meshes; and what services that are connected here make, whoever speaks. */
  #carriedBy({ options }: Relay): SentSource[] {
    const others = [...this.#relays.values()].filter((each) => each.options.meshId !== options.meshId);
    return [
      ...this.core.localSources.filter((source) => !isSynthetic(source)),
      ...others.flatMap(({ endpoints }) =>
        [...endpoints.values()].flatMap(({ sources }) => sources.filter((source) => !isSynthetic(source))),
      ),
      ...this.core.sources.filter((source) => isSynthetic(source) && source.madeHere),
    ];
  }

  connectionChanged(relay: Relay): void {
    if (this.#relays.get(relay.id) === relay) this.core.rebuild();
  }

  channelOpened(relay: Relay): void {
    for (const { sources } of relay.endpoints.values()) {
      for (const source of sources) if (source.type === 'video') relay.constrain(source);
    }
    for (const source of this.#carriedBy(relay)) {
      if (source.type === 'video' && source.videoType !== 'camera') relay.channel.send(videoType(source));
    }
  }

  keyframeWanted(source: VideoSource, relay: Relay, now: number): void {
    this.parts.video.requestKeyframe(source, relay.receiver, now);
  }

  audioLevel(endpointId: string, level: number, now: number): boolean {
    return this.parts.speakers.level(endpointId, level, now);
  }

  message(relay: Relay, message: BridgeMessage): void {
    switch (message.colibriClass) {
      case 'AddReceiver': {
        const source = relay.wish(message.sourceName, message.videoConstraints.maxHeight);
        if (source !== undefined) this.parts.video.tellSenders([source]);
        break;
      }
      case 'EndpointMessage':
      case 'EndpointStats':
        // Each bridge vouches for its own endpoints only.
        if (message.from === undefined || !this.#speaksFor(relay, message.from)) break;
        this.parts.channels.deliver(message);
        this.pass(message, relay);
        break;
      case 'SourceVideoTypeMessage': {
        const source = [...relay.endpoints.values()]
          .flatMap(({ sources }) => sources)
          .find(({ name }) => name === message.sourceName);
        if (source?.type !== 'video') break;
        source.videoType = message.videoType;
        this.parts.video.changed();
        this.videoTypeChanged(source);
        break;
      }
      case 'EndpointConnectivityStatusChangeEvent': {
        const endpoint = relay.endpoints.get(message.endpoint);
        if (endpoint === undefined) break;
        endpoint.active = message.active;
        this.parts.channels.tellAll(message);
        this.#broadcast(stringifyBridgeMessage(message), relay);
        break;
      }
      case 'SyntheticSourceSendingChangeEvent':
        this.parts.channels.tellAll(message);
        this.#broadcast(stringifyBridgeMessage(message), relay);
        break;
      default:
        break;
    }
  }

  #speaksFor(relay: Relay, endpointId: string): boolean {
    return relay.endpoints.has(endpointId);
  }

  /** Passes on what endpoints say to each other: to the bridge of whom it is for, or to all. */
  pass(message: EndpointMessage | EndpointStats, origin?: Relay): void {
    if (this.#relays.size === 0) return;
    const to = message.colibriClass === 'EndpointMessage' ? message.to : undefined;
    const text = stringifyBridgeMessage(message);
    if (to === undefined || to === '') this.#broadcast(text, origin);
    else if (origin === undefined) {
      for (const relay of this.#relays.values()) if (relay.endpoints.has(to)) relay.channel.sendText(text);
    }
  }

  /** Tells all other bridges, but none of the mesh that it comes from. */
  #broadcast(text: string, origin?: Relay): void {
    for (const relay of this.#relays.values()) {
      if (relay.options.meshId !== origin?.options.meshId) relay.channel.sendText(text);
    }
  }

  /** A source is a screen now, or is muted. */
  videoTypeChanged(source: VideoSource): void {
    const origin = [...this.#relays.values()].find(({ endpoints }) => endpoints.has(source.owner));
    this.#broadcast(stringifyBridgeMessage(videoType(source)), origin);
  }

  /** Tells all other bridges what happens here. */
  tellAll(message: BridgeMessage): void {
    if (this.#relays.size > 0) this.#broadcast(stringifyBridgeMessage(message));
  }

  tick(now: number): void {
    for (const relay of this.#relays.values()) {
      if (!relay.connected) continue;
      relay.tick(now);
      for (const { sources } of relay.endpoints.values()) {
        for (const source of sources) {
          if (source.type === 'video' && source.takeLayersChanged(now)) this.parts.video.changed();
        }
      }
    }
  }

  report(now: number): void {
    for (const relay of this.#relays.values()) {
      relay.report(now);
      if (relay.lacksChannel(now)) this.context.totals.relaysWithoutChannel += 1;
    }
  }

  /** Ends relays whose bridges are gone. */
  expireGone(now: number): void {
    for (const relay of [...this.#relays.values()]) if (relay.isGone(now)) this.expire(relay.id, 'gone');
  }

  /** What has crossed the links since the conference was created. */
  get traffic(): Traffic {
    return [...this.#relays.values()].map(({ traffic }) => traffic).reduce(addCounters, this.#formerTraffic);
  }

  close(): void {
    this.#formerTraffic = this.traffic;
    const relays = [...this.#relays.values()];
    this.#relays.clear();
    for (const relay of relays) relay.close();
  }
}

function videoType({ name, owner, videoType: type }: VideoSource): BridgeMessage {
  return { colibriClass: 'SourceVideoTypeMessage', endpointId: owner, sourceName: name, videoType: type };
}
