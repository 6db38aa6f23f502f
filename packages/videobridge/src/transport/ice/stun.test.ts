import { randomBytes } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  bindingRequest,
  checkSuccess,
  connectivityCheck,
  isAuthentic,
  isStun,
  readStun,
  roleConflict,
  StunType,
} from './stun.js';

const transaction = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex');
const check = connectivityCheck({
  role: 'controlling',
  tieBreaker: 1n,
  transaction,
  username: 'theirs:ours',
  password: 'secret',
  priority: 0x6e0001ff,
  useCandidate: true,
});

describe('STUN messages', () => {
  it('are read as RFC 5769 s.2.1 writes them', () => {
    const request = Buffer.from(
      '000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf',
      'hex',
    );
    const message = readStun(request)!;
    expect(message).toMatchObject({
      type: StunType.bindingRequest,
      transaction,
      username: 'evtj:h6vY',
      role: 'controlled',
    });
    expect(isAuthentic(request, message, 'VOkJxbRl1RmTxUk/WvJxBt')).toBe(true);
    expect(isAuthentic(request, message, 'VOkJxbRl1RmTxUk/WvJxBT')).toBe(false);
  });

  it.each([
    [
      'IPv4 (RFC 5769 s.2.2)',
      '0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96',
      { host: '192.0.2.1', port: 32853 },
    ],
    [
      'IPv6 (RFC 5769 s.2.3)',
      '010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c',
      { host: '2001:0db8:1234:5678:0011:2233:4455:6677', port: 32853 },
    ],
  ])('tell an address of %s', (_, hex, address) => {
    const answer = Buffer.from(hex, 'hex');
    const message = readStun(answer)!;
    expect(message.mappedAddress).toEqual(address);
    expect(isAuthentic(answer, message, 'VOkJxbRl1RmTxUk/WvJxBt')).toBe(true);
  });

  it('of a check carry what ICE wants, and its password', () => {
    const message = readStun(check)!;
    expect(message).toMatchObject({ username: 'theirs:ours', useCandidate: true, role: 'controlling' });
    expect(isAuthentic(check, message, 'secret')).toBe(true);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '0000:0000:0000:0000:0000:0000:0000:0001'],
    ['2001:db8::1:0:2', '2001:0db8:0000:0000:0000:0001:0000:0002'],
    ['fe80::1%eth0', 'fe80:0000:0000:0000:0000:0000:0000:0001'],
    ['::ffff:192.0.2.1', '0000:0000:0000:0000:0000:ffff:c000:0201'],
  ])('answer a check from %s', (host, told) => {
    const answer = checkSuccess(readStun(check)!, { host, port: 4711 }, 'secret');
    const message = readStun(answer)!;
    expect(message).toMatchObject({ type: StunType.bindingSuccess, transaction });
    expect(message.mappedAddress).toEqual({ host: told, port: 4711 });
    expect(isAuthentic(answer, message, 'secret')).toBe(true);
  });

  it('say that the other is to be controlled', () => {
    expect(readStun(roleConflict(readStun(check)!, 'secret'))!.type).toBe(StunType.bindingError);
  });

  it('without credentials are not authentic', () => {
    const request = bindingRequest(randomBytes(12));
    expect(isAuthentic(request, readStun(request)!, '')).toBe(false);
  });

  it('are told from DTLS and RTP', () => {
    expect(isStun(check)).toBe(true);
    for (const first of [20, 63, 128, 191]) expect(isStun(Buffer.alloc(40, first))).toBe(false);
  });

  it('that were changed anywhere are not read, are not authentic, or say the same', () => {
    const original = readStun(check);
    fc.assert(
      fc.property(fc.nat(check.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(check);
        changed[at] = changed[at]! ^ change;
        const message = readStun(changed);
        if (message !== undefined && isAuthentic(changed, message, 'secret')) {
          expect(message).toEqual(original);
        }
      }),
    );
  });

  it('of any octets do no harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        const body = Buffer.from(octets);
        const head = bindingRequest(transaction);
        head.writeUInt16BE(body.length, 2);
        const datagram = Buffer.concat([head, body]);
        const message = readStun(datagram);
        if (message !== undefined) isAuthentic(datagram, message, 'secret');
      }),
      { numRuns: 500 },
    );
  });
});
