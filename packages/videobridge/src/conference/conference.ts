/**
 * A conference on this bridge. This is its core: it knows the endpoints and their sources, and tells its parts what happens.
 * Who receives what they work out when something changes, so that a packet's way needs no decisions.
 */
import { randomBytes } from 'node:crypto';

import type { Connect, MediaSource } from '@conclave/signaling';
import type { Logger } from 'pino';

import type { ConferenceExports } from '../export/exports.js';
import type { ConferenceRelays } from '../relay/conference-relays.js';
import { addCounters } from './counters.js';
import { Endpoint, type EndpointHost, type EndpointOptions } from './endpoint.js';
import type { ConferenceCore } from './part.js';
import { assembleParts, type ConferenceParts, type ConferenceSurroundings } from './parts.js';
import type { Sender } from './sender.js';
import { refuseSources, type SourceRefusal, ssrcsBeside } from './source-admission.js';
import type { SentSource } from './source.js';
import { NO_TRAFFIC, type Traffic } from './traffic.js';
import type { VideoSource } from './video-source.js';

export class Conference implements ConferenceCore {
  /** Names the conference in WebSocket URLs. */
  readonly localId = randomBytes(8).toString('hex');
  /** SSRCs of the bridge's own RTCP, announced as the sources `jvb-a0` and `jvb-v0`. */
  readonly feedback = { audio: randomSsrc(), video: randomSsrc() };
  readonly endpoints = new Map<string, Endpoint>();
  readonly createdAt: number;
  readonly #parts: ConferenceParts;
  readonly #host: EndpointHost;
  /** Of endpoints that have left. */
  #formerTraffic = NO_TRAFFIC;
  readonly #log: Logger;

  constructor(
    /** Unique for all time. */
    readonly meetingId: string,
    /** Bare JID of the room, when the focus told it. */
    readonly name: string | undefined,
    private readonly surroundings: ConferenceSurroundings,
  ) {
    this.createdAt = surroundings.clock();
    this.#log = surroundings.log.child({ meetingId, room: name });
    this.#parts = assembleParts(this, { ...surroundings, log: this.#log }, this.feedback.video);
    this.#host = this.#hostOfEndpoints();
  }

