/** Which request is which operation (XEP-0060), and the features by which a service says that it has it (s.10). */
import { childElements, isStanzaError, type Element, type StanzaError } from '@conclave/signaling';
import * as approval from './approval.js';
import type { AccessModel } from './access.js';
import { failure } from './errors.js';
import { pubsubNamespace } from './namespaces.js';
import * as owning from './owning.js';
import { publish, retract } from './publishing.js';
import { items } from './reading.js';
import type { Operation, Outcome, PubsubRequest } from './request.js';
import * as subscribing from './subscribing.js';

const operations: Readonly<Record<string, Operation>> = {
  'set publish': publish,
  'set retract': retract,
  'set subscribe': subscribing.subscribe,
  'set unsubscribe': subscribing.unsubscribe,
  'get options': subscribing.options,
  'set options': subscribing.setOptions,
  'get default': subscribing.defaultOptions,
  'get items': items,
  'get subscriptions': subscribing.subscriptions,
  'get affiliations': subscribing.affiliations,
  'set create': owning.create,
};

const ownerOperations: Readonly<Record<string, Operation>> = {
  'get default': owning.defaults,
  'get configure': owning.configuration,
  'set configure': owning.configure,
  'set delete': owning.remove,
  'set purge': owning.purge,
  'get affiliations': owning.affiliates,
  'set affiliations': owning.affiliate,
  'get subscriptions': approval.subscribers,
  'set subscriptions': approval.changeSubscribers,
};

const everywhere = [
  'config-node',
  'config-node-max',
  'create-and-configure',
  'create-nodes',
  'delete-items',
  'delete-nodes',
  'instant-nodes',
  'item-ids',
  'leased-subscription',
  'manage-subscriptions',
  'member-affiliation',
  'meta-data',
  'modify-affiliations',
  'multi-items',
  'outcast-affiliation',
  'persistent-items',
  'publish',
  'publish-only-affiliation',
  'publish-options',
  'publisher-affiliation',
  'purge-nodes',
  'retract-items',
  'retrieve-affiliations',
  'retrieve-default',
  'retrieve-default-sub',
  'retrieve-items',
  'retrieve-subscriptions',
  'rsm',
  'subscribe',
  'subscription-notifications',
  'subscription-options',
];

const ofPersons = [
  'auto-create',
  'auto-subscribe',
  'filtered-notifications',
  'last-published',
  'presence-notifications',
  'presence-subscribe',
];

/** What a service can do (s.10). */
export function pubsubFeatures(
  kind: 'personal' | 'shared',
  accessModels: readonly AccessModel[],
): readonly string[] {
  const names = [
    ...accessModels.map((model) => `access-${model}`),
    ...everywhere,
    ...(kind === 'personal' ? ofPersons : []),
  ];
  return [pubsubNamespace.requests, ...names.map((name) => `${pubsubNamespace.requests}#${name}`)];
}

/** What `<pubsub/>` asks for: the child that says so, and the operation that does it. */
export function requested(
  type: 'get' | 'set',
  pubsub: Element,
): { readonly action: Element; readonly operation: Operation } | StanzaError {
  const table = pubsub.getNS() === pubsubNamespace.owner ? ownerOperations : operations;
  const found = childElements(pubsub).flatMap((action) => {
    const key = `${type} ${action.name}`;
    const operation = Object.hasOwn(table, key) ? table[key] : undefined;
    return operation === undefined ? [] : [{ action, operation }];
  });
  const [only, ...more] = found;
  if (only === undefined) return failure('unknown-request');
  // `<configure/>`, `<options/>` and `<publish-options/>` stand beside what they belong to.
  const isCompanion =
    more.length === 1 && only.action.name === 'subscribe' && more[0]?.action.name === 'options';
  if (more.length > 0 && !isCompanion) return failure('malformed');
  return only;
}

/** Does what `<pubsub/>` asks for. Nothing has changed when it answers with an error. */
export function operate(type: 'get' | 'set', request: Omit<PubsubRequest, 'action'>): Outcome {
  const found = requested(type, request.pubsub);
  return isStanzaError(found) ? found : found.operation({ ...request, action: found.action });
}
