/**
 * Client State Indication (XEP-0352): a client says that nobody is looking at it. What can wait then does, so that a phone may sleep: until
 * something comes that cannot, or the client says or does something.
 */
import { el } from '@conclave/signaling';
import { z } from 'zod';
import type { Handled, StreamElement } from '../host/host.js';
import { defineModule } from '../host/module.js';

const namespace = 'urn:xmpp:csi:0';

export const clientState = defineModule({
  name: 'client-state',
  options: z.strictObject({}),
  load({ host, onUnload }) {
    const heed = ({ session, element }: StreamElement): Handled | undefined => {
      if (element.attrs['xmlns'] !== namespace) return undefined;
      if (element.name === 'inactive') session.hold(canWait);
      else if (element.name === 'active') session.hold(undefined);
      else return undefined;
      return true;
    };
    onUnload(host.streamFeatures.add(el('csi', { xmlns: namespace })));
    onUnload(host.hooks.on('stream-element', heed));
    onUnload(
      host.bindFeatures.add(namespace, (session, request) => {
        if (request.name === 'inactive') session.hold(canWait);
        return undefined;
      }),
    );
    // The client is awake, so it may as well have everything.
    onUnload(
      host.hooks.on('outgoing', ({ origin }) => {
        origin?.releaseHeld();
        return undefined;
      }),
    );
  },
});

/** What is for a person to see at once; a word too many among these costs a wakening, one too few a message. */
const urgent = [
  '<body',
  '<subject',
  '<encrypted',
  '<openpgp',
  '<invite',
  'jabber:x:conference',
  'urn:xmpp:jingle-message:',
  'urn:xmpp:eme:',
];

/** Told by the text, since a stanza to a whole room has been made text once for all (s.5). What its author wrote is escaped in it. */
export function canWait(xml: string): boolean {
  const type = /^<\w+(?:\s[^>]*?)?\stype=["'](\w+)["']/.exec(xml)?.[1];
  if (xml.startsWith('<presence')) return type === undefined || type === 'unavailable';
  if (!xml.startsWith('<message') || type === 'error') return false;
  return type === 'headline' || !urgent.some((word) => xml.includes(word));
}
