/** What subscribers do: subscribe, unsubscribe, say what they want, look up what they are (XEP-0060 s.5.6, s.5.7, s.6.1 to s.6.4). */
import {
  attribute,
  el,
  encodeDataForm,
  isStanzaError,
  SignalingError,
  tryParseJid,
  type DataForm,
  type Element,
  type Jid,
  type StanzaError,
} from '@conclave/signaling';
import { needsApproval } from './access.js';
import { authorizationRequest, encodeSubscription, subscriptionNews } from './approval.js';
import { failure } from './errors.js';
import type { PubsubNode } from './node.js';
import {
  answer,
  done,
  nodeName,
  ownersOf,
  submittedForm,
  type Notice,
  type Outcome,
  type PubsubRequest,
} from './request.js';
import { optionsBy, optionsForm, usualOptions, type Subscription } from './subscription.js';

/** Subscriptions of one person to a node: with clients that come and go, nobody takes the places of others. */
const maxOfOne = 20;

export function subscribe(request: PubsubRequest): Outcome {
  const { service, relation, pubsub } = request;
  const address = subscriber(request, 'invalid-jid');
  if (isStanzaError(address)) return address;
  const name = nodeName(request);
  if (isStanzaError(name)) return name;
  const node = service.subscribable(name, relation);
  if (isStanzaError(node)) return node;
  if (!node.config.subscribe) return failure('no-subscriptions');
  const before = node.subscription(address.toString());
  if (before?.state === 'pending') return failure('pending');
  const isFull =
    node.subscriptionsOf(relation.jid).length >= maxOfOne ||
    node.subscriptionCount >= service.limits.subscriptions;
  if (before === undefined && isFull) return failure('too-many-subscriptions');
  const form = submittedForm(pubsub.getChild('options'));
  if (isStanzaError(form)) return failure('invalid-options');
  const options = form === undefined ? (before ?? usualOptions) : chosenOptions(form, before, request);
  if (options === undefined) return failure('invalid-options');

  const isPending = needsApproval(node.standing(relation), node.config);
  const subscription: Subscription = {
    jid: address.toString(),
    state: isPending ? 'pending' : 'subscribed',
    deliver: options.deliver,
    ...(options.expires === undefined ? {} : { expires: options.expires }),
  };
  node.subscribe(subscription);
  service.noteNode(node);
  const owners = ownersOf(request, node);
  const reply = answer(
    encodeSubscription(node, subscription, el('subscribe-options')),
    ...(form === undefined ? [] : [el('options', {}, encodeDataForm(optionsForm(options)))]),
  );
  if (isPending) {
    const notices = owners.map((to) => ({ to, payload: authorizationRequest(node, subscription.jid) }));
    return { reply, events: [], notices };
  }
  const notices = before === undefined ? newsForOwners(request, node, subscription) : [];
  return { reply, events: [], notices, subscribed: { node, address } };
}

/** Possible also for who may not read any more. */
export function unsubscribe(request: PubsubRequest): Outcome {
  const address = subscriber(request, 'forbidden');
  if (isStanzaError(address)) return address;
  const name = nodeName(request);
  if (isStanzaError(name)) return name;
  const node = request.service.node(name);
  const before = node?.subscription(address.toString());
  if (node !== undefined && before !== undefined) {
    node.unsubscribe(before.jid);
    request.service.noteNode(node);
    return { ...done(), notices: newsForOwners(request, node, { ...before, state: 'none' }) };
  }
  const open = request.service.subscribable(name, request.relation);
  return isStanzaError(open) ? open : failure('not-subscribed');
}

/** The subscriber's options (s.6.3). */
export function options(request: PubsubRequest): Outcome {
  const found = ownSubscription(request);
  if (isStanzaError(found)) return found;
  const { node, subscription } = found;
  const { jid } = subscription;
  return done(answer(el('options', { node: node.name, jid }, encodeDataForm(optionsForm(subscription)))));
}

export function setOptions(request: PubsubRequest): Outcome {
  const found = ownSubscription(request);
  if (isStanzaError(found)) return found;
  const { node, subscription } = found;
  const form = submittedForm(request.action);
  if (isStanzaError(form) || form === undefined) return failure('invalid-options');
  if (form.type === 'cancel') return done();
  const wanted = chosenOptions(form, subscription, request);
  if (wanted === undefined) return failure('invalid-options');
  const { jid, state } = subscription;
  node.subscribe({ jid, state, ...wanted });
  request.service.noteNode(node);
  return done();
}

/** What a new subscription is like (s.6.4). */
export function defaultOptions(request: PubsubRequest): Outcome {
  const node = attribute(request.action, 'node');
  return done(answer(el('default', { node }, encodeDataForm(optionsForm(usualOptions)))));
}

function chosenOptions(
  form: DataForm,
  before: Subscription | undefined,
  { now }: PubsubRequest,
): Pick<Subscription, 'deliver' | 'expires'> | undefined {
  if (form.type !== 'submit') return undefined;
  const { deliver, expires } = before ?? usualOptions;
  try {
    return optionsBy(form, { deliver, ...(expires === undefined ? {} : { expires }) }, Date.parse(now));
  } catch (error) {
    if (error instanceof SignalingError) return undefined;
    throw error;
  }
}

function ownSubscription(
  request: PubsubRequest,
): { readonly node: PubsubNode; readonly subscription: Subscription } | StanzaError {
  const address = subscriber(request, 'forbidden');
  if (isStanzaError(address)) return address;
  const name = nodeName(request);
  if (isStanzaError(name)) return name;
  const node = request.service.node(name);
  const subscription = node?.subscription(address.toString());
  if (node !== undefined && subscription !== undefined) return { node, subscription };
  const open = request.service.subscribable(name, request.relation);
  return isStanzaError(open) ? open : failure('not-subscribed');
}

/** Nobody acts for anybody else. */
function subscriber(
  { action, from }: PubsubRequest,
  otherwise: 'invalid-jid' | 'forbidden',
): Jid | StanzaError {
  const text = attribute(action, 'jid');
  if (text === undefined) return failure('jid-required');
  const jid = tryParseJid(text);
  if (jid === undefined) return failure('invalid-jid');
  return jid.bare.equals(from.bare) ? jid : failure(otherwise);
}

function newsForOwners(
  request: PubsubRequest,
  node: PubsubNode,
  subscription: { readonly jid: string; readonly state: Subscription['state'] | 'none' },
): readonly Notice[] {
  if (!node.config.notifySub) return [];
  return ownersOf(request, node).map((to) => ({ to, payload: subscriptionNews(node, subscription) }));
}

/** The sender's own subscriptions, to one node or to all. */
export function subscriptions(request: PubsubRequest): Outcome {
  const only = attribute(request.action, 'node');
  const found = ownNodes(request, only).flatMap((node) =>
    node.subscriptionsOf(request.relation.jid).map((one) => encodeSubscription(node, one)),
  );
  return done(answer(el('subscriptions', { node: only }, found)));
}

/** The sender's own affiliations. */
export function affiliations(request: PubsubRequest): Outcome {
  const only = attribute(request.action, 'node');
  const found = ownNodes(request, only).flatMap((node): Element[] => {
    const affiliation = node.affiliationOf(request.relation);
    return affiliation === 'none' ? [] : [el('affiliation', { node: node.name, affiliation })];
  });
  return done(answer(el('affiliations', { node: only }, found)));
}

function ownNodes({ service }: PubsubRequest, only: string | undefined): readonly PubsubNode[] {
  return [...service.nodes].filter(({ name }) => only === undefined || name === only);
}
