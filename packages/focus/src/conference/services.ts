/** Which members are services of the installation and not people: recorders, SIP gateways, transcribers. */
import { attribute, type Element, tryParseJid } from '@conclave/signaling';
import type { Occupant } from '@conclave/xmpp-connection';

export type Service = 'jibri' | 'jigasi' | 'transcriber';

const FEATURES: ReadonlyMap<string, Service> = new Map([
  ['http://jitsi.org/protocol/jibri', 'jibri'],
  ['http://jitsi.org/protocol/jigasi', 'jigasi'],
  ['http://jitsi.org/protocol/transcriber', 'transcriber'],
]);

const NONE: ReadonlySet<Service> = new Set();

/** What an occupant's presence says that it is; believed of accounts of `domains` only. */
export const servicesOf = (
  { presence, realJid }: Occupant,
  domains: ReadonlySet<string>,
): ReadonlySet<Service> => {
  const features: Element | undefined = presence.getChild('features');
  const domain = tryParseJid(realJid)?.domain;
  if (!features || domain === undefined || !domains.has(domain)) return NONE;
  return new Set(
    features.getChildren('feature').flatMap((feature) => FEATURES.get(attribute(feature, 'var') ?? '') ?? []),
  );
};
