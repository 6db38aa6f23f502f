/**
 * A conference on this bridge: every source of every endpoint goes to every other endpoint that is connected. Who receives
 * what is worked out when signalling changes, so that a packet's way needs no decisions.
 */
import { randomBytes } from 'node:crypto';

import {
  type BridgeMessage,
  type EndpointMessage,
  type EndpointStats,
  type MediaSource,
  stringifyBridgeMessage,
} from '@conclave/signaling';
import type { Logger } from 'pino';

import type { MediaPort } from '../transport/media-port.js';
import { Endpoint, type EndpointHost } from './endpoint.js';
import type { BridgeLimits } from './limits.js';
import type { SentSource } from './source.js';
import { addTraffic, NO_TRAFFIC, type Traffic } from './traffic.js';

export interface ConferenceContext {
  readonly port: MediaPort;
  readonly limits: BridgeLimits;
  /** Monotonic time in ms. */
  readonly clock: () => number;
  readonly log: Logger;
}

/** Why sources were refused. */
export type SourceRefusal = 'too-many-sources' | 'ssrc-in-use';

export class Conference implements EndpointHost {
  /** Names the conference in WebSocket URLs. */
  readonly localId = randomBytes(8).toString('hex');
  /** SSRCs of the bridge's own RTCP, announced as the sources `jvb-a0` and `jvb-v0`. */
  readonly feedback = { audio: randomSsrc(), video: randomSsrc() };
  readonly endpoints = new Map<string, Endpoint>();
  readonly createdAt: number;
  /** Of endpoints that have left. */
  #formerTraffic = NO_TRAFFIC;
  readonly #log: Logger;

  constructor(
    /** Unique for all time. */
    readonly meetingId: string,
    /** Bare JID of the room, when the focus told it. */
    readonly name: string | undefined,
    private readonly context: ConferenceContext,
  ) {
    this.createdAt = context.clock();
    this.#log = context.log.child({ meetingId, room: name });
  }

  /** Adds an endpoint, with data channels or without; its id is free and the limit not reached. */
  createEndpoint(id: string, dataChannels: boolean): Endpoint {
    const endpoint = new Endpoint(id, dataChannels, {
      ...this.context,
      host: this,
      feedbackSsrc: this.feedback.video,
      log: this.#log.child({ endpoint: id }),
    });
    this.endpoints.set(id, endpoint);
    this.#log.info({ endpoint: id, endpoints: this.endpoints.size }, 'endpoint created');
    return endpoint;
  }

  /** Replaces the sources of `endpoint`, or answers why not and changes nothing. */
  setSources(endpoint: Endpoint, sources: readonly MediaSource[]): SourceRefusal | undefined {
    const { sourcesPerEndpoint, ssrcsPerEndpoint } = this.context.limits;
    const ssrcs = sources.flatMap(ssrcsOf);
    if (sources.length > sourcesPerEndpoint || ssrcs.length > ssrcsPerEndpoint) return 'too-many-sources';
    const taken = new Set([this.feedback.audio, this.feedback.video]);
    for (const other of this.endpoints.values()) {
      if (other === endpoint) continue;
      for (const { encodings } of other.sources) {
        for (const { ssrc, rtx } of encodings) taken.add(ssrc).add(rtx ?? ssrc);
      }
    }
    // The sources of one endpoint must not overlap each other either.
    for (const ssrc of ssrcs) {
      if (taken.has(ssrc)) return 'ssrc-in-use';
      taken.add(ssrc);
    }
    const former = new Set(endpoint.sources);
    endpoint.setSources(sources);
    for (const source of endpoint.sources) {
      if (source.type === 'video' && !former.has(source)) endpoint.channel.send(unlimited(source));
    }
    this.#rebuild();
    return undefined;
  }

  /** Ends the endpoint `id` and forgets it; nothing happens when there is none. */
  expireEndpoint(id: string, reason: string): void {
    const endpoint = this.endpoints.get(id);
    if (endpoint === undefined) return;
    this.endpoints.delete(id);
    this.#log.info({ endpoint: id, reason, endpoints: this.endpoints.size }, 'endpoint expired');
    for (const { sources } of this.endpoints.values()) {
      for (const source of sources) source.keyframes.forget(id);
    }
    endpoint.close();
    this.#formerTraffic = addTraffic(this.#formerTraffic, endpoint.traffic);
    this.#rebuild();
  }

