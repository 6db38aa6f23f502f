/**
 * One conference on one bridge, held by Colibri2: allocates endpoints, keeps them up to date, expires them. Its id is the
 * bridge-session id that clients are shown. Requests leave in order; only an allocation is waited for.
 */
import {
  type ConferenceModify,
  type ConferenceModified,
  decodeConferenceModified,
  el,
  encodeConferenceModify,
  type EndpointModify,
  type ForceMute,
  type IceTransport,
  type MediaSource,
  type MediaType,
  NS,
  type RelayModify,
  SignalingError,
  type Source,
  type SourceSet,
} from '@conclave/signaling';
import type { IqOutcome, XmppConnection } from '@conclave/xmpp-connection';
import type { BridgeTransport, OfferedMedia } from '../jingle/offer.js';
import { BRIDGE_OWNER, mapMedia, MEDIA_TYPES, ownedBy } from '../conference/source-set.js';
import type { Clock } from '../clock.js';
import type { Logger } from 'pino';
import type { Bridge } from './bridge.js';
import { BridgeConnects, type WantedConnect } from './connects.js';
import {
  type AllocationVerdict,
  judgeAllocation,
  judgeUpdate,
  type UpdateVerdict,
} from './colibri-failure.js';

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

export type Allocation =
  | { readonly kind: 'allocated'; readonly transport: BridgeTransport; readonly feedback: SourceSet }
  | { readonly kind: 'failed'; readonly verdict: AllocationVerdict };

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

/** A text says why it is no answer to Colibri2. */
export const decodeAnswer = ({
  stanza,
}: Extract<IqOutcome, { kind: 'result' }>): ConferenceModified | string => {
  const payload = stanza.getChild('conference-modified', NS.colibri2);
  try {
    return payload ? decodeConferenceModified(payload) : 'not a Colibri2 answer';
  } catch (error) {
    if (error instanceof SignalingError) return error.message;
    throw error;
  }
};

const failed = (reason: string, bridge: AllocationVerdict['bridge'] = 'unchanged'): Allocation => ({
  kind: 'failed',
  verdict: { reason, bridge, giveUpBridge: false },
});

const readAllocation = (request: EndpointRequest, answer: ConferenceModified | string): Allocation => {
  if (typeof answer === 'string') return failed(answer, 'non-operational');
  const transport = answer.endpoints.find((endpoint) => endpoint.id === request.id)?.transport;
  if (!transport?.ice) return failed('no transport in the answer');
  const sctpPort = transport.sctp?.port;
  if (request.data && sctpPort === undefined) return failed('no SCTP port in the answer');
  return {
    kind: 'allocated',
    transport: { ice: transport.ice, ...(sctpPort !== undefined && { sctpPort }) },
    feedback: feedbackSources(answer.sources),
  };
};

/** The bridge's feedback sources, with the owner and msid by which clients recognise them (client contract 4.3). */
const feedbackSources = (sources: readonly MediaSource[]): SourceSet =>
  ownedBy(
    BRIDGE_OWNER,
    mapMedia((media) => ({
      sources: sources
        .filter((source) => source.type === media)
        .flatMap(({ id, sources: own }) =>
          own.map(({ ssrc }) => ({ ssrc, name: id, msid: `mixedmslabel mixedlabel${media}0` })),
        ),
      groups: [],
    })),
  );

const NAME_LETTER: Record<MediaType, string> = { audio: 'a', video: 'v' };

/** An endpoint's sources as bridges want them: by name, groups where their first SSRC is, no msid. */
const mediaSources = (endpointId: string, set: SourceSet): MediaSource[] =>
  MEDIA_TYPES.flatMap((type) => {
    const byName = new Map<string, Source[]>();
    for (const { ssrc, name, videoType } of set[type].sources) {
      const id = name ?? `${endpointId}-${NAME_LETTER[type]}0`;
      const source = { ssrc, name: id, ...(videoType && { videoType }) };
      byName.set(id, [...(byName.get(id) ?? []), source]);
    }
    return [...byName].map(([id, sources]) => ({
      type,
      id,
      sources,
      groups: set[type].groups.filter((group) => sources.some((source) => source.ssrc === group.ssrcs[0])),
    }));
  });
