/** What can go wrong with a request to a pubsub service, and how XEP-0060 says it: a stanza error with a condition of its own. */
import {
  el,
  stanzaError,
  type StanzaCondition,
  type StanzaError,
  type StanzaErrorType,
} from '@conclave/signaling';
import { pubsubNamespace } from './namespaces.js';

interface Meaning {
  readonly type: StanzaErrorType;
  readonly condition: StanzaCondition;
  /** The element in the errors' namespace; none: the condition says it all. */
  readonly detail?: string;
  /** Of `unsupported`: the feature. */
  readonly feature?: string;
}

const meanings = {
  malformed: { type: 'modify', condition: 'bad-request' },
  'unknown-request': { type: 'cancel', condition: 'feature-not-implemented', detail: 'unsupported' },
  'node-required': { type: 'modify', condition: 'bad-request', detail: 'nodeid-required' },
  'jid-required': { type: 'modify', condition: 'bad-request', detail: 'jid-required' },
  'invalid-jid': { type: 'modify', condition: 'bad-request', detail: 'invalid-jid' },
  'item-required': { type: 'modify', condition: 'bad-request', detail: 'item-required' },
  'payload-required': { type: 'modify', condition: 'bad-request', detail: 'payload-required' },
  'invalid-payload': { type: 'modify', condition: 'bad-request', detail: 'invalid-payload' },
  'invalid-options': { type: 'modify', condition: 'bad-request', detail: 'invalid-options' },
  'invalid-config': { type: 'modify', condition: 'not-acceptable' },
  'payload-too-big': { type: 'modify', condition: 'not-acceptable', detail: 'payload-too-big' },
  'not-found': { type: 'cancel', condition: 'item-not-found' },
  'node-exists': { type: 'cancel', condition: 'conflict' },
  'precondition-not-met': { type: 'cancel', condition: 'conflict', detail: 'precondition-not-met' },
  'not-subscribed': { type: 'modify', condition: 'unexpected-request', detail: 'not-subscribed' },
  forbidden: { type: 'auth', condition: 'forbidden' },
  'presence-subscription-required': {
    type: 'auth',
    condition: 'not-authorized',
    detail: 'presence-subscription-required',
  },
  'not-in-roster-group': { type: 'auth', condition: 'not-authorized', detail: 'not-in-roster-group' },
  'closed-node': { type: 'cancel', condition: 'not-allowed', detail: 'closed-node' },
  'last-owner': { type: 'modify', condition: 'not-acceptable' },
  'unsupported-access-model': {
    type: 'modify',
    condition: 'not-acceptable',
    detail: 'unsupported-access-model',
  },
  'subscription-required': { type: 'auth', condition: 'not-authorized', detail: 'not-subscribed' },
  pending: { type: 'auth', condition: 'not-authorized', detail: 'pending-subscription' },
  'no-subscriptions': {
    type: 'cancel',
    condition: 'feature-not-implemented',
    detail: 'unsupported',
    feature: 'subscribe',
  },
  'unknown-affiliation': { type: 'modify', condition: 'not-acceptable' },
  'too-many-nodes': { type: 'cancel', condition: 'conflict', detail: 'max-nodes-exceeded' },
  'too-many-subscriptions': {
    type: 'wait',
    condition: 'policy-violation',
    detail: 'too-many-subscriptions',
  },
  full: { type: 'wait', condition: 'resource-constraint' },
  'no-persistence': {
    type: 'cancel',
    condition: 'feature-not-implemented',
    detail: 'unsupported',
    feature: 'persistent-items',
  },
} as const satisfies Record<string, Meaning>;

export type Failure = keyof typeof meanings;

export function failure(name: Failure): StanzaError {
  const { type, condition, detail, feature }: Meaning = meanings[name];
  const details = detail === undefined ? [] : [el(detail, { xmlns: pubsubNamespace.errors, feature })];
  return { ...stanzaError(condition, undefined, ...details), type };
}