  close(): void {
    this.#formerTraffic = this.traffic;
    const endpoints = [...this.endpoints.values()];
    this.endpoints.clear();
    for (const endpoint of endpoints) endpoint.close();
  }

  /** What has passed since the conference was created. */
  get traffic(): Traffic {
    return [...this.endpoints.values()].map(({ traffic }) => traffic).reduce(addTraffic, this.#formerTraffic);
  }

  connectionChanged(endpoint: Endpoint): void {
    // An endpoint reports the end of its transport also while it is being expired.
    if (this.endpoints.get(endpoint.id) !== endpoint) return;
    this.#log.info({ endpoint: endpoint.id, state: endpoint.transport.state }, 'transport changed');
    this.#rebuild();
  }

  /** Prepares for every source the list of its receivers, and asks for keyframes where someone is new to a source. */
  #rebuild(): void {
    const connected = [...this.endpoints.values()].filter((endpoint) => endpoint.connected);
    for (const endpoint of connected) {
      const others = [...this.endpoints.values()].filter((other) => other !== endpoint);
      const before = endpoint.forwardedVideo.join();
      const added = endpoint.setReceived(others.flatMap(({ sources }) => sources));
      if (endpoint.forwardedVideo.join() !== before) endpoint.channel.send(forwardedSources(endpoint));
      for (const source of added) this.#requestKeyframe(source, undefined);
    }
    for (const sender of this.endpoints.values()) {
      for (const source of sender.sources) {
        source.receivers = connected.flatMap((receiver) => receiver.forwardedOf(source) ?? []);
      }
    }
  }

  keyframeWanted(source: SentSource, receiver: Endpoint): void {
    this.#requestKeyframe(source, receiver.id);
  }

  #requestKeyframe(source: SentSource, receiver: string | undefined): void {
    this.endpoints.get(source.owner)?.ingress.requestKeyframe(source, receiver, this.context.clock());
  }

  channelState(endpointId: string): BridgeMessage[] {
    const endpoint = this.endpoints.get(endpointId);
    if (endpoint === undefined) return [];
    const constraints = endpoint.sources.filter(({ type }) => type === 'video').map(unlimited);
    const inactive = [...this.endpoints.values()]
      .filter((other) => other !== endpoint && !other.active)
      .map(({ id }) => connectivity(id, false));
    return [...constraints, forwardedSources(endpoint), ...inactive];
  }

  relay(message: EndpointMessage | EndpointStats): void {
    const text = stringifyBridgeMessage(message);
    const to = message.colibriClass === 'EndpointMessage' ? message.to : undefined;
    if (to !== undefined && to !== '') {
      if (to !== message.from) this.endpoints.get(to)?.channel.sendText(text);
      return;
    }
    for (const endpoint of this.endpoints.values()) {
      if (endpoint.id !== message.from) endpoint.channel.sendText(text);
    }
  }

  /** Every 20 ms or so: repeated NACKs, postponed keyframe requests. */
  tick(now: number): void {
    for (const endpoint of this.endpoints.values()) {
      if (endpoint.connected) endpoint.ingress.tick(now);
    }
  }

  /** Every 500 ms: receiver reports and connectivity. */
  report(now: number): void {
    for (const endpoint of this.endpoints.values()) {
      if (endpoint.connected) endpoint.ingress.report(now);
      const active = endpoint.activityChange(now);
      if (active === undefined) continue;
      const text = stringifyBridgeMessage(connectivity(endpoint.id, active));
      for (const { channel } of this.endpoints.values()) channel.sendText(text);
    }
  }

  /** Every few seconds: ends the endpoints whose clients are gone; answers how many. */
  expireGone(now: number): number {
    const gone = [...this.endpoints.values()].filter((endpoint) => endpoint.isGone(now));
    for (const { id, transport } of gone) this.expireEndpoint(id, `transport ${transport.state}`);
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

/** Tells a sender that its source is wanted as high as it can. */
function unlimited({ name }: SentSource): BridgeMessage {
  return { colibriClass: 'SenderSourceConstraints', sourceName: name, maxHeight: -1 };
}

function forwardedSources(endpoint: Endpoint): BridgeMessage {
  return { colibriClass: 'ForwardedSources', forwardedSources: endpoint.forwardedVideo };
}

function connectivity(endpoint: string, active: boolean): BridgeMessage {
  return { colibriClass: 'EndpointConnectivityStatusChangeEvent', endpoint, active };
}
