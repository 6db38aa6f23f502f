/**
 * The relays by which two bridges exchange the media of one conference (Colibri2, focus reference 4.3). The bridge that was in
 * the conference first is the initiator: it takes the controlling role of ICE, the client's of SCTP, and waits for DTLS.
 */
import {
  type ConferenceModified,
  type EndpointModify,
  type Fingerprint,
  type IceTransport,
  type RelayModify,
} from '@conclave/signaling';
import { RELAY_FEATURES } from '../jingle/features.js';
import { offeredMedia } from '../jingle/offer.js';
import { decodeAnswer } from './colibri-answers.js';
import type { ColibriSession } from './colibri-session.js';
import { type Failure, judgeRelay, type RelayVerdict } from './colibri-failure.js';

export interface LinkPlan {
  readonly initiator: ColibriSession;
  readonly responder: ColibriSession;
  /** What a bridge gets from a mesh it does not send into it. */
  readonly meshId: string;
  /** The endpoints that a bridge reaches by the other. */
  readonly endpointsBehind: (at: ColibriSession, peer: ColibriSession) => EndpointModify[];
}

export class RelayLink {
  readonly initiator: ColibriSession;
  readonly responder: ColibriSession;
  readonly #meshId: string;
  /** What somebody is told of the endpoints that it reaches by the other. */
  readonly #endpointsBehind: (at: ColibriSession, peer: ColibriSession) => EndpointModify[];
  readonly #relayIds: ReadonlyMap<ColibriSession, string>;
  readonly #onFailed: (link: RelayLink, verdict: RelayVerdict, at: ColibriSession) => void;
  #closed = false;

  /** Links two bridges that have told their relay ids. @param onFailed one of them does not do what the link needs */
  constructor(
    { initiator, responder, meshId, endpointsBehind }: LinkPlan,
    onFailed: (link: RelayLink, verdict: RelayVerdict, at: ColibriSession) => void,
  ) {
    this.initiator = initiator;
    this.responder = responder;
    this.#meshId = meshId;
    this.#endpointsBehind = endpointsBehind;
    this.#onFailed = onFailed;
    this.#relayIds = new Map([initiator, responder].map((end) => [end, end.bridge.relayId ?? '']));
    void this.#create(initiator, responder);
    void this.#create(responder, initiator);
  }

  connects(session: ColibriSession): boolean {
    return session === this.initiator || session === this.responder;
  }

  /** Something has changed about an endpoint that `at` reaches by the other bridge: it is told. */
  endpointChanged(at: ColibriSession, change: EndpointModify): void {
    void this.#tell(at, { media: [], endpoints: [change] }, change.id);
  }

  /** `gone` is no longer in the conference: the other bridge takes its relay away. */
  close(gone: ColibriSession): void {
    if (this.#closed) return;
    const other = this.#other(gone);
    this.#closed = true;
    void other.relay({ id: this.#relayId(gone), expire: true, media: [], endpoints: [] });
  }

  async #create(at: ColibriSession, peer: ColibriSession): Promise<void> {
    const isInitiator = at === this.initiator;
    const outcome = await at.relay({
      id: this.#relayId(peer),
      create: true,
      meshId: this.#meshId,
      media: offeredMedia(RELAY_FEATURES).map((media) => ({ ...media, extmapAllowMixed: true })),
      transport: {
        useUniquePort: true,
        iceControlling: isInitiator,
        sctp: { role: isInitiator ? 'client' : 'server' },
      },
      endpoints: this.#endpointsBehind(at, peer),
    });
    if (this.#closed) return;
    if (outcome.kind !== 'result') {
      this.#failed(at, outcome);
      return;
    }
    const transport = transportOf(decodeAnswer(outcome), this.#relayId(peer));
    if (typeof transport === 'string') {
      this.#onFailed(this, { lost: 'link', reason: transport }, at);
      return;
    }
    // Who is told of the initiator's transport is told that it waits for DTLS, and the other way round.
    const ice = withSetup(transport, isInitiator ? 'passive' : 'active');
    await this.#tell(peer, { media: [], transport: { ice }, endpoints: [] });
  }

  /** @param endpointId whom it is about */
  async #tell(at: ColibriSession, change: Omit<RelayModify, 'id'>, endpointId?: string): Promise<void> {
    const outcome = await at.relay({ id: this.#relayId(this.#other(at)), ...change });
    if (this.#closed || outcome.kind === 'result' || outcome.kind === 'timeout') return;
    this.#failed(at, outcome, endpointId);
  }

  #failed(at: ColibriSession, failure: Failure, endpointId?: string): void {
    const verdict = judgeRelay(failure, endpointId);
    if (verdict.lost !== 'nothing') this.#onFailed(this, verdict, at);
  }

  #other(session: ColibriSession): ColibriSession {
    return session === this.initiator ? this.responder : this.initiator;
  }

  #relayId(session: ColibriSession): string {
    return this.#relayIds.get(session) ?? '';
  }
}

/** The transport that a bridge gives the relay of that id; a text says what is wrong with the answer. */
const transportOf = (answer: ConferenceModified | string, relayId: string): IceTransport | string => {
  if (typeof answer === 'string') return answer;
  const ice = answer.relays?.find(({ id }) => id === relayId)?.transport?.ice;
  if (!ice) return 'no transport for the relay';
  return ice.fingerprints.every(({ setup }) => setup === 'actpass')
    ? ice
    : 'a relay that wants a part in DTLS';
};

/** What a bridge is told of its peer's transport: which part that takes in DTLS. The channel is SCTP, so no WebSocket. */
const withSetup = (ice: IceTransport, setup: Fingerprint['setup']): IceTransport => ({
  ...ice,
  webSockets: [],
  fingerprints: ice.fingerprints.map((fingerprint) => ({ ...fingerprint, setup })),
});
