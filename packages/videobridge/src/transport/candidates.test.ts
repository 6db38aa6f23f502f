import type { IceCandidate } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';

import { candidateAttribute, hostCandidates, reachableAddresses } from './candidates.js';

const address = (ip: string, internal = false) => ({
  address: ip,
  netmask: '',
  mac: '',
  cidr: null,
  internal,
  ...(ip.includes(':') ? { family: 'IPv6' as const, scopeid: 0 } : { family: 'IPv4' as const }),
});

describe('the addresses that clients are told', () => {
  const interfaces = {
    lo: [address('127.0.0.1', true), address('::1', true)],
    eth0: [address('2001:db8::5'), address('fe80::1'), address('192.0.2.5'), address('169.254.1.1')],
  };

  it('are those of external interfaces, IPv4 first, none of one link only', () => {
    expect(reachableAddresses(interfaces, false)).toEqual(['192.0.2.5', '2001:db8::5']);
  });

  it('include loopback where it is wanted or there is nothing else', () => {
    expect(reachableAddresses(interfaces, true)).toEqual(['192.0.2.5', '2001:db8::5', '127.0.0.1']);
    expect(reachableAddresses({ lo: interfaces.lo }, false)).toEqual(['127.0.0.1']);
  });
});

describe('candidates', () => {
  it('of the bridge are hosts on its port, the first preferred', () => {
    const [first, second] = hostCandidates(['192.0.2.5', '2001:db8::5'], 10_000);
    expect(first).toMatchObject({
      ip: '192.0.2.5',
      port: 10_000,
      type: 'host',
      priority: 2130706431,
      foundation: '1',
    });
    expect(second!.priority).toBeLessThan(first!.priority);
    expect(second!.foundation).not.toBe(first!.foundation);
  });

  it('of the bridge have the port that a NAT maps to its own, where one is told', () => {
    const addresses = ['203.0.113.7#443', '203.0.113.7', '2001:db8::7#20000', '2001:db8::8'];
    expect(hostCandidates(addresses, 10_000).map(({ ip, port }) => [ip, port])).toEqual([
      ['203.0.113.7', 443],
      ['203.0.113.7', 10_000],
      ['2001:db8::7', 20_000],
      ['2001:db8::8', 10_000],
    ]);
  });

  const [good] = hostCandidates(['192.0.2.5'], 10_000) as [IceCandidate];

  it('of a client become SDP attributes', () => {
    expect(candidateAttribute(good)).toBe('candidate:1 1 UDP 2130706431 192.0.2.5 10000 typ host');
    expect(candidateAttribute({ ...good, type: 'srflx' })).toMatch(/ typ srflx raddr 0\.0\.0\.0 rport 9$/);
  });

  it.each<[string, Partial<IceCandidate>]>([
    ['over TCP', { protocol: 'tcp' }],
    ['of another component', { component: 2 }],
    ['with a host name', { ip: 'a1b2.local' }],
    ['with more than an address', { ip: '192.0.2.5\r\na=x' }],
    ['with a zone', { ip: 'fe80::1%eth0' }],
    ['without a port', { port: 0 }],
    ['with a strange priority', { priority: -1 }],
    ['with a strange foundation', { foundation: '1 2' }],
  ])('of a client %s are left out', (_, wrong) => {
    expect(candidateAttribute({ ...good, ...wrong })).toBeUndefined();
  });
});
