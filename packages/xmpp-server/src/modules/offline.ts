/** Offline messages (XEP-0160): what nobody is there to read is kept until somebody is, with respect to hints (XEP-0334). */
import { z } from 'zod';
import { el, errorReply, NS, stanzaError, type Element } from '@conclave/signaling';
import { parse } from 'ltx';
import type { ClientPresence, Handled, StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { ClientSession } from '../session/client-session.js';
import { InTurn } from '../storage/in-turn.js';
import { timeOrderedId } from '../storage/time-ordered-id.js';
import { stanzaXml } from '../stream/serialize.js';
import { withAttributes } from '../stream/with-attributes.js';
import { hasHint, isForReading, isMomentary } from './message/content.js';

declare module '../host/host.js' {
  interface HostEvents {
    /** A session is about to get the offline messages of its account; `true`: it reads them elsewhere, they can go. */
    'offline-messages-due': { payload: ClientSession; result: Handled };
  }
}

const options = z.strictObject({
  /** Messages kept for an account. */
  maxMessages: z.int().nonnegative().default(200),
  /** Characters of a message. */
  maxSize: z
    .int()
    .nonnegative()
    .default(64 * 1024),
});

export const offline = defineModule({
  name: 'offline',
  options,
  load({ host, storage, onUnload }, { maxMessages, maxSize }) {
    const store = storage.archive('offline');
    const inTurn = new InTurn();

    const keep = async (stanza: Element, sender: string, username: string): Promise<void> => {
      const value = stanzaXml(stanza);
      const isKept =
        value.length <= maxSize &&
        // As if there were no room, when there is no such account to keep it for.
        (await host.accountExists(username)) &&
        (await store.count(username, {})) < maxMessages;
      if (isKept) await store.append(username, { id: timeOrderedId(), with: sender, value });
      else host.route(errorReply(stanza, stanzaError('service-unavailable')));
    };

    const receive = ({ stanza, from, to }: StanzaEvent): Handled | undefined => {
      const username = to.local;
      if (username === undefined) return undefined;
      if (isMomentary(stanza) && !hasHint(stanza, 'store')) return true;
      if (hasHint(stanza, 'no-store') || hasHint(stanza, 'no-permanent-store')) return undefined;
      if (!isForReading(stanza) && !hasHint(stanza, 'store')) return undefined;
      const delayed = late(stanza, host.name);
      inTurn
        .run(username, () => keep(delayed, from.toString(), username))
        .catch((error: unknown) => {
          host.log.error({ err: error, username }, 'an offline message could not be stored');
          host.route(errorReply(stanza, stanzaError('internal-server-error')));
        });
      return true;
    };

    const handOver = async (session: ClientSession, username: string): Promise<void> => {
      const messages = await store.find(username, {});
      if (messages.length === 0 || !isWilling(session.priority)) return;
      const isNeeded = host.hooks.emit('offline-messages-due', session) === undefined;
      await store.remove(username, {});
      if (!isNeeded) return;
      for (const { value } of messages) session.send(parse(value));
    };

    /** To the first session that takes messages for the account (s.3). */
    const becomeAvailable = ({ session, before }: ClientPresence): void => {
      const username = session.jid.local;
      if (username === undefined || isWilling(before) || !isWilling(session.priority)) return;
      inTurn
        .run(username, () => handOver(session, username))
        .catch((error: unknown) => {
          host.log.error({ err: error, username }, 'offline messages could not be read');
        });
    };

    onUnload(host.disco.feature('msgoffline'));
    onUnload(host.hooks.on('undelivered-message', receive));
    onUnload(host.hooks.on('stopping', ({ until }) => until(inTurn.settled())));
    // After all presence.
    onUnload(host.hooks.on('client-presence', becomeAvailable, -20));
  },
});

function isWilling(priority = -1): boolean {
  return priority >= 0;
}

/** Says when the message came (XEP-0203). */
function late(stanza: Element, host: string): Element {
  const copy = withAttributes(stanza, {});
  const stamp = new Date().toISOString();
  copy.children = [...stanza.children, el('delay', { xmlns: NS.delay, from: host, stamp })];
  return copy;
}
