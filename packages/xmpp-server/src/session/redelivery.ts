/**
 * What a session that has ended never acknowledged (XEP-0198 s.5): messages and requests go their way again, as if they had only now
 * come for a resource that is not there. Presence, answers and what was said to a whole room are of no use to anybody else.
 */
import type { Element } from 'ltx';
import { attribute } from '@conclave/signaling';
import { ElementParser } from '../stream/element-parser.js';
import type { Session } from './session.js';

const noLimits = {
  stanzaBytes: Number.MAX_SAFE_INTEGER,
  depth: Number.MAX_SAFE_INTEGER,
  attributes: Number.MAX_SAFE_INTEGER,
  elements: Number.MAX_SAFE_INTEGER,
};

const redelivered = new WeakSet<Element>();

/** Whether a stanza has been on its way before: what is done once for each has been done. */
export function isRedelivered(stanza: Element): boolean {
  return redelivered.has(stanza);
}

export function redeliver(session: Session, router: { route(stanza: Element): void }): void {
  const texts = session.unacked.filter((xml) => !xml.startsWith('<presence'));
  if (texts.length === 0) return;
  const parser = new ElementParser(
    {
      opened: () => undefined,
      element: (stanza) => {
        if (!isWanted(stanza)) return;
        redelivered.add(stanza);
        router.route(stanza);
      },
      closed: () => undefined,
    },
    noLimits,
  );
  for (const xml of ['<unacked>', ...texts]) parser.feed(xml, Buffer.byteLength(xml));
}

function isWanted(stanza: Element): boolean {
  const type = attribute(stanza, 'type');
  if (stanza.name === 'iq') return type === 'get' || type === 'set';
  return stanza.name === 'message' && type !== 'error' && type !== 'groupchat';
}
