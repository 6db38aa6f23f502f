/** What subscribers do: subscribe, unsubscribe, read items, look up what they are (XEP-0060 s.5.6, s.5.7, s.6.1, s.6.2, s.6.5). */
import {
  attribute,
  el,
  isStanzaError,
  parseInteger,
  SignalingError,
  tryParseJid,
  type Jid,
  type StanzaError,
} from '@conclave/signaling';
import { parse } from 'ltx';
import { failure } from './errors.js';
import type { Item, PubsubNode } from './node.js';
import { answer, done, nodeName, readableNode, type Outcome, type PubsubRequest } from './request.js';

/** Ids that may be asked for at a time. */
const maxIds = 256;
/** Subscriptions of one person to a node: with clients that come and go, nobody takes the places of others. */
const maxOfOne = 20;

export function subscribe(request: PubsubRequest): Outcome {
  const address = subscriber(request);
  if (isStanzaError(address)) return address;
  const node = readableNode(request);
  if (isStanzaError(node)) return node;
  const { service } = request;
  const jid = address.toString();
  const isNew = !node.subscribers.has(jid);
  const own = ownSubscriptions(node, request.relation.jid);
  if (isNew && own.length >= maxOfOne) return failure('too-many-subscriptions');
  if (isNew && node.subscribers.size >= service.limits.subscriptions) {
    return failure('too-many-subscriptions');
  }
  node.subscribers.add(jid);
  if (isNew) service.noteNodes();
  const reply = answer(el('subscription', { node: node.name, jid, subscription: 'subscribed' }));
  return { reply, events: [], subscribed: { node, address } };
}

/** Possible also for who may not read any more. */
export function unsubscribe(request: PubsubRequest): Outcome {
  const address = subscriber(request);
  if (isStanzaError(address)) return address;
  const name = nodeName(request);
  if (isStanzaError(name)) return name;
  const node = request.service.node(name);
  if (node?.subscribers.delete(address.toString()) === true) {
    request.service.noteNodes();
    return done();
  }
  const readable = readableNode(request);
  return isStanzaError(readable) ? readable : failure('not-subscribed');
}

/** Nobody subscribes anybody else. */
function subscriber({ action, from }: PubsubRequest): Jid | StanzaError {
  const text = attribute(action, 'jid');
  if (text === undefined) return failure('jid-required');
  const jid = tryParseJid(text);
  if (jid === undefined || !(jid.equals(from) || jid.equals(from.bare))) return failure('invalid-jid');
  return jid;
}

export function items(request: PubsubRequest): Outcome {
  const node = readableNode(request);
  if (isStanzaError(node)) return node;
  const chosen = chosenItems(request, node);
  if (isStanzaError(chosen)) return chosen;
  return done(answer(el('items', { node: node.name }, chosen.map(encodeItem))));
}

/** The newest first to be chosen, the oldest first to be sent. */
function chosenItems({ action }: PubsubRequest, node: PubsubNode): readonly Item[] | StanzaError {
  const asked = action.getChildren('item').map((item) => attribute(item, 'id') ?? '');
  if (asked.length > maxIds) return failure('malformed');
  if (asked.length > 0) {
    const wanted = new Set(asked);
    const found = node.items.filter(({ id }) => wanted.has(id));
    return found.length === 0 ? failure('not-found') : found;
  }
  const max = attribute(action, 'max_items');
  if (max === undefined) return node.items;
  try {
    return node.items.slice(-parseInteger(max, 1, 2 ** 31, 'max_items'));
  } catch (error) {
    if (error instanceof SignalingError) return failure('malformed');
    throw error;
  }
}

export function encodeItem({ id, xml }: Item): ReturnType<typeof el> {
  return el('item', { id }, xml === '' ? undefined : parse(xml));
}

/** The sender's own subscriptions, to one node or to all. */
export function subscriptions(request: PubsubRequest): Outcome {
  const only = attribute(request.action, 'node');
  const { relation } = request;
  const found = [...request.service.nodes].flatMap((node) =>
    only !== undefined && node.name !== only
      ? []
      : ownSubscriptions(node, relation.jid).map((jid) =>
          el('subscription', { node: node.name, jid, subscription: 'subscribed' }),
        ),
  );
  return done(answer(el('subscriptions', { node: only }, found)));
}

function ownSubscriptions(node: PubsubNode, person: string): readonly string[] {
  return [...node.subscribers].filter((jid) => jid === person || jid.startsWith(`${person}/`));
}

/** The sender's own affiliations. */
export function affiliations(request: PubsubRequest): Outcome {
  const only = attribute(request.action, 'node');
  const found = [...request.service.nodes].flatMap((node) => {
    const affiliation = node.affiliationOf(request.relation);
    return affiliation === 'none' || (only !== undefined && node.name !== only)
      ? []
      : [el('affiliation', { node: node.name, affiliation })];
  });
  return done(answer(el('affiliations', { node: only }, found)));
}
