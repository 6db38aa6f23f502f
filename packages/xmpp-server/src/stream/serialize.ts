/** Stanzas as text. A stanza always names its namespace, so that the same text serves TCP and WebSocket receivers. */
import type { Element } from 'ltx';
import { NS } from '@conclave/signaling';
import type { SerializedStanza } from '../session/client-session.js';
import { withAttributes } from './with-attributes.js';

const clientNamespace = ` xmlns="${NS.client}"`;

export function stanzaXml(stanza: Element): string {
  const xml = stanza.toString();
  if (stanza.attrs['xmlns'] !== undefined) return xml;
  const at = 1 + stanza.name.length;
  return xml.slice(0, at) + clientNamespace + xml.slice(at);
}

/** As `stanzaXml`, for a stream whose own namespace stands for that of stanzas: components' and other servers'. */
export function unqualifiedXml(stanza: Element): string {
  return stanzaXml(stanza).replace(clientNamespace, '');
}

/** Serialises a stanza once for many receivers; a `to` it may carry is left out. */
export function serializeStanza(stanza: Element): SerializedStanza {
  const { name } = stanza;
  if (name !== 'message' && name !== 'presence' && name !== 'iq') {
    throw new TypeError(`<${name}> is not a stanza`);
  }
  const xml = stanzaXml(
    stanza.attrs['to'] === undefined ? stanza : withAttributes(stanza, { to: undefined }),
  );
  return { name, xml };
}

/** Puts a `to` (already escaped, as ` to="…"`) into a stanza serialised without one. */
export function addressedXml({ name, xml }: SerializedStanza, toAttribute: string): string {
  const at = 1 + name.length;
  return xml.slice(0, at) + toAttribute + xml.slice(at);
}
