/**
 * Entity Capabilities (XEP-0115): what the server can do stands in its stream features as a hash; and what clients can do is
 * looked up from the hash in their presence, as far as it says which nodes they want to hear of (XEP-0060 s.9.1, `+notify`).
 */
import { z } from 'zod';
import {
  attribute,
  capsMatch,
  decodeCaps,
  decodeDiscoInfo,
  el,
  encodeCaps,
  NS,
  SignalingError,
  type Caps,
  type DiscoInfo,
  type Element,
} from '@conclave/signaling';
import type { ClientPresence } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { ClientSession } from '../session/client-session.js';
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
}

/** Of one session: what it announces, and what of that has been looked up. */
interface Announced {
  /** undefined: nothing. */
  caps: Caps | undefined;
  nodes: ReadonlySet<string>;
  isAsking: boolean;
}

const nothing: ReadonlySet<string> = new Set();

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
    const sessions = new WeakMap<ClientSession, Announced>();
    const known = new InterestCache(cached);

    let own: { readonly revision: number; readonly element: Element } | undefined;
    /** Hashed anew only when the host can do something else than before: every stream that opens has it. */
    const ownCaps = (): Element => {
      const { revision, identities, features, forms } = host.disco;
      if (own?.revision !== revision) {
        own = { revision, element: encodeCaps(node, { identities, features, forms }) };
      }
      return own.element;
    };

    const learn = (session: ClientSession, announced: Announced, nodes: ReadonlySet<string>): void => {
      const before = announced.nodes;
      announced.nodes = nodes;
      const fresh = new Set([...nodes].filter((name) => !before.has(name)));
      if (fresh.size > 0) host.hooks.emit('client-interest', { session, nodes: fresh });
    };

    /** One question at a time: a client that announces something else all the while is asked when it has answered. */
    const ask = async (session: ClientSession, announced: Announced, asked: Caps): Promise<void> => {
      announced.isAsking = true;
      const query = el('query', { xmlns: NS.discoInfo, node: `${asked.node}#${asked.ver}` });
      const to = session.jid.toString();
      const reply = await host.request(
        el('iq', { xmlns: NS.client, type: 'get', from: host.name, to }, query),
      );
      announced.isAsking = false;
      const info = infoOf(reply);
      const nodes = info === undefined ? nothing : interestsOf(info, maxInterests);
      // Kept for everybody only if it is what the hash stands for (s.5.4): nobody speaks for others.
      if (info !== undefined && asked.hash === 'sha-1' && capsMatch(info, asked.ver))
        known.set(asked.ver, nodes);
      if (session.presence === undefined) return;
      if (announced.caps?.ver === asked.ver) learn(session, announced, nodes);
      else look(session, announced);
    };

    const look = (session: ClientSession, announced: Announced): void => {
      const wanted = announced.caps;
      if (wanted === undefined) {
        announced.nodes = nothing;
        return;
      }
      const nodes = wanted.hash === 'sha-1' ? known.get(wanted.ver) : undefined;
      if (nodes !== undefined) learn(session, announced, nodes);
      else if (!announced.isAsking) {
        ask(session, announced, wanted).catch((error: unknown) =>
          host.log.error({ err: error }, 'what a client can do could not be found out'),
        );
      }
    };

    const read = ({ session, stanza, before }: ClientPresence): void => {
      if (attribute(stanza, 'type') === 'unavailable') {
        const gone = sessions.get(session);
        if (gone !== undefined) Object.assign(gone, { caps: undefined, nodes: nothing });
        return;
      }
      const announced = sessions.get(session) ?? { caps: undefined, nodes: nothing, isAsking: false };
      sessions.set(session, announced);
      const said = decodeCaps(stanza);
      if (before !== undefined && said?.ver === announced.caps?.ver && said?.node === announced.caps?.node)
        return;
      announced.caps = said;
      look(session, announced);
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
      wants: (session, name) =>
        session.presence !== undefined && sessions.get(session)?.nodes.has(name) === true,
    };
  },
});

function infoOf(reply: Element): DiscoInfo | undefined {
  const query = reply.getChild('query', NS.discoInfo);
  if (attribute(reply, 'type') !== 'result' || query === undefined) return undefined;
  try {
    return decodeDiscoInfo(query);
  } catch (error) {
    if (error instanceof SignalingError) return undefined;
    throw error;
  }
}

function interestsOf({ features }: DiscoInfo, max: number): ReadonlySet<string> {
  const suffix = '+notify';
  const nodes = features
    .filter((feature) => feature.endsWith(suffix))
    .map((feature) => feature.slice(0, -suffix.length));
  return new Set(nodes.slice(0, max));
}
