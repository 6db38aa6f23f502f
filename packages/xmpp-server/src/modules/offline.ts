/** Offline messages (XEP-0160): what nobody is there to read is kept until somebody is, with respect to hints (XEP-0334). */
import { z } from 'zod';
import { el, errorReply, NS, stanzaError, type Element } from '@conclave/signaling';
import { parse } from 'ltx';
import type { ClientPresence, Handled, StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { InTurn } from '../storage/in-turn.js';
import { stanzaXml } from '../stream/serialize.js';
import { withAttributes } from '../stream/with-attributes.js';
import { hasHint, isForReading, isMomentary } from './message/content.js';

const options = z.strictObject({
  /** Messages kept for an account. */
  maxMessages: z.int().nonnegative().default(200),
  /** Characters of all of them together. */
  maxSize: z
    .int()
    .nonnegative()
    .default(1024 * 1024),
});

export const offline = defineModule({
  name: 'offline',
  options,
  load({ host, storage, onUnload }, { maxMessages, maxSize }) {
    /** Whole stanzas, the oldest first. */
    const store = storage.keyval('offline', z.array(z.string()));
    const inTurn = new InTurn();

    const refuse = (stanza: Element): void =>
      host.route(errorReply(stanza, stanzaError('service-unavailable')));

    const keep = async (stanza: Element, username: string): Promise<void> => {
      // As if there were no such account to keep it for.
      if (!(await host.accountExists(username))) {
        refuse(stanza);
        return;
      }
      const messages = (await store.get(username)) ?? [];
      messages.push(stanzaXml(stanza));
      const size = messages.reduce((sum, { length }) => sum + length, 0);
      if (messages.length > maxMessages || size > maxSize) {
        refuse(stanza);
        return;
      }
      await store.set(username, messages);
    };

    const receive = ({ stanza, to }: StanzaEvent): Handled | undefined => {
      const username = to.local;
      if (username === undefined) return undefined;
      if (isMomentary(stanza) && !hasHint(stanza, 'store')) return true;
      if (hasHint(stanza, 'no-store') || hasHint(stanza, 'no-permanent-store')) return undefined;
      if (!isForReading(stanza) && !hasHint(stanza, 'store')) return undefined;
      const delayed = late(stanza, host.name);
      inTurn
        .run(username, () => keep(delayed, username))
        .catch((error: unknown) => {
          host.log.error({ err: error, username }, 'an offline message could not be stored');
          host.route(errorReply(stanza, stanzaError('internal-server-error')));
        });
      return true;
    };

    /** To the first session that takes messages for the account (s.3). */
    const handOver = ({ session, before }: ClientPresence): void => {
      const username = session.jid.local;
      const isWilling = (priority = -1): boolean => priority >= 0;
      if (username === undefined || isWilling(before) || !isWilling(session.priority)) return;
      inTurn
        .run(username, async () => {
          const messages = await store.get(username);
          if (messages === undefined || !isWilling(session.priority)) return;
          await store.remove(username);
          for (const message of messages) session.send(parse(message));
        })
        .catch((error: unknown) => {
          host.log.error({ err: error, username }, 'offline messages could not be read');
        });
    };

    onUnload(host.disco.feature('msgoffline'));
    onUnload(host.hooks.on('undelivered-message', receive));
    // After all presence.
    onUnload(host.hooks.on('client-presence', handOver, -20));
  },
});

/** Says when the message came (XEP-0203). */
function late(stanza: Element, host: string): Element {
  const copy = withAttributes(stanza, {});
  const stamp = new Date().toISOString();
  copy.children = [...stanza.children, el('delay', { xmlns: NS.delay, from: host, stamp })];
  return copy;
}
