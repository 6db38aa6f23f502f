/** Which request is which operation (XEP-0060), and the features by which a service says that it has it (s.10). */
import { childElements } from '@conclave/signaling';
import { failure } from './errors.js';
import { pubsubNamespace } from './namespaces.js';
import * as owning from './owning.js';
import { publish, retract } from './publishing.js';
import type { Operation, Outcome, PubsubRequest } from './request.js';
import * as subscribing from './subscribing.js';

const operations: Readonly<Record<string, Operation>> = {
  'set publish': publish,
  'set retract': retract,
  'set subscribe': subscribing.subscribe,
  'set unsubscribe': subscribing.unsubscribe,
  'get items': subscribing.items,
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
  'get subscriptions': owning.subscribers,
  'set subscriptions': owning.unsubscribeOthers,
};

export const pubsubFeatures: readonly string[] = [
  pubsubNamespace.requests,
  ...[
    'access-open',
    'access-presence',
    'access-roster',
    'access-whitelist',
    'auto-create',
    'auto-subscribe',
    'config-node',
    'config-node-max',
    'create-and-configure',
    'create-nodes',
    'delete-items',
    'delete-nodes',
    'filtered-notifications',
    'instant-nodes',
    'item-ids',
    'last-published',
    'manage-subscriptions',
    'member-affiliation',
    'meta-data',
    'modify-affiliations',
    'multi-items',
    'outcast-affiliation',
    'persistent-items',
    'presence-notifications',
    'presence-subscribe',
    'publish',
    'publish-only-affiliation',
    'publish-options',
    'publisher-affiliation',
    'purge-nodes',
    'retract-items',
    'retrieve-affiliations',
    'retrieve-default',
    'retrieve-items',
    'retrieve-subscriptions',
    'subscribe',
  ].map((name) => `${pubsubNamespace.requests}#${name}`),
];

/** Does what `<pubsub/>` asks for. Nothing has changed when it answers with an error. */
export function operate(type: 'get' | 'set', request: Omit<PubsubRequest, 'action'>): Outcome {
  const { pubsub } = request;
  const table = pubsub.getNS() === pubsubNamespace.owner ? ownerOperations : operations;
  const found = childElements(pubsub).flatMap((action) => {
    const key = `${type} ${action.name}`;
    const operation = Object.hasOwn(table, key) ? table[key] : undefined;
    return operation === undefined ? [] : [{ action, operation }];
  });
  const [only, ...more] = found;
  // `<configure/>` and `<publish-options/>` stand beside what they belong to.
  if (only === undefined) return failure('unknown-request');
  if (more.length > 0) return failure('malformed');
  return only.operation({ ...request, action: only.action });
}
