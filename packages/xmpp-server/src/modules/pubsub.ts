/**
 * Publish-Subscribe (XEP-0060) as a service of its own: nodes that belong to those who make them. Who may is said by domain;
 * administrators are owners of all.
 */
import { z } from 'zod';
import {
  attribute,
  el,
  encodeDataForm,
  isStanzaError,
  NS,
  parseJid,
  stanzaError,
  tryParseJid,
  type Element,
  type Jid,
} from '@conclave/signaling';
import type { IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { withAttributes } from '../stream/with-attributes.js';
import { onAccountRemoval } from './account-removals.js';
import type { NodeQuestion } from './disco.js';
import { accessModels, contactModels, readingBarred } from './pubsub/access.js';
import { decide, isDecision, subscriptionNews } from './pubsub/approval.js';
import { pubsubNamespace } from './pubsub/namespaces.js';
import { metaData, sharedDefaults } from './pubsub/node-config.js';
import { lastItem, notice, notification } from './pubsub/notification.js';
import { operate, pubsubFeatures, requested } from './pubsub/operations.js';
import { contactsMeant, Owners } from './pubsub/owners.js';
import { pacing, pacingOptions } from './pubsub/pacing.js';
import { done, type Done } from './pubsub/request.js';
import type { NodeEvent, PubsubService } from './pubsub/service.js';
import { StoredService } from './pubsub/stored-service.js';

const options = z.strictObject({
  /** Hosts of this server whose accounts may make nodes. */
  domains: z.array(z.string()).default([]),
  /** Bare JIDs of those who may do anything to any node. */
  admins: z
    .array(z.string().refine((value) => tryParseJid(value)?.isBare === true, 'not the address of an account'))
    .default([]),
  /** Nodes: of one owner, and all. */
  maxNodesOfOne: z.int().positive().default(50),
  maxNodes: z.int().positive().default(5000),
  maxItems: z.int().positive().default(256),
  /** Characters of a payload, and of everything that is published here. */
  maxPayload: z
    .int()
    .positive()
    .default(64 * 1024),
  maxTotal: z
    .int()
    .positive()
    .default(32 * 1024 * 1024),
  /** Subscriptions to a node, and affiliations of it. */
  maxSubscriptions: z.int().positive().default(2000),
  maxAffiliations: z.int().positive().default(500),
  ...pacingOptions,
  /** Nodes that service discovery lists. */
  maxListed: z.int().positive().default(500),
});

export const pubsub = defineModule({
  name: 'pubsub',
  needs: ['disco'],
  options,
  load({ host, storage, onUnload, neighbour }, settings) {
    const self = parseJid(host.name);
    const admins = new Set(settings.admins.map((admin) => parseJid(admin).toString()));
    const owners = new Owners(neighbour, settings.domains, admins);
    const stored = new StoredService(storage, {
      defaults: sharedDefaults,
      isPersonal: false,
      accessModels,
      knowsContactsOf: (owner) => owners.haveContactsOf(owner),
      limits: {
        nodes: settings.maxNodes,
        nodesOfOne: settings.maxNodesOfOne,
        items: settings.maxItems,
        payload: settings.maxPayload,
        total: settings.maxTotal,
        subscriptions: settings.maxSubscriptions,
        affiliations: settings.maxAffiliations,
      },
    });
    const { fanOut, pace } = pacing(settings);

    const mayCreate = (somebody: Jid): boolean =>
      admins.has(somebody.bare.toString()) ||
      (somebody.local !== undefined && settings.domains.includes(somebody.domain));

    const send = (message: Element, to: string): void => {
      const stanza = withAttributes(message, { to });
      host.pass({ stanza, from: self, to: parseJid(to), origin: undefined });
    };

    /** What somebody may read is asked anew each time: a subscription outlasts the right to it. */
    const tell = async (event: NodeEvent, publisher: string): Promise<void> => {
      const { node } = event;
      if (!node.config.deliverNotifications) return;
      const message = notification(event, host.name);
      const owner = contactsMeant(node);
      const relationOf = owner === undefined ? owners.relationOf : await owners.relationsTo(owner);
      const addresses = node
        .listeners()
        .filter((jid) => readingBarred(node.standing(relationOf(parseJid(jid))), node.config) === undefined);
      fanOut.sent(publisher, addresses.length);
      for (const to of addresses) send(message, to);
    };

    const conclude = async (
      service: PubsubService,
      person: string,
      { events, notices = [], subscribed }: Done,
    ): Promise<void> => {
      await stored.save(service);
      for (const event of events) await tell(event, person).catch(logFailure);
      for (const { to, payload } of notices) send(notice(payload, host.name), to);
      if (subscribed === undefined || subscribed.node.config.sendLastItem === 'never') return;
      const { node, address } = subscribed;
      const item = node.lastItem;
      if (item !== undefined) send(lastItem(node, item, host.name), address.toString());
    };

    const perform = async ({ type, from, payload, origin }: IqRequest): Promise<IqReply> => {
      const person = from.bare.toString();
      // Who is somebody else the next time can read, and leave nothing behind (s.6.1.3.6).
      if (type === 'set' && origin?.anonymous === true) return stanzaError('forbidden');
      // Whoever makes the server speak to many has to wait when that was too much; and a short question can have a long answer.
      if (!(type === 'set' ? fanOut : pace).admits(person)) return stanzaError('resource-constraint');
      const wish = requested(type, payload);
      if (isStanzaError(wish)) return wish;
      return owners.using(stored, attribute(wish.action, 'node'), async (service, relationOf) => {
        const outcome = operate(type, {
          service,
          ownerJid: undefined,
          from,
          relation: relationOf(from),
          mayCreate: mayCreate(from),
          autoCreate: false,
          pubsub: payload,
          now: new Date().toISOString(),
        });
        if (isStanzaError(outcome)) return outcome;
        if (type === 'set') await conclude(service, person, outcome);
        else if (outcome.reply !== null) pace.sent(person, outcome.reply.toString().length);
        return outcome.reply;
      });
    };

    const hearDecision = async (from: Jid, message: Element): Promise<void> => {
      const service = await stored.get();
      const decided = decide(service, owners.relationOf(from), message);
      if (decided === undefined) return;
      const { node, subscription } = decided;
      const told = { to: subscription.jid, payload: subscriptionNews(node, subscription) };
      const address = parseJid(subscription.jid);
      const granted = subscription.state === 'subscribed' ? { subscribed: { node, address } } : {};
      await conclude(service, from.bare.toString(), { ...done(), notices: [told], ...granted });
    };

    /** Nodes that are left without an owner go. */
    const forget = async (account: string): Promise<void> => {
      const service = await stored.get();
      service.forget(account);
      await stored.save(service);
    };

    /** To list those of people whose contact somebody is, all rosters would have to be read: they are found by their names. */
    const nodes = async ({ from }: IqRequest): Promise<readonly Element[]> => {
      const service = await stored.get();
      return service
        .visible(owners.relationOf(from))
        .slice(0, settings.maxListed)
        .map(({ name, config: { title } }) =>
          el('item', { jid: host.name, node: name, name: title === '' ? undefined : title }),
        );
    };

    const describe = ({ kind, node: name, request: { from } }: NodeQuestion): Promise<IqReply> =>
      owners.using(stored, name, (service, relationOf): IqReply => {
        const relation = relationOf(from);
        if (kind === 'items') {
          const node = service.readable(name, relation);
          if (isStanzaError(node)) return node;
          const entries = node.items.map(({ id }) => el('item', { jid: host.name, name: id }));
          return el('query', { xmlns: NS.discoItems, node: name }, entries);
        }
        const node = service.subscribable(name, relation);
        if (isStanzaError(node)) return node;
        return el(
          'query',
          { xmlns: NS.discoInfo, node: name },
          el('identity', { category: 'pubsub', type: 'leaf' }),
          el('feature', { var: pubsubNamespace.requests }),
          encodeDataForm(metaData(node.config, node)),
        );
      });

    const logFailure = (error: unknown): void =>
      host.log.error({ err: error }, 'subscribers could not be told');

    onAccountRemoval({ neighbour, onUnload }, settings.domains, forget);
    onUnload(host.disco.identity({ category: 'pubsub', type: 'service' }));
    const offered = accessModels.filter((model) => owners.haveContacts || !contactModels.includes(model));
    for (const feature of pubsubFeatures('shared', offered)) onUnload(host.disco.feature(feature));
    onUnload(host.hooks.on('host-items', nodes));
    onUnload(host.hooks.on('disco-node', describe));
    for (const namespace of [pubsubNamespace.requests, pubsubNamespace.owner]) {
      onUnload(host.iq.handle('host', 'get', 'pubsub', namespace, perform));
      onUnload(host.iq.handle('host', 'set', 'pubsub', namespace, perform));
    }
    onUnload(
      host.hooks.on('message', ({ stanza, from, to }) => {
        if (!to.equals(self) || !isDecision(stanza)) return undefined;
        hearDecision(from, stanza).catch((error: unknown) =>
          host.log.error({ err: error }, 'a decision on a subscription was lost'),
        );
        return true;
      }),
    );
  },
});
