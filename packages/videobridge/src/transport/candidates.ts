/** The ICE candidates that a bridge tells its clients (RFC 8445 s.5.1): host candidates on its one media port. */
import { isIP } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

import type { IceCandidate } from '@conclave/signaling';

const HOST_PREFERENCE = 126;

/**
 * Host candidates for `addresses`, most preferred first: each an IP address, or `ip#port` where a NAT has another port for the media
 * port than `port`, its own.
 */
export function hostCandidates(addresses: readonly string[], port: number): IceCandidate[] {
  return addresses.map((address, index) => {
    const [ip = '', mapped] = address.split('#');
    return {
      foundation: String(index + 1),
      component: 1,
      protocol: 'udp',
      // RFC 8445 s.5.1.2.1, component 1.
      priority: HOST_PREFERENCE * 2 ** 24 + Math.max(0, 65535 - index) * 2 ** 8 + 255,
      ip,
      port: mapped === undefined ? port : Number(mapped),
      type: 'host',
      generation: 0,
      id: `host${index + 1}`,
    };
  });
}

/**
 * The addresses of this machine that clients may reach: those of every external interface, IPv4 first, link-local ones
 * left out; the loopback address too when `includeLoopback` is set or there is nothing else.
 */
export function reachableAddresses(
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
  includeLoopback: boolean,
): string[] {
  const infos = Object.values(interfaces).flatMap((list) => list ?? []);
  const external = infos.filter(
    ({ internal, address }) => !internal && !/^fe[89ab]|^169\.254\./i.test(address),
  );
  const ipv4 = external.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
  const ipv6 = external.filter(({ family }) => family === 'IPv6').map(({ address }) => address);
  const addresses = [...ipv4, ...ipv6];
  if (includeLoopback || addresses.length === 0) addresses.push('127.0.0.1');
  return [...new Set(addresses)];
}

/** `candidate` as an SDP candidate-attribute (RFC 8839 s.5.1); undefined for what the bridge cannot use. */
export function candidateAttribute(candidate: IceCandidate): string | undefined {
  const { protocol, component, ip, port, priority } = candidate;
  const usable =
    protocol === 'udp' && component === 1 && isIP(ip) !== 0 && !ip.includes('%') && inRange(port, 1, 65535);
  if (!usable || !inRange(priority, 1, 2 ** 31 - 1)) return undefined;
  if (!/^[A-Za-z0-9+/]{1,32}$/.test(candidate.foundation)) return undefined;
  const head = `candidate:${candidate.foundation} 1 UDP ${priority} ${ip} ${port} typ ${candidate.type}`;
  if (candidate.type === 'host') return head;
  return `${head} raddr ${isIP(ip) === 6 ? '::' : '0.0.0.0'} rport 9`;
}

function inRange(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}
