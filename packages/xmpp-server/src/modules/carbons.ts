/** Message Carbons (XEP-0280): the other clients of an account see what one of them sends and receives. */
import { z } from 'zod';
import { attribute, childElements, el, NS, stanzaError, type Element } from '@conclave/signaling';
import type { IqRequest, MessageDelivery, StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { ClientSession } from '../session/client-session.js';
import { withAttributes } from '../stream/with-attributes.js';
import { hasHint, isConversational, isOfRoom, messageType } from './message/content.js';

const namespace = 'urn:xmpp:carbons:2';
const rules = 'urn:xmpp:carbons:rules:0';

export const carbons = defineModule({
  name: 'carbons',
  options: z.strictObject({}),
  load({ host, onUnload }) {
    /** For as long as they last, resumptions included. */
    const enabled = new WeakSet<ClientSession>();
    /** Messages whose sender wants no copies made. */
    const secret = new WeakSet<StanzaEvent>();

    const toggle =
      (on: boolean) =>
      ({ origin }: IqRequest) => {
        if (origin === undefined) return stanzaError('not-allowed');
        if (on) enabled.add(origin);
        else enabled.delete(origin);
        return null;
      };

    const copy = (how: 'sent' | 'received', stanza: Element, sessions: readonly ClientSession[]): void => {
      for (const session of sessions) {
        const original = withAttributes(stanza, { xmlns: NS.client });
        const { bare } = session.jid;
        session.send(
          el(
            'message',
            {
              xmlns: NS.client,
              type: attribute(stanza, 'type'),
              from: bare.toString(),
              to: session.jid.toString(),
            },
            el(how, { xmlns: namespace }, el('forwarded', { xmlns: 'urn:xmpp:forward:0' }, original)),
          ),
        );
      }
    };

    const others = (account: ClientSession['jid'], except: readonly (ClientSession | undefined)[]) =>
      host.sessions(account).filter((session) => enabled.has(session) && !except.includes(session));

    const copySent = ({ stanza, from, to, origin }: StanzaEvent): undefined => {
      if (stanza.name !== 'message' || !isEligible(stanza) || to.bare.equals(from.bare)) return;
      copy('sent', stanza, others(from, [origin]));
    };

    const copyReceived = ({ event, sessions }: MessageDelivery): void => {
      const { stanza, from, to, origin } = event;
      // Errors of a full address concern the one session that it had talked to.
      const isError = messageType(stanza) === 'error' && from.isBare;
      if (secret.has(event) || isOfRoom(stanza) || !(isError || isEligible(stanza))) return;
      copy('received', stanza, others(to, [...sessions, origin]));
    };

    /** The wish for privacy is heeded here, and goes no further (s.6.1). */
    const heedPrivacy = (event: StanzaEvent): undefined => {
      if (!isPrivate(event.stanza)) return;
      secret.add(event);
      const { children } = event.stanza;
      event.stanza = withAttributes(event.stanza, {});
      event.stanza.children = children.filter((child) => typeof child === 'string' || !isPrivacyMark(child));
    };

    onUnload(host.disco.feature(namespace));
    onUnload(host.disco.feature(rules));
    onUnload(host.iq.handle('account', 'set', 'enable', namespace, toggle(true)));
    onUnload(host.iq.handle('account', 'set', 'disable', namespace, toggle(false)));
    // Whoever asks for them with the login misses none (XEP-0386).
    onUnload(
      host.bindFeatures.add(namespace, (session, request) => {
        if (request.name === 'enable') enabled.add(session);
        return undefined;
      }),
    );
    // After whatever may stop or put off the message.
    onUnload(host.hooks.on('outgoing', copySent, -50));
    onUnload(host.hooks.on('message', heedPrivacy, -50));
    onUnload(host.hooks.on('delivered-message', copyReceived));
  },
});

/** What belongs to a conversation (s.6.1). */
function isEligible(stanza: Element): boolean {
  if (hasHint(stanza, 'no-copy') || isPrivate(stanza)) return false;
  const type = messageType(stanza);
  return type === 'chat' || (type === 'normal' && isConversational(stanza));
}

function isPrivate(stanza: Element): boolean {
  return childElements(stanza).some(isPrivacyMark);
}

function isPrivacyMark(child: Element): boolean {
  return child.name === 'private' && child.getNS() === namespace;
}
