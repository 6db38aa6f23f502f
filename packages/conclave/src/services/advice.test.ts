import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load.js';
import { mediaAdvice, webAdvice } from './advice.js';

const configuration = (environment: NodeJS.ProcessEnv) =>
  loadConfig({ CONCLAVE_DOMAIN: 'meet.example', ...environment }, '/nowhere').config;
const interfaces = (...addresses: string[]): NodeJS.Dict<NetworkInterfaceInfo[]> => ({
  eth0: addresses.map((address) => ({ address }) as NetworkInterfaceInfo),
});

describe('media', () => {
  test('without an address that can be reached from outside is worth a warning', () => {
    const nat = interfaces('127.0.0.1', '192.168.1.5', 'fe80::1', '172.20.0.3');
    expect(mediaAdvice(configuration({}), nat)).toMatchObject([
      { code: 'MEDIA-001', message: expect.stringContaining('192.168.1.5') as string },
    ]);
    const container = configuration({ CONCLAVE_ADVERTISED_ADDRESSES: '127.0.0.1' });
    expect(mediaAdvice(container, interfaces('203.0.113.7'))).toHaveLength(1);
    const mapped = configuration({ CONCLAVE_ADVERTISED_ADDRESSES: '10.0.0.1#443' });
    expect(mediaAdvice(mapped, interfaces('203.0.113.7'))).toHaveLength(1);
  });

  test('with one, found or told, is not', () => {
    expect(mediaAdvice(configuration({}), interfaces('10.0.0.1', '203.0.113.7'))).toEqual([]);
    for (const address of ['2001:db8::1', '2001:db8::1#443', '203.0.113.7#443']) {
      const told = configuration({ CONCLAVE_ADVERTISED_ADDRESSES: address });
      expect(mediaAdvice(told, interfaces('10.0.0.1'))).toEqual([]);
    }
  });
});

describe('the page', () => {
  test('without https is worth a warning', () => {
    expect(webAdvice(configuration({}))).toMatchObject([{ code: 'WEB-002' }]);
    expect(webAdvice(configuration({ CONCLAVE_PUBLIC_URL: 'http://meet.example' }))).toHaveLength(1);
    expect(webAdvice(configuration({ CONCLAVE_PUBLIC_URL: 'https://meet.example' }))).toEqual([]);
  });
});

test('on localhost everything is as it should be', () => {
  const trial = configuration({ CONCLAVE_DOMAIN: 'localhost' });
  expect([...mediaAdvice(trial, interfaces('127.0.0.1')), ...webAdvice(trial)]).toEqual([]);
});
