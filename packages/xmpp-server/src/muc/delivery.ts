/** How stanzas get from a room to the sessions in it: one text for all receivers wherever that is possible. */
import { Element, type Jid } from '@conclave/signaling';
import type { Broadcast } from './broadcast.js';
import type { Muc } from './context.js';
import type { OccupantSession } from './occupant.js';

/**
 * A stanza with other attributes but the same children, which it shares with the original: they keep their parent, and
 * with it the namespaces they inherit.
 */
export function readdressed(
  stanza: Element,
  attributes: Readonly<Record<string, string | undefined>>,
): Element {
  const copy = new Element(stanza.name);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) copy.attrs[name] = value;
  }
  copy.children = stanza.children.slice();
  return copy;
}

function addressedTo(stanza: Element, to: Jid): Element {
  const copy = new Element(stanza.name);
  Object.assign(copy.attrs, stanza.attrs, { to: to.toString() });
  copy.children = stanza.children;
  return copy;
}

/** Sends to each session; local clients get the text that was made once. */
export function deliver(muc: Muc, sessions: Iterable<OccupantSession>, broadcast: Broadcast): void {
  for (const { jid, origin, deaf } of sessions) {
    if (deaf === true) continue;
    if (origin === undefined) muc.route(addressedTo(broadcast.stanza, jid));
    else origin.sendSerialized(broadcast.serialized);
  }
}

/** Sends one stanza without `to` to one session. */
export function deliverTo(muc: Muc, session: OccupantSession, stanza: Element): void {
  if (session.deaf === true) return;
  const whole = addressedTo(stanza, session.jid);
  if (session.origin === undefined) muc.route(whole);
  else session.origin.send(whole);
}
