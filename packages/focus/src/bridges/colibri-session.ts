/**
 * One conference on one bridge, held by Colibri2: allocates endpoints, keeps them up to date, expires them. Its id is the
 * bridge-session id that clients are shown. Requests leave in order; only an allocation is waited for.
 */
import {
  type ConferenceModify,
  el,
  encodeConferenceModify,
  type EndpointModify,
  type ForceMute,
  type IceTransport,
  type MediaSource,
  type RelayModify,
  type SourceSet,
} from '@conclave/signaling';
import type { IqOutcome, XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import type { OfferedMedia } from '../jingle/offer.js';
import type { Bridge } from './bridge.js';
import { type Allocation, decodeAnswer, readAllocation } from './colibri-answers.js';
import { judgeAllocation, judgeUpdate, type UpdateVerdict } from './colibri-failure.js';
import { BridgeConnects, type WantedConnect } from './connects.js';
import { mediaSources } from './media-sources.js';

export interface EndpointRequest {
  readonly id: string;
  readonly statsId?: string;
  readonly media: readonly OfferedMedia[];
  /** Whether a data channel is wanted. */
  readonly data: boolean;
  readonly forceMute: ForceMute;
  readonly ssrcRewriting: boolean;
  /** Whether it reaches the bridge within the operator's own network. */
  readonly privateAddresses: boolean;
  /** It only receives, and is nothing to other bridges. */
  readonly visitor: boolean;
  /** Whether several people may speak there, who are to be told apart in a transcript. */
  readonly diarize?: boolean;
}

export interface ColibriSessionContext {
  readonly connection: XmppConnection;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long an answer is waited for, in ms. */
  readonly timeoutMs: number;
  /** Sources of an endpoint that services make, and not its client. */
  readonly syntheticSourcesOf: (endpointId: string) => readonly MediaSource[];
  /** An endpoint is asked for here: the bridge is one of the conference from now on. */
  readonly onArrival: (session: ColibriSession) => void;
  /** Other bridges of the conference have to know this of an endpoint here. */
  readonly onEndpoint: (session: ColibriSession, change: EndpointModify) => void;
  /** A request about endpoints that were allocated before has failed. */
  readonly onLoss: (session: ColibriSession, verdict: UpdateVerdict) => void;
}

export interface MeetingIdentity {
  readonly meetingId: string;
  /** Bare JID of the room. */
  readonly room: string;
  /** A focus before this one may have left the conference on bridges. */
  readonly left?: boolean;
  /** Whether bridges may give statistics of it to others. */
  readonly rtcStats: boolean;
}

/** What other bridges know of an endpoint. */
interface Endpoint {
  readonly statsId?: string;
  readonly visitor: boolean;
  sources: readonly MediaSource[];
}

export class ColibriSession {
  readonly id: string;
  readonly bridge: Bridge;
  readonly #meeting: MeetingIdentity;
  readonly #context: ColibriSessionContext;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #connects = new BridgeConnects();
  #wantedConnects: readonly WantedConnect[] = [];
  #arrivals: number[] = [];
  #created = false;
  #closed = false;

  constructor(id: string, bridge: Bridge, meeting: MeetingIdentity, context: ColibriSessionContext) {
    this.id = id;
    this.bridge = bridge;
    this.#meeting = meeting;
    this.#context = context;
  }

  get endpointCount(): number {
    return this.#endpoints.size;
  }

  has(endpointId: string): boolean {
    return this.#endpoints.has(endpointId);
  }

  /** The endpoints here as another bridge is told of them. */
  endpointsForPeers(): EndpointModify[] {
    return [...this.#endpoints].flatMap(([id, endpoint]) =>
      endpoint.visitor ? [] : [forPeers(id, endpoint)],
    );
  }

  /** How many endpoints were asked for within the last `ms`, whatever has become of them. */
  arrivedWithin(ms: number, now: number): number {
    this.#arrivals = this.#arrivals.filter((time) => now - time < ms);
    return this.#arrivals.length;
  }

  /** Asks the bridge for an endpoint; the first one creates the conference there. */
  async allocate(request: EndpointRequest): Promise<Allocation> {
    const create = !this.#created;
    this.#created = true;
    // Who was there is told to begin anew; what the bridge still has of them would be in the way.
    if (create && this.#meeting.left) void this.#request({ expire: true, endpoints: [] });
    const { statsId, visitor } = request;
    const endpoint = { ...(statsId !== undefined && { statsId }), visitor, sources: [] };
    if (this.#endpoints.has(request.id)) this.bridge.endpointsRemoved(1);
    this.bridge.endpointAdded(this.#context.clock.now());
    this.#endpoints.set(request.id, endpoint);
    const now = this.#context.clock.now();
    this.#arrivals.push(now);
    const answer = this.#request({
      ...(create && {
        create,
        name: this.#meeting.room,
        ...(!this.#meeting.rtcStats && { rtcStats: false }),
      }),
      endpoints: [
        {
          id: request.id,
          create: true,
          ...(statsId !== undefined && { statsId }),
          ...(visitor && { mucRole: 'visitor' }),
          ...(request.diarize && { diarize: true }),
          media: request.media.map((media) => ({ ...media, extmapAllowMixed: true })),
          transport: { iceControlling: true, ...(request.data && { sctp: {} }) },
          sources: [],
          capabilities: [
            'source-names',
            ...(request.ssrcRewriting ? ['ssrc-rewriting'] : []),
            ...(request.privateAddresses ? ['private-address-connectivity'] : []),
          ],
          ...((request.forceMute.audio || request.forceMute.video) && { forceMute: request.forceMute }),
        },
      ],
    });
    // After the request, so that the conference is there when connects and relays are asked for.
    if (create) this.#connect();
    if (!visitor) this.#context.onEndpoint(this, forPeers(request.id, endpoint));
    this.#context.onArrival(this);
    const outcome = await answer;
    if (outcome.kind !== 'result') return { kind: 'failed', verdict: judgeAllocation(outcome) };
    return readAllocation(request, decodeAnswer(outcome));
  }

  /** Tells the bridge what has changed about an endpoint; `sources` is the whole present set. */
  update(
    endpointId: string,
    change: { transport?: IceTransport; sources?: SourceSet; initialLastN?: number; forceMute?: ForceMute },
  ): void {
    const endpoint = this.#endpoints.get(endpointId);
    if (!endpoint) return;
    const { transport, initialLastN, forceMute } = change;
    const sources = change.sources && [
      ...mediaSources(endpointId, change.sources),
      ...this.#context.syntheticSourcesOf(endpointId),
    ];
    this.#send({
      id: endpointId,
      media: [],
      capabilities: [],
      ...(transport && { transport: { ice: transport } }),
      ...(sources && { sources }),
      ...(initialLastN !== undefined && { initialLastN }),
      ...(forceMute && { forceMute }),
    });
    if (!sources || endpoint.visitor) return;
    endpoint.sources = sources;
    this.#context.onEndpoint(this, {
      id: endpointId,
      media: [],
      sources: endpoint.sources,
      capabilities: [],
    });
  }

  /** Asks the bridge for new ICE credentials of an endpoint; `unanswered` says nothing of whether it will have them. */
  async restartIce(endpointId: string): Promise<IceTransport | 'refused' | 'unanswered'> {
    if (this.#closed || !this.#endpoints.has(endpointId)) return 'unanswered';
    const outcome = await this.#request({
      endpoints: [{ id: endpointId, transport: { iceRestart: true }, media: [], capabilities: [] }],
    });
    if (outcome.kind === 'error') return 'refused';
    if (outcome.kind !== 'result') return 'unanswered';
    const answer = decodeAnswer(outcome);
    const endpoint =
      typeof answer === 'string' ? undefined : answer.endpoints.find(({ id }) => id === endpointId);
    return endpoint?.transport?.ice ?? 'refused';
  }

  /** Ends an endpoint, and with the last one the conference on this bridge. */
  expireEndpoint(endpointId: string): void {
    const endpoint = this.#endpoints.get(endpointId);
    if (!endpoint) return;
    this.#endpoints.delete(endpointId);
    this.bridge.endpointsRemoved(1);
    if (this.#endpoints.size === 0) {
      this.expire();
      return;
    }
    const expiry = { id: endpointId, expire: true, media: [], capabilities: [] };
    this.#send(expiry);
    if (!endpoint.visitor) this.#context.onEndpoint(this, expiry);
  }

  /** Asks the bridge for something about a relay to another one. */
  relay(relay: RelayModify): Promise<IqOutcome> {
    if (this.#closed) return Promise.resolve({ kind: 'disconnected' });
    return this.#request({ endpoints: [], relays: [relay] });
  }

  /** The services that are to get the conference's sound from this bridge, from now on. */
  connect(wanted: readonly WantedConnect[]): void {
    this.#wantedConnects = wanted;
    if (this.#created) this.#connect();
  }

  /** In a request of its own: a bridge that knows no connects, or refuses one, shall lose no endpoint by it. */
  #connect(): void {
    const connects = this.#closed ? [] : this.#connects.change(this.#wantedConnects);
    if (connects.length === 0) return;
    void this.#request({ endpoints: [], connects }).then((outcome) => {
      if (outcome.kind === 'error' && !this.#closed) {
        const { condition, text } = outcome.error;
        this.#context.log.warn({ bridge: this.bridge.jid, condition, text }, 'bridge connects to no service');
      }
    });
  }

  /** Ends the conference on this bridge. */
  expire(): void {
    this.bridge.endpointsRemoved(this.#endpoints.size);
    this.#endpoints.clear();
    if (this.#closed || !this.#created) return;
    this.#closed = true;
    void this.#request({ expire: true, endpoints: [] });
  }

  /** The bridge forgot the endpoint by itself. */
  forget(endpointId: string): void {
    const endpoint = this.#endpoints.get(endpointId);
    if (!endpoint) return;
    this.#endpoints.delete(endpointId);
    this.bridge.endpointsRemoved(1);
    const expiry = { id: endpointId, expire: true, media: [], capabilities: [] };
    if (!endpoint.visitor) this.#context.onEndpoint(this, expiry);
  }

  /** Fire and forget: only failures matter. */
  #send(endpoint: EndpointModify): void {
    if (this.#closed) return;
    void this.#request({ endpoints: [endpoint] }).then((outcome) => {
      if (outcome.kind === 'result' || this.#closed) return;
      const verdict = judgeUpdate(outcome, endpoint.id);
      if (verdict.lost !== 'nothing') this.#context.onLoss(this, verdict);
    });
  }

  #request(request: Omit<ConferenceModify, 'meetingId'>): Promise<IqOutcome> {
    const payload = encodeConferenceModify({ meetingId: this.#meeting.meetingId, ...request });
    return this.#context.connection.request(el('iq', { type: 'get', to: this.bridge.jid }, payload), {
      timeoutMs: this.#context.timeoutMs,
    });
  }
}

/** An endpoint as another bridge is told of it. */
const forPeers = (id: string, { statsId, sources }: Endpoint): EndpointModify => ({
  id,
  create: true,
  ...(statsId !== undefined && { statsId }),
  media: [],
  sources,
  capabilities: ['source-names'],
});
