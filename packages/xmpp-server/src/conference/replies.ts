/** lib-jitsi-meet sends a reply's reference without the namespace by which it reads it (XEP-0461); the room puts it there. */
import { attribute, Element, NS } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc } from '../muc/index.js';

const options = z.strictObject({});
const replyNamespace = 'urn:xmpp:reply:0';

/** The element itself is shared with the stanza that came in, and stays as it is. */
function named(child: Element | string): Element | string {
  if (!(child instanceof Element) || child.name !== 'reply' || (child.getNS() ?? NS.client) !== NS.client) {
    return child;
  }
  return new Element('reply', {
    xmlns: replyNamespace,
    to: attribute(child, 'to'),
    id: attribute(child, 'id'),
  });
}

export const replies = defineModule<z.output<typeof options>>({
  name: 'replies',
  needs: ['muc'],
  options,
  load(context) {
    const { hooks } = context.module<Muc>('muc');
    context.onUnload(
      hooks.on('attributed', ({ stanza }) => {
        if (stanza.name === 'message') stanza.children = stanza.children.map(named);
        return undefined;
      }),
    );
  },
});
