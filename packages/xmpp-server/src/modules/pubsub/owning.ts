/** What owners do: create, configure, delete and purge nodes, and say who is what to them (XEP-0060 s.8). */
import { randomBytes } from 'node:crypto';
import { attribute, el, encodeDataForm, isStanzaError, tryParseJid, type Element } from '@conclave/signaling';
import { affiliations as known, type Affiliation } from './access.js';
import { failure } from './errors.js';
import { pubsubNamespace } from './namespaces.js';
import { changedBy, configForm } from './node-config.js';
import { configLimits, maxNodeNameLength } from './publishing.js';
import { answer, done, managedNode, submittedForm, type Outcome, type PubsubRequest } from './request.js';

export function create({ service, relation, action, pubsub }: PubsubRequest): Outcome {
  if (!relation.isOwner) return failure('forbidden');
  const given = attribute(action, 'node') ?? '';
  const name = given === '' ? randomBytes(12).toString('base64url') : given;
  if (name.length > maxNodeNameLength) return failure('malformed');
  if (service.node(name) !== undefined) return failure('node-exists');
  const form = submittedForm(pubsub.getChild('configure'));
  if (isStanzaError(form)) return form;
  const before = service.defaultsOf(name);
  const config =
    form === undefined
      ? before
      : changedBy(form, before, configLimits(service.limits.items), pubsubNamespace.nodeConfig);
  if (config === undefined || !service.permits(name, config)) return failure('invalid-config');
  const node = service.create(name, config);
  if (isStanzaError(node)) return node;
  return done(given === '' ? answer(el('create', { node: name })) : null);
}

/** What new nodes are like (s.8.3). */
export function defaults({ service, relation }: PubsubRequest): Outcome {
  if (!relation.isOwner) return failure('forbidden');
  return done(owned(el('default', {}, encodeDataForm(configForm(service.defaultsOf())))));
}

export function configuration(request: PubsubRequest): Outcome {
  const node = managedNode(request);
  if (isStanzaError(node)) return node;
  return done(owned(el('configure', { node: node.name }, encodeDataForm(configForm(node.config)))));
}

export function configure(request: PubsubRequest): Outcome {
  const node = managedNode(request);
  if (isStanzaError(node)) return node;
  const form = submittedForm(request.action);
  if (isStanzaError(form)) return form;
  if (form?.type === 'cancel') return done();
  if (form?.type !== 'submit') return failure('malformed');
  const { service } = request;
  const limits = configLimits(service.limits.items);
  const config = changedBy(form, node.config, limits, pubsubNamespace.nodeConfig);
  if (config === undefined || !service.permits(node.name, config)) return failure('invalid-config');
  node.config = config;
  node.trim();
  service.noteNodes();
  service.noteItems(node);
  return config.notifyConfig ? done(null, { kind: 'configured', node }) : done();
}

export function remove(request: PubsubRequest): Outcome {
  const node = managedNode(request);
  if (isStanzaError(node)) return node;
  request.service.delete(node);
  return node.config.notifyDelete ? done(null, { kind: 'deleted', node }) : done();
}

export function purge(request: PubsubRequest): Outcome {
  const node = managedNode(request);
  if (isStanzaError(node)) return node;
  if (!node.config.persistItems) return failure('no-persistence');
  node.purge();
  request.service.noteItems(node);
  return done(null, { kind: 'purged', node });
}

export function affiliates(request: PubsubRequest): Outcome {
  const node = managedNode(request);
  if (isStanzaError(node)) return node;
  const entries = [...node.affiliations].map(([jid, affiliation]) => el('affiliation', { jid, affiliation }));
  return done(owned(el('affiliations', { node: node.name }, entries)));
}

/** All of the changes, or none. */
export function affiliate(request: PubsubRequest): Outcome {
  const node = managedNode(request);
  if (isStanzaError(node)) return node;
  const changes = new Map<string, Affiliation>();
  for (const entry of request.action.getChildren('affiliation')) {
    const jid = tryParseJid(attribute(entry, 'jid'));
    const affiliation = known.find((one) => one === attribute(entry, 'affiliation'));
    if (jid === undefined) return failure('invalid-jid');
    if (affiliation === undefined) return failure('malformed');
    // The service is the owner's, and stays it.
    if (jid.bare.toString() === request.ownerJid && affiliation !== 'owner') return failure('last-owner');
    changes.set(jid.bare.toString(), affiliation);
  }
  if (changes.size === 0) return failure('malformed');
  const after = new Map([...node.affiliations, ...changes]);
  for (const [jid, affiliation] of after) if (affiliation === 'none') after.delete(jid);
  const { service } = request;
  if (after.size > service.limits.affiliations) return failure('full');
  node.affiliations.clear();
  for (const [jid, affiliation] of after) node.affiliations.set(jid, affiliation);
  service.noteNodes();
  return done();
}

export function subscribers(request: PubsubRequest): Outcome {
  const node = managedNode(request);
  if (isStanzaError(node)) return node;
  const entries = [...node.subscribers].map((jid) => el('subscription', { jid, subscription: 'subscribed' }));
  return done(owned(el('subscriptions', { node: node.name }, entries)));
}

/** Owners end subscriptions; nobody is subscribed by somebody else. */
export function unsubscribeOthers(request: PubsubRequest): Outcome {
  const node = managedNode(request);
  if (isStanzaError(node)) return node;
  const gone: string[] = [];
  for (const entry of request.action.getChildren('subscription')) {
    const jid = tryParseJid(attribute(entry, 'jid'));
    if (jid === undefined) return failure('invalid-jid');
    const state = attribute(entry, 'subscription');
    const isSubscribed = node.subscribers.has(jid.toString());
    if (state === 'none') gone.push(jid.toString());
    else if (state !== 'subscribed' || !isSubscribed) return failure('forbidden');
  }
  for (const jid of gone) node.subscribers.delete(jid);
  request.service.noteNodes();
  return done();
}

function owned(child: Element): Element {
  return el('pubsub', { xmlns: pubsubNamespace.owner }, child);
}
