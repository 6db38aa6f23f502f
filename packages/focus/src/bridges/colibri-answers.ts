/** What bridges answer to Colibri2 requests, as the focus reads it. */
import {
  type ConferenceModified,
  decodeConferenceModified,
  type MediaSource,
  NS,
  SignalingError,
  type SourceSet,
} from '@conclave/signaling';
import type { IqOutcome } from '@conclave/xmpp-connection';
import { BRIDGE_OWNER, mapMedia, ownedBy } from '../conference/source-set.js';
import type { BridgeTransport } from '../jingle/offer.js';
import type { AllocationVerdict } from './colibri-failure.js';

export type Allocation =
  | { readonly kind: 'allocated'; readonly transport: BridgeTransport; readonly feedback: SourceSet }
  | { readonly kind: 'failed'; readonly verdict: AllocationVerdict };

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

/** What a bridge answered to the request for an endpoint. */
export const readAllocation = (
  request: { readonly id: string; readonly data: boolean },
  answer: ConferenceModified | string,
): Allocation => {
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
