/**
 * Entity Capabilities (XEP-0115): what the server can do stands in its stream features as a hash; and what clients can do is
 * looked up from the hash in their presence, as far as it says which nodes they want to hear of (XEP-0060 s.9.1, `+notify`).
 */
import { z } from 'zod';
import { attribute, decodeCaps, el, encodeCaps, NS, type Element, type Jid } from '@conclave/signaling';
import type { ClientPresence } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { ClientSession } from '../session/client-session.js';
import { Announcement } from './caps/announcement.js';
import { InterestCache } from './caps/interest-cache.js';

/** A client has come online, or has a wider interest than before. */
export interface ClientInterest {
  readonly session: ClientSession;
  /** The nodes that it wants to hear of from now on. */
  readonly nodes: ReadonlySet<string>;
}

declare module '../host/host.js' {
  interface HostEvents {
    'client-interest': { payload: ClientInterest; result: never };
  }
}

/** What the module offers to others. */
export interface ClientInterests {
  /** Whether an available client wants to hear of a node. */
  wants(session: ClientSession, node: string): boolean;
  /**
   * Follows what a client that is not ours announces; who follows it tells it. `asker`, an address of this host, asks it what that
   * means. @param learned told each time it wants to hear of further nodes
   */
  follow(client: Jid, asker: Jid, learned: (nodes: ReadonlySet<string>) => void): Announcement;
}

/** Questions to clients of one domain that are not ours, that may be open at a time. */
const foreignQuestions = 16;

export const caps = defineModule({
  name: 'caps',
  needs: ['disco'],
  options: z.strictObject({
    /** Names the software: a URI. */
    node: z.string().default('https://conclave.invalid/xmpp-server'),
    /** Hashes whose meaning is remembered. */
    cached: z.int().positive().default(1000),
    /** Nodes that one client may want to hear of. */
    maxInterests: z.int().positive().default(128),
  }),
  load({ host, onUnload }, { node, cached, maxInterests }): ClientInterests {
    const sessions = new WeakMap<ClientSession, Announcement>();
    const known = new InterestCache(cached);
    /** By domain, how many are open. */
    const foreign = new Map<string, number>();

    let own: { readonly revision: number; readonly element: Element } | undefined;
    /** Hashed anew only when the host can do something else than before: every stream that opens has it. */
    const ownCaps = (): Element => {
      const { revision } = host.disco;
      if (own?.revision !== revision) {
        const { identities, features, forms } = host.disco;
        own = { revision, element: encodeCaps(node, { identities, features, forms }) };
      }
      return own.element;
    };

    const ask = (from: Jid | string, to: Jid, query: Element): Promise<Element> =>
      host.request(
        el('iq', { xmlns: NS.client, type: 'get', from: from.toString(), to: to.toString() }, query),
      );
    /** A domain whose clients never answer keeps no others waiting. */
    const askForeign = async (from: Jid, to: Jid, query: Element): Promise<Element | undefined> => {
      const open = foreign.get(to.domain) ?? 0;
      if (open >= foreignQuestions) return undefined;
      foreign.set(to.domain, open + 1);
      const reply = await ask(from, to, query);
      const left = (foreign.get(to.domain) ?? 1) - 1;
      if (left === 0) foreign.delete(to.domain);
      else foreign.set(to.domain, left);
      return reply;
    };
    const failed = (error: unknown): void =>
      host.log.error({ err: error }, 'what a client can do could not be found out');

    const announcementOf = (session: ClientSession): Announcement => {
      const found = sessions.get(session);
      if (found !== undefined) return found;
      const made = new Announcement({
        known,
        maxInterests,
        ask: (query) => ask(host.name, session.jid, query),
        learned: (nodes) => host.hooks.emit('client-interest', { session, nodes }),
        failed,
      });
      sessions.set(session, made);
      return made;
    };
    const read = ({ session, stanza }: ClientPresence): void => {
      if (attribute(stanza, 'type') === 'unavailable') sessions.get(session)?.say(undefined);
      else announcementOf(session).say(decodeCaps(stanza));
    };

    // After the presences that the client gets, and its contacts.
    onUnload(host.hooks.on('client-presence', read, -20));
    onUnload(host.streamFeatures.add(ownCaps));
    onUnload(
      host.hooks.on('disco-node', ({ kind, node: asked, request }) => {
        const isOwn = kind === 'info' && request.to.local === undefined && asked.startsWith(`${node}#`);
        return isOwn && asked === `${node}#${attribute(ownCaps(), 'ver') ?? ''}` ? 'as-without' : undefined;
      }),
    );
    onUnload(host.disco.feature(NS.caps));
    return {
      wants: (session, name) => session.presence !== undefined && sessions.get(session)?.wants(name) === true,
      follow: (client, asker, learned) =>
        new Announcement({
          known,
          maxInterests,
          ask: (query) => askForeign(asker, client, query),
          learned,
          failed,
        }),
    };
  },
});
