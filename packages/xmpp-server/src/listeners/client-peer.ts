/** Whom a request comes from, and whether it could be read on the way, when reverse proxies stand between. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

export type TrustedProxies = readonly string[] | ((address: string) => boolean);

export interface ClientPeer {
  readonly address: string;
  /** TLS up to here or to a proxy that says so, or the same machine. */
  readonly confidential: boolean;
}

/**
 * Walks `X-Forwarded-For` from the nearest hop outwards, as long as each hop is a trusted proxy: what an untrusted hop claims is not
 * believed, so that no client can choose its address.
 */
export function clientPeer(request: IncomingMessage, trustedProxies: TrustedProxies): ClientPeer {
  const trusted =
    typeof trustedProxies === 'function' ? trustedProxies : (hop: string) => trustedProxies.includes(hop);
  const nearest = plain(request.socket.remoteAddress ?? '');
  let address = nearest;
  for (const hop of list(request, 'x-forwarded-for').reverse()) {
    if (!trusted(address) || isIP(hop) === 0) break;
    address = plain(hop);
  }
  const encrypted = 'encrypted' in request.socket && request.socket.encrypted === true;
  const schemes = trusted(nearest) ? list(request, 'x-forwarded-proto') : [];
  const forwarded = schemes.length > 0 && schemes.every((scheme) => /^(https|wss)$/i.test(scheme));
  return { address, confidential: encrypted || forwarded || isLoopback(address) };
}

function list(request: IncomingMessage, header: string): string[] {
  const value = [request.headers[header] ?? []].flat().join(',');
  return value === '' ? [] : value.split(',').map((each) => each.trim());
}

/** IPv4 addresses mapped into IPv6 are the IPv4 address. */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address);
}
