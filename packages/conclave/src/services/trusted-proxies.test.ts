import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ForwardingPeers } from './trusted-proxies.js';

const arrive = (peers: ForwardingPeers, remoteAddress: string): void => {
  const request = new IncomingMessage(
    Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress }),
  );
  peers.arrived(request);
};

test('trusts this machine and the configured proxies, and nobody else', () => {
  const peers = new ForwardingPeers(['203.0.113.7']);
  expect(['127.0.0.1', '::1', '203.0.113.7'].every(peers.trusts)).toBe(true);
  expect(peers.trusts('203.0.113.8')).toBe(false);
});

test('trusts who has come through the internal port', () => {
  const peers = new ForwardingPeers([]);
  arrive(peers, '::ffff:172.18.0.5');
  expect(peers.trusts('172.18.0.5')).toBe(true);
});

test('keeps 64 of them', () => {
  const peers = new ForwardingPeers([]);
  for (let i = 0; i < 65; i += 1) arrive(peers, `10.0.0.${i}`);
  expect(peers.trusts('10.0.0.0')).toBe(false);
  expect(peers.trusts('10.0.0.64')).toBe(true);
});
