/**
 * Who really sent an IQ. Clients address the proxy component `focus.D`, which relays to the focus as
 * `focus.D/<full JID of the client>`; only that component can speak in its domain's name, so only there the resource is believed.
 */
import { type Jid, tryParseJid } from '@conclave/signaling';

/** The full JID of the sender; `undefined` when there is none to be had. */
export const trueSender = (from: string | undefined, proxyDomain: string): Jid | undefined => {
  const stamped = tryParseJid(from);
  if (!stamped) return undefined;
  const relayed = stamped.domain === proxyDomain;
  const sender = relayed && stamped.local === undefined ? tryParseJid(stamped.resource) : stamped;
  if (!sender?.local || !sender.resource || sender.domain === proxyDomain) return undefined;
  return sender;
};
