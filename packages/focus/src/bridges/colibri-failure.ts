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

export type Failure = Exclude<IqOutcome, { kind: 'result' }>;

/** Judges a failed allocation of an endpoint. */
export const judgeAllocation = (failure: Failure): AllocationVerdict => {
  if (failure.kind === 'disconnected') return { reason: 'offline', bridge: 'unchanged', giveUpBridge: false };
  if (failure.kind === 'timeout')
    return { reason: 'no answer', bridge: 'non-operational', giveUpBridge: true };
  const { condition } = failure.error;
  const colibri = decodeColibriError(failure.error)?.reason;
  const reason = colibri ?? condition;
  switch (condition) {
    // What one participant asks too much of says nothing about the bridge, or whoever can ask could move everybody.
    case 'bad-request':
    case 'resource-constraint':
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
  /** The bridge has forgotten an endpoint. */
  | { readonly lost: 'endpoint'; readonly endpointId: string }
  /** The bridge refuses what was said of an endpoint, which is the endpoint's own fault. */
  | { readonly lost: 'refused'; readonly endpointId: string; readonly reason: string }
  /** The bridge no longer serves this conference. */
  | { readonly lost: 'session'; readonly reason: string };

/** Conditions that blame the request, and so the client whose words it carries. */
const REQUEST_FAULTS: ReadonlySet<string> = new Set([
  'bad-request',
  'conflict',
  'feature-not-implemented',
  'not-acceptable',
  'policy-violation',
  'resource-constraint',
]);

/** Judges a failed request about the endpoint `endpointId`, which was allocated before. */
export const judgeUpdate = (failure: Failure, endpointId: string): UpdateVerdict => {
  if (failure.kind !== 'error') return { lost: 'nothing' };
  const { condition, text } = failure.error;
  const colibri = decodeColibriError(failure.error);
  if (colibri?.reason === 'unknown_endpoint' && colibri.endpoint !== undefined) {
    return { lost: 'endpoint', endpointId: colibri.endpoint };
  }
  if (REQUEST_FAULTS.has(condition)) return { lost: 'refused', endpointId, reason: text ?? condition };
  return { lost: 'session', reason: colibri?.reason ?? condition };
};

export type RelayVerdict =
  | UpdateVerdict
  /** The two bridges do not come together. */
  | { readonly lost: 'link'; readonly reason: string };

/** Judges a failed request about a relay. @param endpointId whom it was about, if it was about somebody */
export const judgeRelay = (failure: Failure, endpointId: string | undefined): RelayVerdict => {
  if (failure.kind === 'disconnected') return { lost: 'nothing' };
  if (failure.kind === 'timeout') return { lost: 'link', reason: 'no answer' };
  const reason = decodeColibriError(failure.error)?.reason;
  if (reason === 'conference_not_found') return { lost: 'session', reason };
  const { condition } = failure.error;
  // What one bridge takes of a participant and the other does not is that participant's doing.
  if (endpointId !== undefined && REQUEST_FAULTS.has(condition)) {
    return { lost: 'refused', endpointId, reason: failure.error.text ?? condition };
  }
  return { lost: 'link', reason: reason ?? condition };
};
