/** What is answered to another server that comes with a dialback key (XEP-0220), in either of the roles that we can have. */
import type { DialbackElement, DialbackVerdict } from './dialback.js';
import type { S2sServices } from './s2s-services.js';

type Services = Pick<S2sServices, 'dialback' | 'federates' | 'permits'>;

/** As the receiving server: why the key is not even asked about; undefined: whose it is decides the server of the domain. */
export function refuseKey(
  { from: remote, to: ours }: DialbackElement,
  services: Services,
): DialbackVerdict | undefined {
  if (!services.federates(ours)) return { error: 'item-not-found' };
  return services.permits(remote) ? undefined : { error: 'policy-violation' };
}

/** As the authoritative server: another one asks whether a key that it was given is ours. */
export function judgeKey(
  { from: receiving, to: originating, id, key }: DialbackElement,
  services: Services,
): DialbackVerdict {
  const { dialback } = services;
  if (dialback === undefined || !services.federates(originating)) return { error: 'item-not-found' };
  if (!services.permits(receiving) || id === undefined) return { error: 'policy-violation' };
  return dialback.isMine({ receiving, originating, streamId: id }, key) ? 'valid' : 'invalid';
}
