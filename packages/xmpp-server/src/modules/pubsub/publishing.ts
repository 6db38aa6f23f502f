/** What publishers do: publish (XEP-0060 s.7.1), with options, and retract (s.7.2). */
import { randomBytes } from 'node:crypto';
import {
  attribute,
  childElements,
  el,
  isStanzaError,
  type Element,
  type StanzaError,
} from '@conclave/signaling';
import { mayPublish, mayRetract } from './access.js';
import { failure } from './errors.js';
import { pubsubNamespace } from './namespaces.js';
import { changedBy, isSame, type NodeConfig } from './node-config.js';
import type { Item, PubsubNode } from './node.js';
import {
  absent,
  answer,
  done,
  nodeName,
  submittedForm,
  type Outcome,
  type PubsubRequest,
} from './request.js';

/** Characters of an item's id: a JID fits, as bookmarks have it (XEP-0402). */
const maxIdLength = 3071;
export const maxNodeNameLength = 512;

export function publish(request: PubsubRequest): Outcome {
  const { service, relation, action } = request;
  const name = nodeName(request);
  if (isStanzaError(name)) return name;
  const item = itemOf(request);
  if (isStanzaError(item)) return item;
  const existing = service.node(name);
  if (existing !== undefined && !mayPublish(existing.standing(relation), existing.config)) {
    return failure('forbidden');
  }
  if (existing === undefined && !request.autoCreate) return failure('not-found');
  if (existing === undefined && !request.mayCreate) return absent(request);
  const replaced = existing?.item(item.id);
  const growth =
    item.id.length +
    item.xml.length -
    (replaced === undefined ? 0 : replaced.id.length + replaced.xml.length);
  if (growth > 0 && service.size + growth > service.limits.total) return failure('full');
  const node = nodeFor(request, name, existing);
  if (isStanzaError(node)) return node;
  node.publish(item);
  service.noteItems(node);
  const published = el('publish', { node: attribute(action, 'node') }, el('item', { id: item.id }));
  return done(answer(published), { kind: 'published', node, item });
}

/** One that is not there is made as the options say; of one that is they have to be true (s.7.1.5). */
function nodeFor(
  { service, pubsub, relation }: PubsubRequest,
  name: string,
  existing: PubsubNode | undefined,
): PubsubNode | StanzaError {
  if (name.length > maxNodeNameLength) return failure('malformed');
  const form = submittedForm(pubsub.getChild('publish-options'));
  if (isStanzaError(form)) return failure('invalid-options');
  const before: NodeConfig = existing?.config ?? service.defaultsOf(name);
  const wanted =
    form === undefined
      ? before
      : changedBy(form, before, configLimits(service.limits.items), pubsubNamespace.publishOptions);
  if (wanted === undefined) return failure('precondition-not-met');
  if (existing === undefined) {
    const forbidden = service.forbids(name, wanted, relation.jid);
    return forbidden === undefined
      ? service.create(name, wanted, relation.jid)
      : failure('precondition-not-met');
  }
  return isSame(wanted, before) ? existing : failure('precondition-not-met');
}

export function configLimits(items: number): { items: number; text: number; groups: number } {
  return { items, text: 1024, groups: 64 };
}

function itemOf({ action, relation, service, now }: PubsubRequest): Item | StanzaError {
  const [item, ...moreItems] = action.getChildren('item');
  if (item === undefined) return failure('item-required');
  const [payload, ...more] = childElements(item);
  if (payload === undefined) return failure('payload-required');
  if (moreItems.length > 0 || more.length > 0 || !hasOwnNamespace(payload)) return failure('invalid-payload');
  const xml = payload.toString();
  if (xml.length > service.limits.payload) return failure('payload-too-big');
  const given = attribute(item, 'id') ?? '';
  if (given.length > maxIdLength) return failure('malformed');
  const id = given === '' ? randomBytes(12).toString('base64url') : given;
  return { id, publisher: relation.jid, xml, at: now };
}

/** Taken out of the item, it is to mean the same. */
function hasOwnNamespace(payload: Element): boolean {
  const namespace = attribute(payload, 'xmlns') ?? '';
  return namespace !== '' && namespace !== pubsubNamespace.requests;
}

export function retract(request: PubsubRequest): Outcome {
  const { service, relation, action } = request;
  const name = nodeName(request);
  if (isStanzaError(name)) return name;
  const [item, ...more] = action.getChildren('item');
  const id = item === undefined ? undefined : attribute(item, 'id');
  if (id === undefined || id === '' || more.length > 0) return failure('item-required');
  const node = service.node(name);
  if (node === undefined) return absent(request);
  const standing = node.standing(relation);
  const published = node.item(id);
  // Whether there is such an item is told only to who may withdraw it.
  if (!mayRetract(standing, node.config, published?.publisher ?? '')) return failure('forbidden');
  if (!node.config.persistItems) return failure('no-persistence');
  if (published === undefined) return failure('not-found');
  node.retract(id);
  service.noteItems(node);
  const isAsked = ['1', 'true'].includes(attribute(action, 'notify') ?? '');
  if (!isAsked && !node.config.notifyRetract) return done();
  return done(null, { kind: 'retracted', node, ids: [id] });
}