  /** What endpoints ask of the conference, each answered by the part that knows. */
  #hostOfEndpoints(): EndpointHost {
    const { channels, relays, speakers, video, wishes } = this.#parts;
    return {
      connectionChanged: (endpoint) => this.#connectionChanged(endpoint),
      keyframeWanted: (source, receiver, now) => video.requestKeyframe(source, receiver, now),
      audioLevel: (id, level, now) => speakers.level(id, level, now),
      channelState: (id) => channels.presentState(id),
      relay: (message) => {
        if (this.endpoints.get(message.from ?? '')?.visitor === true) return;
        channels.deliver(message);
        relays.pass(message);
      },
      wish: (id, message) => wishes.take(id, message),
    };
  }

  get relays(): ConferenceRelays {
    return this.#parts.relays;
  }

  get exports(): ConferenceExports {
    return this.#parts.exports;
  }

  get senders(): Sender[] {
    return [...this.endpoints.values(), ...this.relays.endpoints];
  }

  sender(endpointId: string): Sender | undefined {
    return this.endpoints.get(endpointId) ?? this.relays.endpoint(endpointId);
  }

  get localSources(): SentSource[] {
    return [...this.endpoints.values()].flatMap(({ sources }) => sources);
  }

  get sources(): SentSource[] {
    return this.senders.flatMap(({ sources }) => sources);
  }

  get videos(): VideoSource[] {
    return this.sources.filter((source) => source.type === 'video');
  }

  /** Endpoint ids, the latest speaker first. */
  get speakers(): readonly string[] {
    return this.#parts.speakers.order;
  }

  /** How often the dominant speaker has changed. */
  get speakerChanges(): number {
    return this.#parts.speakers.changes;
  }

  /** What has passed since the conference was created. */
  get traffic(): Traffic {
    return [...this.endpoints.values()]
      .map(({ traffic }) => traffic)
      .reduce(addCounters, this.#formerTraffic);
  }

  /** Adds an endpoint; its id is free and the limit not reached. */
  createEndpoint(id: string, options: EndpointOptions): Endpoint {
    const endpoint = new Endpoint(id, options, {
      ...this.surroundings,
      host: this.#host,
      feedbackSsrc: this.feedback.video,
      log: this.#log.child({ endpoint: id }),
    });
    const { totals } = this.surroundings;
    totals.endpoints += 1;
    if (endpoint.visitor) totals.visitors += 1;
    this.relays.moved(id);
    this.endpoints.set(id, endpoint);
    if (!endpoint.visitor) this.arrived(id);
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

  admits(endpointId: string, sources: readonly MediaSource[]): boolean {
    return this.#refuse(endpointId, sources) === undefined;
  }

  #refuse(endpointId: string, sources: readonly MediaSource[]): SourceRefusal | undefined {
    const { audio, video } = this.feedback;
    const taken = ssrcsBeside(endpointId, this.sources).add(audio).add(video);
    return refuseSources(sources, taken, this.surroundings.limits);
  }

  /** Carries out what `refuseConnects` has let pass. */
  changeConnects(changes: readonly Connect[]): void {
    this.exports.change(changes);
    this.rebuild();
  }

  /** Ends the endpoint `id` and forgets it; nothing happens when there is none. */
  expireEndpoint(id: string, reason: string): void {
    const endpoint = this.endpoints.get(id);
    if (endpoint === undefined) return;
    this.endpoints.delete(id);
    this.#log.info({ endpoint: id, reason, endpoints: this.endpoints.size }, 'endpoint expired');
    this.#parts.video.release(endpoint);
    endpoint.close();
    this.#formerTraffic = addCounters(this.#formerTraffic, endpoint.traffic);
    this.left(id);
    this.rebuild();
  }

  /** Every few seconds: ends the endpoints whose clients are gone; answers how many. */
  expireGone(now: number): number {
    const gone = [...this.endpoints.values()].filter((endpoint) => endpoint.isGone(now));
    for (const { id, transport } of gone) this.expireEndpoint(id, `transport ${transport.state}`);
    this.relays.expireGone(now);
    return gone.length;
  }

  #connectionChanged(endpoint: Endpoint): void {
    // An endpoint reports the end of its transport also while it is being expired.
    if (this.endpoints.get(endpoint.id) !== endpoint) return;
    this.#logTransport(endpoint);
    this.rebuild();
  }

  /** What an operator wants to know of it: by which kind of path media comes, or why none does. */
  #logTransport({ id, ingress, transport: { ice, state } }: Endpoint): void {
    const what = { endpoint: id, state };
    if (state === 'connected') this.#log.info({ ...what, path: ice.remote?.type }, 'transport changed');
    else if (state !== 'failed') this.#log.debug(what, 'transport changed');
    else if (ingress.packets > 0)
      this.#log.info({ ...what, reason: 'the client is gone' }, 'transport changed');
    else this.#log.warn({ ...what, reason: ice.established ? 'DTLS' : 'ICE' }, 'transport changed');
  }

  arrived(endpointId: string): void {
    for (const part of this.#parts.hooked) part.arrived?.(endpointId);
  }

  left(endpointId: string): void {
    for (const part of this.#parts.hooked) part.left?.(endpointId);
  }

  rebuild(): void {
    for (const part of this.#parts.hooked) part.rebuild?.();
  }

  /** Every 20 ms or so: repeated NACKs, postponed keyframe requests, speakers, allocation. */
  tick(now: number): void {
    for (const endpoint of this.endpoints.values()) if (endpoint.connected) endpoint.tick(now);
    for (const part of this.#parts.hooked) part.tick?.(now);
  }

  /** Every 500 ms: receiver reports and connectivity. */
  report(now: number): void {
    for (const { connected, ingress, sources } of this.endpoints.values()) {
      if (connected) ingress.report(now);
      for (const source of sources) if (source.type === 'video') source.checkLayers(now);
    }
    for (const part of this.#parts.hooked) part.report?.(now);
  }

  /** Every 10 s: how much each may be sent. */
  tellBandwidth(): void {
    this.#parts.channels.tellBandwidth();
  }

  close(): void {
    this.#formerTraffic = this.traffic;
    const endpoints = [...this.endpoints.values()];
    this.endpoints.clear();
    for (const endpoint of endpoints) endpoint.close();
    for (const part of this.#parts.hooked) part.close?.();
  }
}

function randomSsrc(): number {
  return randomBytes(4).readUInt32BE() || 1;
}
