/**
 * What service discovery would tell a client of conferences, said unasked just before it learns its address (Jitsi's `jiconop`): lib-jitsi-meet
 * reads it until then, and asks nothing. Other clients are told nothing: only Jitsi's name the room that a connection is for.
 */
import { el, type Element, isStanzaError, makeJid, NS } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type {} from '../modules/disco.js';
import type { ClientSession } from '../session/client-session.js';

/** Components that clients ask about themselves, at a node of the same name as the type. */
const askedThemselves: ReadonlySet<string> = new Set(['lobbyrooms', 'breakout_rooms']);

const options = z.strictObject({
  /** The host whose service discovery names the components. */
  of: z.string(),
});

export const discoveryAtLogin = defineModule<z.output<typeof options>>({
  name: 'discovery-at-login',
  options,
  load(context, { of }) {
    const featuresOf = (component: string, node: string, session: ClientSession): readonly Element[] => {
      const payload = el('query', { xmlns: NS.discoInfo, node });
      const [from, to] = [session.jid, makeJid(undefined, component)];
      const stanza = el('iq', { type: 'get', from: from.toString(), to: component }, payload);
      const request = { type: 'get', payload, stanza, from, to, origin: session } as const;
      const { hooks } = context.neighbour(component).host;
      const answer = hooks.emit('disco-node', { kind: 'info', node, request });
      const isKnown = typeof answer === 'object' && answer !== null && !(answer instanceof Promise);
      return isKnown && !isStanzaError(answer) ? answer.getChildren('feature') : [];
    };

    context.onUnload(
      context.host.hooks.on('session-binding', (session) => {
        if (session.conference?.room === undefined) return;
        const { identities, features } = context.neighbour(of).host.disco;
        const told = el(
          'query',
          { xmlns: NS.discoInfo },
          identities.map(({ category, type, name }) => el('identity', { category, type, name })),
          features.map((feature) => el('feature', { var: feature })),
          identities.flatMap(({ type, name }) =>
            name !== undefined && askedThemselves.has(type) ? featuresOf(name, type, session) : [],
          ),
        );
        session.send(el('message', { from: of, to: session.jid.toString() }, told));
      }),
    );
  },
});
