/** What follows from a failed Colibri2 request, as a table over the way it failed. */
import { decodeColibriError } from '@conclave/signaling';
import type { IqOutcome } from '@conclave/xmpp-connection';

export interface AllocationVerdict {
  readonly reason: string;
  /** What the focus now thinks of the bridge. */
  readonly bridge: 'unchanged' | 'non-operational' | 'graceful-shutdown';
  /** Whether the conference gives the bridge up and invites all of its endpoints anew. */
  readonly giveUpBridge: boolean;
}

type Failure = Exclude<IqOutcome, { kind: 'result' }>;

/** Judges a failed allocation of an endpoint. */
export const judgeAllocation = (failure: Failure): AllocationVerdict => {
  if (failure.kind === 'disconnected') return { reason: 'offline', bridge: 'unchanged', giveUpBridge: false };
  if (failure.kind === 'timeout')
    return { reason: 'no answer', bridge: 'non-operational', giveUpBridge: true };
  const { condition } = failure.error;
  const colibri = decodeColibriError(failure.error)?.reason;
  const reason = colibri ?? condition;
  switch (condition) {
    case 'bad-request':
      return { reason, bridge: 'unchanged', giveUpBridge: false };
    case 'item-not-found':
      return { reason, bridge: 'unchanged', giveUpBridge: colibri === 'conference_not_found' };
    case 'conflict':
      return { reason, bridge: 'unchanged', giveUpBridge: true };
    case 'service-unavailable':
      return {
        reason,
        bridge: colibri === 'graceful_shutdown' ? 'graceful-shutdown' : 'non-operational',
        giveUpBridge: true,
      };
    default:
      return { reason, bridge: 'non-operational', giveUpBridge: true };
  }
};

export type UpdateVerdict =
  | { readonly lost: 'nothing' }
  /** The bridge has forgotten one endpoint. */
  | { readonly lost: 'endpoint'; readonly endpointId: string }
  /** The bridge no longer serves this conference. */
  | { readonly lost: 'session'; readonly reason: string };

/** Judges a failed request about endpoints that were allocated before. */
export const judgeUpdate = (failure: Failure): UpdateVerdict => {
  if (failure.kind !== 'error') return { lost: 'nothing' };
  const colibri = decodeColibriError(failure.error);
  if (colibri?.reason === 'unknown_endpoint' && colibri.endpoint !== undefined) {
    return { lost: 'endpoint', endpointId: colibri.endpoint };
  }
  return { lost: 'session', reason: colibri?.reason ?? failure.error.condition };
};
