/** Subscriptions that an owner decides on: asked by message (XEP-0060 s.8.6), and listed and changed in a list (s.8.8). */
import {
  attribute,
  el,
  encodeDataForm,
  formTypeField,
  formValue,
  isStanzaError,
  NS,
  tryParseJid,
  type Element,
} from '@conclave/signaling';
import { mayManage, type Relation } from './access.js';
import { failure } from './errors.js';
import { pubsubNamespace } from './namespaces.js';
import type { PubsubNode } from './node.js';
import {
  done,
  managedNode,
  submittedForm,
  type Notice,
  type Outcome,
  type PubsubRequest,
} from './request.js';
import type { PubsubService } from './service.js';
import type { Subscription } from './subscription.js';

/** `none`: there is none any more. */
interface State {
  readonly jid: string;
  readonly state: Subscription['state'] | 'none';
}

export function encodeSubscription(
  { name }: PubsubNode,
  { jid, state }: State,
  ...children: readonly Element[]
): Element {
  return el('subscription', { node: name, jid, subscription: state }, children);
}

/** What is said of a subscription that has changed (s.12.13). */
export function subscriptionNews(node: PubsubNode, state: State): Element {
  return el('event', { xmlns: pubsubNamespace.event }, encodeSubscription(node, state));
}

/** The form by which an owner is asked. */
export function authorizationRequest({ name }: PubsubNode, jid: string): Element {
  return encodeDataForm({
    type: 'form',
    title: 'Request to subscribe',
    instructions: `${jid} wants to subscribe to the node ${name}.`,
    fields: [
      formTypeField(pubsubNamespace.authorization),
      { var: 'pubsub#node', type: 'text-single', label: 'Node', values: [name] },
      { var: 'pubsub#subscriber_jid', type: 'jid-single', label: 'Subscriber', values: [jid] },
      { var: 'pubsub#allow', type: 'boolean', label: 'Allow the subscription', values: ['0'] },
    ],
  });
}

/** Whether a message is an answer to such a form, whoever gives it. */
export function isDecision(message: Element): boolean {
  const x = message.getChild('x', NS.dataForms);
  const formType = x?.getChildByAttr('var', 'FORM_TYPE')?.getChildText('value');
  return formType === pubsubNamespace.authorization && x?.attrs['type'] !== 'form';
}

/**
 * Does what an owner has decided; undefined: there is nothing (left) to be decided, or not by the sender. A form that was
 * cancelled leaves the request pending.
 */
export function decide(
  service: PubsubService,
  relation: Relation,
  message: Element,
): { readonly node: PubsubNode; readonly subscription: State } | undefined {
  const form = submittedForm(message);
  if (form === undefined || isStanzaError(form) || form.type !== 'submit') return undefined;
  const node = service.node(formValue(form, 'pubsub#node') ?? '');
  if (node === undefined || !mayManage(node.standing(relation))) return undefined;
  const pending = node.subscription(formValue(form, 'pubsub#subscriber_jid') ?? '');
  if (pending?.state !== 'pending') return undefined;
  const isAllowed = ['1', 'true'].includes(formValue(form, 'pubsub#allow') ?? '');
  return { node, subscription: settle(service, node, pending, isAllowed ? 'subscribed' : 'none') };
}

function settle(
  service: PubsubService,
  node: PubsubNode,
  before: Subscription,
  state: 'subscribed' | 'none',
): State {
  if (state === 'none') node.unsubscribe(before.jid);
  else node.subscribe({ ...before, state });
  service.noteNode(node);
  return { jid: before.jid, state };
}

/** Who is subscribed, and who wants to be (s.8.8.1). */
export function subscribers(request: PubsubRequest): Outcome {
  const node = managedNode(request);
  if (isStanzaError(node)) return node;
  const entries = node.subscriptions.map(({ jid, state }) =>
    el('subscription', { jid, subscription: state }),
  );
  const list = el('subscriptions', { node: node.name }, entries);
  return done(el('pubsub', { xmlns: pubsubNamespace.owner }, list));
}

/** Owners end subscriptions and grant those that are wanted; nobody is subscribed who has not asked for it (s.8.8.2). */
export function changeSubscribers(request: PubsubRequest): Outcome {
  const node = managedNode(request);
  if (isStanzaError(node)) return node;
  const changes: { before: Subscription; state: 'subscribed' | 'none' }[] = [];
  for (const entry of request.action.getChildren('subscription')) {
    const jid = tryParseJid(attribute(entry, 'jid'));
    if (jid === undefined) return failure('invalid-jid');
    const state = attribute(entry, 'subscription');
    const before = node.subscription(jid.toString());
    if (state === undefined || state === before?.state) continue;
    if (state !== 'none' && state !== 'subscribed') return failure('invalid-config');
    if (before !== undefined) changes.push({ before, state });
    else if (state === 'subscribed') return failure('forbidden');
  }
  const notices = changes.map(({ before, state }): Notice => {
    const after = settle(request.service, node, before, state);
    return { to: before.jid, payload: subscriptionNews(node, after) };
  });
  return { ...done(), notices };
}
