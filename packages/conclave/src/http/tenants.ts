/**
 * Tenants in web addresses: below `/<tenant>/` is what is below `/`, for the rooms of that tenant. Clients connect there, too, and the
 * XMPP server learns from a parameter which tenant it was, as Jitsi's reverse proxies tell it.
 */
import { tenantOfSegment } from '@conclave/signaling';

/** First segments that are something else. */
export const reserved = [
  'about',
  'assets',
  'colibri-ws',
  'conference-request',
  'file-sharing',
  'invite',
  'upload',
];

/** The tenant in the first segment of a path, as it is in the address (not decoded). */
export function tenantIn(segment: string): string | undefined {
  if (reserved.includes(segment)) return undefined;
  try {
    return tenantOfSegment(decodeURIComponent(segment));
  } catch {
    return undefined;
  }
}

/** `/<tenant>/http-bind?x` and `/<tenant>/xmpp-websocket?x` without the tenant, which is a parameter then; any other as it is. */
export function withoutTenant(url: string): string {
  const [, segment = '', endpoint = '', query] =
    /^\/([^/?]+)\/(http-bind|xmpp-websocket)(?:\?(.*))?$/.exec(url) ?? [];
  const tenant = tenantIn(segment);
  if (tenant === undefined) return url;
  const rest = query === undefined || query === '' ? '' : `&${query}`;
  // The first of a name counts: nobody connects to one tenant and says another.
  return `/${endpoint}?prefix=${encodeURIComponent(tenant)}${rest}`;
}
