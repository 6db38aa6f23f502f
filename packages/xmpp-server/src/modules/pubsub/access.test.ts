/** Whatever is asked of a service, and in whatever order: nobody reads, writes or changes what is not theirs to (XEP-0060 s.4). */
import { el, isStanzaError, parseJid, type Element } from '@conclave/signaling';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessModels, affiliations, publishModels, type Relation } from './access.js';
import { pubsubNamespace } from './namespaces.js';
import { personalDefaults, sharedDefaults } from './node-config.js';
import { operate } from './operations.js';
import { PubsubService } from './service.js';

const limits = {
  nodes: 3,
  nodesOfOne: 2,
  items: 5,
  payload: 100,
  total: 400,
  subscriptions: 2,
  affiliations: 3,
};
const ownerJid = 'juliet@verona.lit';

const people: Readonly<Record<string, Relation>> = {
  owner: { jid: ownerJid, isOwner: true, seesPresence: true, groups: [] },
  friend: { jid: 'romeo@verona.lit', isOwner: false, seesPresence: true, groups: ['Montagues'] },
  guest: { jid: 'benvolio@verona.lit', isOwner: false, seesPresence: true, groups: [] },
  stranger: { jid: 'mallory@verona.lit', isOwner: false, seesPresence: false, groups: [] },
};
const names = ['a', 'b', 'c', 'd'];

const field = (name: string, ...values: readonly string[]): Element =>
  el(
    'field',
    { var: `pubsub#${name}` },
    values.map((value) => el('value', {}, value)),
  );
const form = (formType: string, ...fields: readonly Element[]): Element =>
  el(
    'x',
    { xmlns: 'jabber:x:data', type: 'submit' },
    el('field', { var: 'FORM_TYPE' }, el('value', {}, formType)),
    fields,
  );

const node = fc.constantFrom(...names);
const id = fc.constantFrom('1', '2', '3', '4', '5', '6');
const jid = fc.constantFrom(
  ...Object.values(people).map((person) => person.jid),
  'x@verona.lit',
  'y@verona.lit',
);
const settings = fc.record({
  access: fc.constantFrom(...accessModels),
  publish: fc.constantFrom(...publishModels),
  max: fc.constantFrom('1', '3', 'max', '6', '0'),
});
const fieldsOf = ({ access, publish, max }: { access: string; publish: string; max: string }): Element[] => [
  field('access_model', access),
  field('publish_model', publish),
  field('max_items', max),
  field('roster_groups_allowed', 'Montagues'),
];

interface Ask {
  readonly type: 'get' | 'set';
  readonly namespace: string;
  readonly children: readonly Element[];
}
const ask = (type: 'get' | 'set', ...children: readonly Element[]): Ask => ({
  type,
  namespace: pubsubNamespace.requests,
  children,
});
const own = (type: 'get' | 'set', child: Element): Ask => ({
  type,
  namespace: pubsubNamespace.owner,
  children: [child],
});

const request: fc.Arbitrary<Ask> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(node, id, fc.integer({ min: 0, max: 90 }))
      .map(([name, item, size]) =>
        ask(
          'set',
          el('publish', { node: name }, el('item', { id: item }, el('p', { xmlns: 'x' }, 's'.repeat(size)))),
        ),
      ),
  },
  fc
    .tuple(node, settings)
    .map(([name, chosen]) =>
      ask(
        'set',
        el('create', { node: name }),
        el('configure', {}, form(pubsubNamespace.nodeConfig, ...fieldsOf(chosen))),
      ),
    ),
  fc
    .tuple(node, settings)
    .map(([name, chosen]) =>
      own('set', el('configure', { node: name }, form(pubsubNamespace.nodeConfig, ...fieldsOf(chosen)))),
    ),
  fc
    .tuple(node, jid, fc.constantFrom(...affiliations))
    .map(([name, who, affiliation]) =>
      own('set', el('affiliations', { node: name }, el('affiliation', { jid: who, affiliation }))),
    ),
  fc
    .tuple(node, id)
    .map(([name, item]) => ask('set', el('retract', { node: name }, el('item', { id: item })))),
  fc.tuple(node, jid).map(([name, who]) => ask('set', el('subscribe', { node: name, jid: who }))),
  fc.tuple(node, jid).map(([name, who]) => ask('set', el('unsubscribe', { node: name, jid: who }))),
  node.map((name) => ask('get', el('items', { node: name }))),
  node.map((name) => own('set', el('purge', { node: name }))),
  node.map((name) => own('set', el('delete', { node: name }))),
  node.map((name) => own('get', el('affiliations', { node: name }))),
  node.map((name) => own('get', el('subscriptions', { node: name }))),
);

