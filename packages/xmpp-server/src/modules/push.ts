/**
 * Push Notifications (XEP-0357): when something comes for an account whose clients are not connected, the push services of its clients are
 * told, so that they can wake them. They learn that there is something and how much, not what, nor from whom.
 */
import {
  attribute,
  el,
  encodeDataForm,
  formTypeField,
  isStanzaError,
  NS,
  type Element,
  type Jid,
} from '@conclave/signaling';
import { parse } from 'ltx';
import { z } from 'zod';
import type { IqReply, IqRequest, MessageDelivery, StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import { isForReading } from './message/content.js';
import { Patience } from './push/patience.js';
import { decodeEnable, pushService, Registrations, type Registration } from './push/registrations.js';

const namespace = 'urn:xmpp:push:0';
const pubsub = 'http://jabber.org/protocol/pubsub';

const count = z.int().positive();
const options = z.strictObject({
  /** Push services of an account. */
  maxRegistrations: count.default(5),
  /** Errors in a row after which a push service is forgotten. */
  maxErrors: count.default(16),
  /** Milliseconds that messages are gathered for one notification. */
  gather: count.default(1_000),
  /** Milliseconds that a push service is left alone after its first error, and at most. */
  firstPause: count.default(5_000),
  longestPause: count.default(3_600_000),
});

export const push = defineModule({
  name: 'push',
  options,
  load({ host, storage, onUnload }, settings) {
    const registrations = new Registrations(storage, settings.maxRegistrations);
    const patience = new Patience({
      first: settings.firstPause,
      longest: settings.longestPause,
      most: settings.maxErrors,
    });
    /** Messages of each account that its push services are about to be told of. */
    const waiting = new Map<string, { messages: number; readonly timer: NodeJS.Timeout }>();
    const logFailure = (error: unknown): void => host.log.error({ err: error }, 'a push notification failed');

    const tell = async (
      account: Jid,
      username: string,
      service: Registration,
      messages: number,
    ): Promise<void> => {
      const key = JSON.stringify([username, service.jid, service.node]);
      if (!patience.mayTry(key, Date.now())) return;
      const answer = await host.request(notification(account, service, messages));
      if (attribute(answer, 'type') === 'result') {
        patience.succeeded(key);
        return;
      }
      if (patience.failed(key, Date.now())) return;
      host.log.info(
        { username, service: service.jid },
        'a push service has failed too often, and is forgotten',
      );
      await registrations.remove(username, service.jid, service.node);
    };

    const tellAll = async (account: Jid, username: string, messages: number): Promise<void> => {
      for (const service of await registrations.of(username)) {
        tell(account, username, service, messages).catch(logFailure);
      }
    };

    const note = ({ to, stanza }: StanzaEvent): void => {
      const username = to.local;
      if (username === undefined || !isForReading(stanza)) return;
      const entry = waiting.get(username);
      if (entry !== undefined) {
        entry.messages++;
        return;
      }
      const send = (): void => {
        const messages = waiting.get(username)?.messages ?? 1;
        waiting.delete(username);
        tellAll(to.bare, username, messages).catch(logFailure);
      };
      waiting.set(username, { messages: 1, timer: setTimeout(send, settings.gather).unref() });
    };

    const noteIfAsleep = ({ event, sessions }: MessageDelivery): void => {
      if (sessions.some(({ isAsleep }) => isAsleep)) note(event);
    };

    const enable = async ({ from, payload }: IqRequest): Promise<IqReply> => {
      const registration = decodeEnable(payload, from);
      if (isStanzaError(registration)) return registration;
      await registrations.add(from.local ?? '', registration);
      return null;
    };
    const disable = async ({ from, payload }: IqRequest): Promise<IqReply> => {
      const jid = pushService(payload, from);
      if (isStanzaError(jid)) return jid;
      await registrations.remove(from.local ?? '', jid, attribute(payload, 'node'));
      return null;
    };

    onUnload(host.disco.accountFeature(namespace));
    onUnload(host.iq.handle('account', 'set', 'enable', namespace, enable));
    onUnload(host.iq.handle('account', 'set', 'disable', namespace, disable));
    // Before it is stored, since that ends the matter.
    onUnload(
      host.hooks.on(
        'undelivered-message',
        (event) => {
          note(event);
          return undefined;
        },
        10,
      ),
    );
    onUnload(host.hooks.on('delivered-message', noteIfAsleep));
    onUnload(() => {
      for (const { timer } of waiting.values()) clearTimeout(timer);
    });
  },
});

/** A notification with its summary (s.6, s.7). */
function notification(account: Jid, { jid, node, options: given }: Registration, messages: number): Element {
  const field = (name: string, value: string) => ({ var: name, values: [value] });
  const summary = encodeDataForm({
    type: 'submit',
    fields: [
      formTypeField('urn:xmpp:push:summary'),
      field('message-count', String(messages)),
      // Some services show it as it is.
      field('last-message-body', 'New message'),
    ],
  });
  const item = el('item', {}, el('notification', { xmlns: namespace }, summary));
  return el(
    'iq',
    { xmlns: NS.client, type: 'set', from: account.toString(), to: jid },
    el(
      'pubsub',
      { xmlns: pubsub },
      el('publish', { node: node === '' ? undefined : node }, item),
      given === '' ? undefined : el('publish-options', {}, parse(given)),
    ),
  );
}
