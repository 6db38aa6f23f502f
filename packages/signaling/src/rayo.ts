/** Dialling by Rayo (XEP-0327), as far as Jitsi's clients and SIP gateways speak it: `<dial/>` with headers, answered by `<ref/>`. */
import { type Element, attribute, el, requiredAttribute } from './elements.js';
import { NS } from './namespaces.js';
import { SignalingError } from './signaling-error.js';

/** Header that names the room of a call, a bare JID. */
export const ROOM_HEADER = 'JvbRoomName';

/** Destination that asks for a transcriber instead of a call. */
export const TRANSCRIBER = 'jitsi_meet_transcribe';

export interface Dial {
  /** Who is called: a number, a SIP address, or TRANSCRIBER. */
  readonly to: string;
  readonly from?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Far above what any client sends. */
const maxHeaders = 32;

export function encodeDial({ to, from, headers }: Dial): Element {
  const all = Object.entries(headers).map(([name, value]) => el('header', { name, value }));
  return el('dial', { xmlns: NS.rayo, to, from }, all);
}

/** Reads `<dial/>`. Throws a SignalingError. */
export function decodeDial(element: Element): Dial {
  if (!element.is('dial', NS.rayo)) throw new SignalingError('not a dial element');
  const headers = element.getChildren('header');
  if (headers.length > maxHeaders) throw new SignalingError('too many headers');
  const from = attribute(element, 'from');
  return {
    to: requiredAttribute(element, 'to'),
    ...(from !== undefined && { from }),
    headers: Object.fromEntries(
      headers.map((header) => [requiredAttribute(header, 'name'), attribute(header, 'value') ?? '']),
    ),
  };
}