/** What the note's tables say, once more and in other words. */
function mayRead(service: PubsubService, name: string, who: Relation): boolean {
  const found = service.node(name);
  if (found === undefined) return false;
  if (who.isOwner) return true;
  const affiliation = found.affiliations.get(who.jid) ?? 'none';
  if (affiliation === 'outcast' || affiliation === 'publish-only') return false;
  if (affiliation !== 'none' || found.config.accessModel === 'open') return true;
  if (found.config.accessModel === 'presence') return who.seesPresence;
  if (found.config.accessModel === 'authorize') {
    return found.subscriptionsOf(who.jid).some(({ state }) => state === 'subscribed');
  }
  return found.config.accessModel === 'roster' && who.groups.includes('Montagues');
}

describe('in any sequence of requests', () => {
  it.each([
    ['a person', personalDefaults],
    ['nobody in particular', sharedDefaults],
  ])('to a service of %s the rules of access hold, and the limits', (_, defaults) => {
    const isPersonal = defaults === personalDefaults;
    const deed = fc.tuple(fc.constantFrom('owner', 'owner', 'friend', 'guest', 'stranger'), request);
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const service = new PubsubService({ defaults, limits, isPersonal, accessModels });
        for (const [person, { type, namespace, children }] of deeds) {
          const relation = people[person];
          const [action] = children;
          const mayCreate = person === 'owner' || (!isPersonal && person === 'friend');
          if (relation === undefined || action === undefined) throw new Error('impossible');
          const name = String(action.attrs['node']);
          const target = service.node(name);
          const before = JSON.stringify([service.toStored(), target?.items]);
          const affiliation = relation.isOwner ? 'owner' : (target?.affiliations.get(relation.jid) ?? 'none');
          const readable = mayRead(service, name, relation);
          const outcome = operate(type, {
            service,
            ownerJid: isPersonal ? ownerJid : undefined,
            mayCreate,
            autoCreate: isPersonal,
            from: parseJid(`${relation.jid}/here`),
            relation,
            pubsub: el('pubsub', { xmlns: namespace }, children),
            now: '2026-01-01T00:00:00Z',
          });
          const after = JSON.stringify([service.toStored(), target?.items]);

          if (isStanzaError(outcome)) expect(after).toBe(before);
          else {
            const mayAsk = action.name === 'subscribe' && target?.config.accessModel === 'authorize';
            if (action.name === 'items' || action.name === 'subscribe') expect(readable || mayAsk).toBe(true);
            // A subscription that waits opens nothing.
            if (mayAsk) expect(mayRead(service, name, relation)).toBe(readable);
            if (namespace === pubsubNamespace.owner) expect(affiliation).toBe('owner');
            if (action.name === 'create') expect(mayCreate).toBe(true);
            if (action.name === 'publish') {
              expect(['outcast']).not.toContain(affiliation);
              if (affiliation === 'none') expect(target?.config.publishModel).not.toBe('publishers');
            }
          }
          const made = [...service.nodes];
          expect(made.length).toBeLessThanOrEqual(limits.nodes);
          expect(service.size).toBeLessThanOrEqual(limits.total);
          for (const one of made) {
            expect(one.items.length).toBeLessThanOrEqual(one.config.maxItems);
            expect(one.subscriptionCount).toBeLessThanOrEqual(limits.subscriptions);
            expect(one.affiliations.size).toBeLessThanOrEqual(limits.affiliations);
            if (!isPersonal) expect(one.owners).not.toEqual([]);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('counts what somebody is to an owner only at nodes of that owner', () => {
  const service = new PubsubService({ defaults: sharedDefaults, limits, isPersonal: false, accessModels });
  service.create('a', { ...sharedDefaults, accessModel: 'presence' }, ownerJid);
  const friend: Relation = { jid: 'romeo@verona.lit', isOwner: false, seesPresence: true, groups: [] };
  const reads = (contactOf: string): boolean =>
    !isStanzaError(service.readable('a', { ...friend, contactOf }));
  expect([ownerJid, 'tybalt@verona.lit'].map(reads)).toEqual([true, false]);
});
