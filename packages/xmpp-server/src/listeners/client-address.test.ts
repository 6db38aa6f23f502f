import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientAddress } from './client-address.js';

function from(peer: string, forwarded?: string | string[]): string {
  const request = { socket: { remoteAddress: peer }, headers: { 'x-forwarded-for': forwarded } };
  return clientAddress(request as unknown as IncomingMessage, ['127.0.0.1', '10.0.0.1']);
}

describe('the address of a client', () => {
  it.each([
    ['of a direct connection', from('192.0.2.1'), '192.0.2.1'],
    ['of IPv4 in IPv6', from('::ffff:192.0.2.1'), '192.0.2.1'],
    ['behind a trusted proxy', from('127.0.0.1', '192.0.2.1'), '192.0.2.1'],
    ['behind a trusted proxy in IPv6 form', from('::ffff:127.0.0.1', '2001:db8::1'), '2001:db8::1'],
    ['behind two trusted proxies', from('127.0.0.1', '192.0.2.1, 10.0.0.1'), '192.0.2.1'],
    ['is not what the client itself says', from('127.0.0.1', '198.51.100.9, 192.0.2.1'), '192.0.2.1'],
    ['is not what an untrusted peer says', from('192.0.2.1', '198.51.100.9'), '192.0.2.1'],
    ['is not nonsense', from('127.0.0.1', 'nonsense, '), '127.0.0.1'],
    ['is one also of several headers', from('127.0.0.1', ['198.51.100.9', '192.0.2.1']), '192.0.2.1'],
  ])('%s', (_, address, expected) => {
    expect(address).toBe(expected);
  });
});
