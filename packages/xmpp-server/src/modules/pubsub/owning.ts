/** What owners do: create, configure, delete and purge nodes, and say who is what to them (XEP-0060 s.8). */
import { randomBytes } from 'node:crypto';
import { attribute, el, encodeDataForm, isStanzaError, tryParseJid, type Element } from '@conclave/signaling';
import { affiliations as known, type Affiliation } from './access.js';
import { failure } from './errors.js';
import { pubsubNamespace } from './namespaces.js';
import { changedBy, configForm } from './node-config.js';
import { configLimits, maxNodeNameLength } from './publishing.js';
import { answer, done, managedNode, submittedForm, type Outcome, type PubsubRequest } from './request.js';

/** Characters of the address that a deleted node is replaced by. */
const maxUriLength = 2048;

export function create({ service, relation, mayCreate, action, pubsub }: PubsubRequest): Outcome {
  if (!mayCreate) return failure('forbidden');
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
  if (config === undefined) return failure('invalid-config');
  const forbidden = service.forbids(name, config, relation.jid);
  if (forbidden !== undefined) return failure(forbidden);
  const node = service.create(name, config, relation.jid);
  if (isStanzaError(node)) return node;
  return done(given === '' ? answer(el('create', { node: name })) : null);
}

/** What new nodes are like (s.8.3). */
export function defaults({ service, mayCreate }: PubsubRequest): Outcome {
  if (!mayCreate) return failure('forbidden');
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
  if (config === undefined) return failure('invalid-config');
  const forbidden = service.forbids(node.name, config, node.principal ?? request.relation.jid);
  if (forbidden !== undefined) return failure(forbidden);
  node.config = config;
  node.trim();
  service.noteNode(node);
  service.noteItems(node);
  return config.notifyConfig ? done(null, { kind: 'configured', node }) : done();
}

export function remove(request: PubsubRequest): Outcome {
  const node = managedNode(request);
  if (isStanzaError(node)) return node;
  const uri = request.action.getChild('redirect')?.attrs['uri'] as unknown;
  const redirect = typeof uri === 'string' && uri.length <= maxUriLength ? uri : undefined;
  request.service.delete(node);
  return node.config.notifyDelete ? done(null, { kind: 'deleted', node, redirect }) : done();
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

/** All of the changes, or none (s.8.9.2). */
export function affiliate(request: PubsubRequest): Outcome {
  const node = managedNode(request);
  if (isStanzaError(node)) return node;
  const changes = new Map<string, Affiliation>();
  for (const entry of request.action.getChildren('affiliation')) {
    const jid = tryParseJid(attribute(entry, 'jid'))?.bare.toString();
    if (jid === undefined) return failure('invalid-jid');
    const wanted = attribute(entry, 'affiliation');
    const affiliation = known.find((one) => one === wanted);
    if (affiliation === undefined) return failure(wanted === undefined ? 'malformed' : 'unknown-affiliation');
    if (changes.has(jid)) return failure('malformed');
    changes.set(jid, affiliation);
  }
  if (changes.size === 0) return failure('malformed');
  const after = new Map([...node.affiliations, ...changes]);
  for (const [jid, affiliation] of after) if (affiliation === 'none') after.delete(jid);
  if (isOwnerless(request, changes, after)) return failure('last-owner');
  const { service } = request;
  if (after.size > service.limits.affiliations) return failure('full');
  node.affiliations.clear();
  for (const [jid, affiliation] of after) node.affiliations.set(jid, affiliation);
  service.noteNode(node);
  return done();
}

/** A person's service stays that person's, and any other node somebody's. */
function isOwnerless(
  { ownerJid }: PubsubRequest,
  changes: ReadonlyMap<string, Affiliation>,
  after: ReadonlyMap<string, Affiliation>,
): boolean {
  if (ownerJid === undefined) return ![...after.values()].includes('owner');
  return (changes.get(ownerJid) ?? 'owner') !== 'owner';
}

function owned(child: Element): Element {
  return el('pubsub', { xmlns: pubsubNamespace.owner }, child);
}
