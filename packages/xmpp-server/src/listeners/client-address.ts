/** Whose address a request comes from, when reverse proxies stand between. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

export type TrustedProxies = readonly string[] | ((address: string) => boolean);

/** IPv4 addresses mapped into IPv6 are the IPv4 address. */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

/**
 * Walks `X-Forwarded-For` from the nearest hop outwards, as long as each hop is a trusted proxy: what an untrusted hop claims is not
 * believed, so that no client can choose its address.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: TrustedProxies): string {
  const trusted =
    typeof trustedProxies === 'function' ? trustedProxies : (hop: string) => trustedProxies.includes(hop);
  let address = plain(request.socket.remoteAddress ?? '');
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  for (const hop of forwarded.map((each) => each.trim()).reverse()) {
    if (!trusted(address) || isIP(hop) === 0) break;
    address = plain(hop);
  }
  return address;
}
