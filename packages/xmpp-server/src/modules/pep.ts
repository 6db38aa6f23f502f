/**
 * Personal Eventing (XEP-0163): each account is a pubsub service (XEP-0060), whose nodes are made by publishing to them and are,
 * unless said otherwise, for those who may see its owner's presence. Who they are is the business of the roster.
 */
import { isStanzaError, makeJid, parseJid, stanzaError, type Element, type Jid } from '@conclave/signaling';
import type { IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { ClientInterest, ClientInterests } from './caps.js';
import { Audience } from './pep/audience.js';
import { PersonalDiscovery, type UsingAccount } from './pep/discovery.js';
import { ForeignListeners } from './pep/foreign-listeners.js';
import { pepOptions } from './pep/options.js';
import { accessModels, readingBarred } from './pubsub/access.js';
import { decide, isDecision, subscriptionNews } from './pubsub/approval.js';
import { pubsubNamespace } from './pubsub/namespaces.js';
import { personalDefaults } from './pubsub/node-config.js';
import { lastItem, notice, notification } from './pubsub/notification.js';
import { operate, pubsubFeatures } from './pubsub/operations.js';
import type { Item, PubsubNode } from './pubsub/node.js';
import { pacing } from './pubsub/pacing.js';
import { relationTo } from './pubsub/relation.js';
import { done, type Done } from './pubsub/request.js';
import type { NodeEvent, NodeRule, PubsubService } from './pubsub/service.js';
import { StoredServices } from './pubsub/stored-services.js';
import type { Roster } from './roster/roster.js';
import type { Rosters } from './roster/rosters.js';
import { meaning } from './roster/subscription.js';

/** Something has happened to a node of an account; it is stored, and its audience has been told. */
interface PersonalEvent {
  readonly account: Jid;
  readonly event: NodeEvent;
}

declare module '../host/host.js' {
  interface HostEvents {
    'personal-event': { payload: PersonalEvent; result: never };
    /** The owner's own request, before it is done: who answers it does it instead. */
    'personal-request': { payload: IqRequest; result: Promise<IqReply> };
  }
}

/** What the module offers to others. */
export interface PersonalEventing {
  /** The items of a node that a person (a bare JID) may read, the oldest first. */
  items(username: string, node: string, reader: Jid): Promise<readonly Item[]>;
  /** Does in the owner's name what a `<pubsub/>` asks for. */
  request(username: string, type: 'get' | 'set', pubsub: Element): Promise<IqReply>;
  /** Says what is special about nodes of a name; the returned function takes it back. */
  rule(node: string, rule: NodeRule): () => void;
}

export const pep = defineModule({
  name: 'pep',
  needs: ['roster', 'caps', 'disco'],
  options: pepOptions,
  load({ host, storage, onUnload, module }, limits): PersonalEventing {
    const rosters = module<Rosters>('roster');
    const interests = module<ClientInterests>('caps');
    const rules = new Map<string, NodeRule>();
    const services = new StoredServices(host, storage, {
      capacity: limits.cached,
      service: {
        defaults: personalDefaults,
        isPersonal: true,
        accessModels,
        rules,
        limits: {
          nodes: limits.maxNodes,
          nodesOfOne: limits.maxNodes,
          items: limits.maxItems,
          payload: limits.maxPayload,
          total: limits.maxTotal,
          subscriptions: limits.maxSubscriptions,
          affiliations: limits.maxAffiliations,
        },
      },
    });
    const foreign = new ForeignListeners(host, {
      rosters,
      interests,
      perContact: limits.foreignClientsPerContact,
      max: limits.foreignClients,
      listens: (account, client, nodes) => void showLast(account, client, nodes).catch(logFailure),
    });
    const audience = new Audience(host, interests, foreign);
    const { fanOut, pace } = pacing(limits);

    const using: UsingAccount = (username, act) =>
      new Promise((resolve, reject) => {
        const run = (roster: Roster | undefined): void =>
          services.use(username, (service) => resolve(act(service, roster)), reject);
        rosters.use(username, run, reject);
      });

    const tell = (account: Jid, roster: Roster, event: NodeEvent): void => {
      const { node } = event;
      if (!node.config.deliverNotifications) return;
      const message = notification(event, account.toString());
      const addresses = audience.of(account, roster, node);
      fanOut.sent(account.toString(), addresses.length);
      for (const to of addresses) audience.send(account, message, to);
    };

    const tellLast = (account: Jid, node: PubsubNode, to: Jid): void => {
      const item = node.lastItem;
      if (item !== undefined) audience.send(account, lastItem(node, item, account.toString()), to);
    };

    const perform = async (type: 'get' | 'set', account: Jid, from: Jid, pubsub: Element): Promise<IqReply> =>
      using(account.local ?? '', async (service, roster): Promise<IqReply> => {
        const relation = relationTo(account, roster, from);
        const outcome = operate(type, {
          service: service ?? services.empty(),
          ownerJid: account.toString(),
          from,
          relation,
          mayCreate: relation.isOwner,
          autoCreate: true,
          pubsub,
          now: new Date().toISOString(),
        });
        if (isStanzaError(outcome)) return outcome;
        if (service !== undefined && roster !== undefined && type === 'set') {
          await conclude(account, service, roster, outcome);
        }
        return outcome.reply;
      });

    const conclude = async (
      account: Jid,
      service: PubsubService,
      roster: Roster,
      { events, subscribed, notices = [] }: Done,
    ): Promise<void> => {
      await services.save(account.local ?? '', service);
      for (const { to, payload } of notices) {
        audience.send(account, notice(payload, account.toString()), parseJid(to));
      }
      for (const event of events) {
        tell(account, roster, event);
        host.hooks.emit('personal-event', { account, event });
      }
      if (subscribed !== undefined && subscribed.node.config.sendLastItem !== 'never') {
        tellLast(account, subscribed.node, subscribed.address);
      }
    };

    /** The owner says whether somebody may subscribe (s.8.6 of XEP-0060), to the account and to nobody else. */
    const hearDecision = async (account: Jid, message: Element): Promise<void> =>
      using(account.local ?? '', async (service, roster) => {
        if (service === undefined || roster === undefined) return;
        const decided = decide(service, relationTo(account, roster, account), message);
        if (decided === undefined) return;
        const { node, subscription } = decided;
        const told = { to: subscription.jid, payload: subscriptionNews(node, subscription) };
        const address = parseJid(subscription.jid);
        const granted = subscription.state === 'subscribed' ? { subscribed: { node, address } } : {};
        await conclude(account, service, roster, { ...done(), notices: [told], ...granted });
      });

    const handle = (request: IqRequest): IqReply | Promise<IqReply> => {
      const { type, from, to, payload } = request;
      const account = to.bare;
      // Whoever makes the server speak to many has to wait when that was too much.
      if (type === 'set' && !fanOut.admits(account.toString())) return stanzaError('resource-constraint');
      // A short question can have a long answer.
      const person = from.bare.toString();
      if (type === 'get' && !pace.admits(person)) return stanzaError('resource-constraint');
      if (from.bare.equals(account)) {
        const answered = host.hooks.emit('personal-request', request);
        if (answered !== undefined) return answered;
      }
      const reply = perform(type, account, from, payload);
      if (type === 'set') return reply;
      return reply.then((found) => {
        if (found !== null && !isStanzaError(found)) pace.sent(person, found.toString().length);
        return found;
      });
    };

    /** What was published last, to a client that has just come to listen: by its own account, and by those it sees. */
    const catchUp = async ({ session, nodes }: ClientInterest): Promise<void> => {
      const listener = session.jid;
      const sources = await using(listener.local ?? '', (_, roster) =>
        [...(roster?.contacts ?? [])]
          .filter(({ state }) => meaning(state).sees)
          .map(({ jid }) => parseJid(jid))
          .filter(({ domain }) => domain === host.name),
      );
      for (const account of [listener.bare, ...sources]) await showLast(account, listener, nodes);
    };

    const showLast = (account: Jid, listener: Jid, names: Iterable<string>): Promise<void> =>
      using(account.local ?? '', (service, roster) => {
        const relation = relationTo(account, roster, listener);
        for (const name of names) {
          const node = service?.node(name);
          if (node?.config.sendLastItem !== 'on_sub_and_presence') continue;
          if (readingBarred(node.standing(relation), node.config) === undefined)
            tellLast(account, node, listener);
        }
      });

    /** Somebody may see the account from now on, and so its nodes. */
    const show = async (account: Jid, contact: Jid): Promise<void> => {
      const names = await using(account.local ?? '', (service) =>
        [...(service?.nodes ?? [])].map(({ name }) => name),
      );
      for (const session of host.sessions(contact)) {
        const wanted = names.filter((name) => interests.wants(session, name));
        await showLast(account, session.jid, wanted);
      }
      foreign.shown(account, contact);
    };

    const logFailure = (error: unknown): void =>
      host.log.error({ err: error }, 'personal events could not be sent');

    const discovery = new PersonalDiscovery(using, () => services.empty());
    onUnload(host.disco.identity({ category: 'pubsub', type: 'pep' }));
    onUnload(host.disco.accountIdentity({ category: 'pubsub', type: 'pep' }));
    for (const feature of pubsubFeatures('personal', accessModels)) {
      onUnload(host.disco.feature(feature));
      onUnload(host.disco.accountFeature(feature));
    }
    onUnload(
      host.hooks.on('message', ({ stanza, from, to }) => {
        if (!from.bare.equals(to) || !isDecision(stanza)) return undefined;
        hearDecision(to, stanza).catch(logFailure);
        return true;
      }),
    );
    onUnload(host.hooks.on('account-items', (request) => discovery.list(request)));
    onUnload(
      host.hooks.on('disco-node', (question) =>
        question.request.to.local === undefined ? undefined : discovery.describe(question),
      ),
    );
    for (const address of ['account', 'foreign-account'] as const) {
      for (const namespace of [pubsubNamespace.requests, pubsubNamespace.owner]) {
        onUnload(host.iq.handle(address, 'get', 'pubsub', namespace, handle));
        onUnload(host.iq.handle(address, 'set', 'pubsub', namespace, handle));
      }
    }
    onUnload(host.hooks.on('client-interest', (event) => void catchUp(event).catch(logFailure)));
    onUnload(
      host.hooks.on('contact-changed', ({ account, contact, before, after }) => {
        const { isSeen, sees } = meaning(after);
        if (isSeen && !meaning(before).isSeen) void show(account, contact).catch(logFailure);
        if (!isSeen && !sees) foreign.parted(account, contact);
      }),
    );
    for (const kind of ['presence', 'message'] as const) {
      onUnload(
        host.hooks.on(
          kind,
          (event): undefined => {
            foreign.read(event);
            return undefined;
          },
          // Before those that deal with it.
          50,
        ),
      );
    }
    onUnload(host.hooks.on('account-removed', ({ username, until }) => until(services.takeLeave(username))));
    return {
      items: (username, name, reader) =>
        using(username, (service, roster) => {
          const node = service?.readable(name, relationTo(makeJid(username, host.name), roster, reader));
          return node === undefined || isStanzaError(node) ? [] : node.items;
        }),
      request: (username, type, pubsub) => {
        const account = makeJid(username, host.name);
        return perform(type, account, account, pubsub);
      },
      rule: (node, rule) => {
        rules.set(node, rule);
        return () => void rules.delete(node);
      },
    };
  },
});
