import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientPeer } from './client-peer.js';

function from(peer: string, forwarded?: string | string[]): string {
  const request = { socket: { remoteAddress: peer }, headers: { 'x-forwarded-for': forwarded } };
  return clientPeer(request as unknown as IncomingMessage, ['127.0.0.1', '10.0.0.1']).address;
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

describe('what comes', () => {
  const confidential = (remoteAddress: string, headers: Record<string, string> = {}, encrypted = false) =>
    clientPeer({ socket: { remoteAddress, encrypted }, headers } as unknown as IncomingMessage, ['127.0.0.1'])
      .confidential;

  it.each([
    ['is confidential from the same machine', confidential('127.0.0.1'), true],
    ['is confidential by TLS', confidential('192.0.2.1', {}, true), true],
    ['is not without TLS', confidential('192.0.2.1'), false],
    [
      'is when a trusted proxy says so',
      confidential('127.0.0.1', { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' }),
      true,
    ],
    [
      'is not when a trusted proxy does not say so',
      confidential('127.0.0.1', { 'x-forwarded-for': '192.0.2.1' }),
      false,
    ],
    [
      'is not when one hop was plain',
      confidential('127.0.0.1', { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'http, https' }),
      false,
    ],
    ['is not because the client says so', confidential('192.0.2.1', { 'x-forwarded-proto': 'https' }), false],
  ])('%s', (_, is, expected) => {
    expect(is).toBe(expected);
  });
});
