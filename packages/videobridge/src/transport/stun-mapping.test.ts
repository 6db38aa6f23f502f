import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import fc from 'fast-check';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';

import { discoverAddress, mappedAddress, StunMapping } from './stun-mapping.js';

const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** 203.0.113.7, as RFC 8489 s.14.2 hides it. */
const xored = [203 ^ 0x21, 0 ^ 0x12, 113 ^ 0xa4, 7 ^ 0x42];

function success(request: Buffer, attributes = Buffer.from([0, 0x20, 0, 8, 0, 1, 0, 0, ...xored])): Buffer {
  const header = Buffer.from(request.subarray(0, 20));
  header.writeUInt16BE(0x0101, 0);
  header.writeUInt16BE(attributes.length, 2);
  return Buffer.concat([header, attributes]);
}

/** A server that answers each request with what `answer` says. */
async function server(
  answer: (request: Buffer, nth: number) => readonly Buffer[],
): Promise<{ host: string; port: number }> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  let nth = 0;
  socket.on('message', (request: Buffer, { port, address }) => {
    nth += 1;
    for (const each of answer(request, nth)) socket.send(each, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { host: '127.0.0.1', port: socket.address().port };
}

describe('the address that a STUN server tells', () => {
  it('is taken', async () => {
    expect(await discoverAddress(await server((request) => [success(request)]))).toBe('203.0.113.7');
  });

  it('is found behind attributes of other kinds', async () => {
    const software = Buffer.from([0x80, 0x22, 0, 3, 65, 66, 67, 0]);
    const mapped = Buffer.from([0, 0x20, 0, 8, 0, 1, 0, 0, ...xored]);
    const stun = await server((request) => [success(request, Buffer.concat([software, mapped]))]);
    expect(await discoverAddress(stun)).toBe('203.0.113.7');
  });

  it('is asked for again when a datagram is lost', async () => {
    const stun = await server((request, nth) => (nth < 3 ? [] : [success(request)]));
    expect(await discoverAddress(stun, 5)).toBe('203.0.113.7');
  });

  it('is not believed of answers to what was not asked, errors and garbage', async () => {
    const stun = await server((request, nth) => {
      const other = success(request);
      other.writeUInt8(other.readUInt8(19) ^ 1, 19);
      const error = success(request);
      error.writeUInt16BE(0x0111, 0);
      return nth === 1 ? [other, error, Buffer.from('garbage')] : [success(request)];
    });
    expect(await discoverAddress(stun, 5)).toBe('203.0.113.7');
  });

  it('is unknown when nobody answers', async () => {
    expect(await discoverAddress(await server(() => []), 1)).toBeUndefined();
  });

  it('is unknown when the server has no address', async () => {
    expect(await discoverAddress({ host: 'stun.invalid', port: 3478 }, 1)).toBeUndefined();
  });

  it('is never read past the end of an answer', () => {
    const transaction = Buffer.alloc(12, 1);
    const head = Buffer.concat([Buffer.from([1, 1, 0, 64, 0x21, 0x12, 0xa4, 0x42]), transaction]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (rest) => {
        const address = mappedAddress(Buffer.concat([head, rest]), transaction);
        expect(address === undefined || /^\d+\.\d+\.\d+\.\d+$/.test(address)).toBe(true);
      }),
    );
  });
});

describe('the addresses behind a NAT', () => {
  it('are those that any of the servers tells, once each', async () => {
    const servers = await Promise.all([
      server((request) => [success(request)]),
      server((request) => [success(request)]),
    ]);
    const mapping = await StunMapping.begin(servers, pino({ level: 'silent' }));
    mapping.stop();
    expect(mapping.addresses).toEqual(['203.0.113.7']);
  });
});
