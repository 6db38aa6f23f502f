/** Checks of ICE (RFC 8445 s.7.3) as relayed clients send them: what a browser behind a TURN server says to the media port. */
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { crc32 } from 'node:zlib';

import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { LoopbackClient } from './loopback-client.js';
import { MediaPort } from './media-port.js';

const BINDING_SUCCESS = 0x0101;
const log = pino({ level: 'silent' });

let port: MediaPort;
let client: LoopbackClient;

beforeEach(async () => {
  port = await MediaPort.open({ port: 0 }, log);
  client = new LoopbackClient('relayed');
});

afterEach(() => {
  client.close();
  port.close();
});

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
}

const number = (value: number): Buffer => {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value >>> 0);
  return octets;
};

/** A binding request of a controlled agent, signed with the bridge's password. */
function check(username: string, password: string, tieBreaker: bigint): Buffer {
  const breaker = Buffer.alloc(8);
  breaker.writeBigUInt64BE(tieBreaker);
  let message = Buffer.concat([
    Buffer.from('000100002112a442', 'hex'),
    randomBytes(12),
    attribute(0x0006, Buffer.from(username)),
    attribute(0x8029, breaker),
    attribute(0x0024, number(0x6e_00_01_ff)),
  ]);
  const add = (type: number, length: number, value: (message: Buffer) => Buffer) => {
    message.writeUInt16BE(message.length - 20 + 4 + length, 2);
    message = Buffer.concat([message, attribute(type, value(message))]);
  };
  add(0x0008, 20, (signed) => createHmac('sha1', password).update(signed).digest());
  add(0x8028, 4, (signed) => number(crc32(signed) ^ 0x5354554e));
  return message;
}

/** The type of the STUN message that answers the first check of a client. */
async function answerTo(tieBreaker: bigint): Promise<number> {
  const transport = port.createTransport('test', false, {
    onState: () => undefined,
    onPacket: () => undefined,
    onChannel: () => undefined,
  });
  const { credentials } = transport;
  const remote = client.answer({
    ...credentials,
    rtcpMux: true,
    candidates: [],
    fingerprints: [{ hash: 'sha-256', setup: 'actpass', value: port.fingerprint }],
    webSockets: [],
  });
  expect(transport.setRemote(remote)).toBeUndefined();
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  try {
    await once(socket, 'listening');
    const request = check(`${credentials.ufrag}:${remote.ufrag ?? ''}`, credentials.pwd, tieBreaker);
    return await new Promise((resolve) => {
      // The bridge checks as well: only what repeats our transaction is an answer.
      socket.on('message', (message) => {
        if (message.subarray(8, 20).equals(request.subarray(8, 20))) resolve(message.readUInt16BE(0));
      });
      socket.send(request, port.port, '127.0.0.1');
    });
  } finally {
    socket.close();
    transport.close();
  }
}

describe('a check of a relayed client', () => {
  it('is answered', async () => {
    expect(await answerTo(0x2112_a442_0000_0001n)).toBe(BINDING_SUCCESS);
  });

  // Chromium says zero where it reaches its TURN server by TCP or TLS. The library takes that for no tie-breaker at all:
  // https://github.com/paullouisageneau/libjuice/issues/355. Once a release of it does not, this fails and can be turned.
  it.fails('is answered when its tie-breaker is zero', async () => {
    expect(await answerTo(0n)).toBe(BINDING_SUCCESS);
  });
});
