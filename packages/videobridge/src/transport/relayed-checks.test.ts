/**
 * Clients that get to the media port by a relay to which they have TCP or TLS: Chromium then says zero for its tie-breaker, which the
 * ICE library refuses (https://github.com/paullouisageneau/libjuice/issues/355).
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import type { IceTransport } from '@conclave/signaling';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { hostCandidates } from './candidates.js';
import type { EndpointTransport } from './endpoint-transport.js';
import { ALWAYS_CONTROLLING, connectivityCheck, isStun, readStun, StunType } from './ice/stun.js';
import { LoopbackClient } from './loopback-client.js';
import { MediaPort } from './media-port.js';

vi.setConfig({ testTimeout: 30_000 });

const log = pino({ level: 'silent' });
const patience = { timeout: 8_000, interval: 10 };

let port: MediaPort;
let open: (() => void)[];

beforeEach(async () => {
  port = await MediaPort.open({ port: 0 }, log);
  open = [];
});

afterEach(() => {
  for (const close of open) close();
  port.close();
});

async function boundSocket(host: string): Promise<Socket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').bind(0, host);
  await once(socket, 'listening');
  open.push(() => socket.close());
  return socket;
}

/** The relay, with what Chromium makes of the client's checks where it has TCP to the relay. */
interface Relay {
  /** Where the client sends, and where the bridge sees it. */
  readonly near: number;
  readonly far: number;
  /** What the client's checks say, and are signed with. */
  tieBreaker: bigint;
  password: string;
  /** What the client sends by it that is not STUN is lost. */
  checksOnly: boolean;
  /** Checks of the client that the bridge has refused, and answered. */
  refused: number;
  answered: number;
  /** Checks of an agent that is not the library's. */
  asked: number;
}

async function relay(host: string): Promise<Relay> {
  const [near, far] = [await boundSocket(host), await boundSocket(host)];
  const state: Relay = {
    near: near.address().port,
    far: far.address().port,
    tieBreaker: 0n,
    password: '',
    checksOnly: false,
    refused: 0,
    answered: 0,
    asked: 0,
  };
  let client = 0;
  // Chromium forgets a pair whose check is refused, and makes it anew when the bridge checks it.
  let forgotten = false;
  near.on('message', (datagram, source) => {
    client = source.port;
    const { type, transaction, username = '' } = (isStun(datagram) && readStun(datagram)) || {};
    if (type === StunType.bindingRequest && transaction !== undefined) {
      const check = connectivityCheck({
        transaction,
        username,
        password: state.password,
        priority: 0x6e_00_01_ff,
        role: 'controlled',
        tieBreaker: state.tieBreaker,
        useCandidate: false,
      });
      if (!forgotten) far.send(check, port.port, host);
    } else if (!state.checksOnly || type !== undefined) far.send(datagram, port.port, host);
  });
  far.on('message', (datagram) => {
    const { type, tieBreaker } = (isStun(datagram) && readStun(datagram)) || {};
    if (type === StunType.bindingError) {
      state.refused += 1;
      forgotten = true;
      return;
    }
    if (type === StunType.bindingRequest) forgotten = false;
    if (tieBreaker === ALWAYS_CONTROLLING) state.asked += 1;
    if (type === StunType.bindingSuccess) state.answered += 1;
    if (client !== 0) near.send(datagram, client, host);
  });
  return state;
}

interface Visitor {
  readonly transport: EndpointTransport;
  readonly client: LoopbackClient;
  readonly remote: IceTransport;
  readonly atBridge: number[];
  readonly atClient: number[];
}

/** A client that has answered, and sends by `way`. */
function visitor(way: Relay, host = '127.0.0.1'): Visitor {
  const atBridge: number[] = [];
  const atClient: number[] = [];
  const transport = port.createTransport('test', false, {
    onState: () => undefined,
    onPacket: (packet) => atBridge.push(packet.readUInt16BE(2)),
    onChannel: () => undefined,
  });
  const client = new LoopbackClient('test', (packet) => atClient.push(packet.readUInt16BE(2)), {
    data: false,
    setup: 'active',
  });
  open.push(() => client.close());
  const remote = client.answer({
    ...transport.credentials,
    rtcpMux: true,
    candidates: hostCandidates([host], way.near),
    fingerprints: [{ hash: 'sha-256', setup: 'actpass', value: port.fingerprint }],
    webSockets: [],
  });
  way.password = transport.credentials.pwd;
  expect(transport.setRemote({ ...remote, candidates: [] })).toBeUndefined();
  client.start();
  return { transport, client, remote, atBridge, atClient };
}

const rtp = (sequence: number): Buffer => {
  const packet = Buffer.alloc(40);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(100, 1);
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(4711, 8);
  return packet;
};

async function mediaFlow({ transport, client, atBridge, atClient }: Visitor): Promise<void> {
  await vi.waitFor(() => {
    client.send(rtp(1));
    transport.send(rtp(2));
    expect([atBridge[0], atClient[0]]).toEqual([1, 2]);
  }, patience);
}

describe('a client behind a relay by TCP', () => {
  it.each(['127.0.0.1', '::1'])('is connected at %s though its checks say zero', async (host) => {
    const way = await relay(host);
    const guest = visitor(way, host);
    await mediaFlow(guest);
    expect(way.refused).toBeGreaterThan(0);
    expect(way.answered).toBeGreaterThan(0);
    expect(guest.transport.ice.remote).toMatchObject({ address: host, port: way.far });
  });

  it('may go on in its session when its network changes', async () => {
    const guest = visitor(await relay('127.0.0.1'));
    await mediaFlow(guest);
    expect(guest.transport.restartIce()).toBe('started');
    expect(guest.transport.credentials.iceGeneration).toBe(1);
  });
});

describe('a client that also gets through by UDP', () => {
  it('stays there, with the library, whatever its relay by TCP says', async () => {
    const [way, byTcp] = [await relay('127.0.0.1'), await boundSocket('127.0.0.1')];
    way.tieBreaker = 7n;
    const guest = visitor(way);
    await mediaFlow(guest);
    const refusal = new Promise<void>((resolve) => {
      byTcp.on('message', (datagram) => {
        if (readStun(datagram)?.type === StunType.bindingError) resolve();
      });
    });
    const { ufrag, pwd } = guest.transport.credentials;
    const zero = connectivityCheck({
      transaction: randomBytes(12),
      username: `${ufrag}:${guest.remote.ufrag ?? ''}`,
      password: pwd,
      priority: 0x6e_00_01_ff,
      role: 'controlled',
      tieBreaker: 0n,
      useCandidate: false,
    });
    byTcp.send(zero, port.port, '127.0.0.1');
    await refusal;
    expect(guest.transport.ice.remote).toMatchObject({ port: way.far });
    expect(way.asked).toBe(0);
    guest.client.send(rtp(3));
    await vi.waitFor(() => expect(guest.atBridge).toContain(3), patience);
  });
});

describe('a client whose DTLS takes long', () => {
  it('is left to the library when its checks are in order', async () => {
    const way = await relay('127.0.0.1');
    way.tieBreaker = 7n;
    way.checksOnly = true;
    const guest = visitor(way);
    await vi.waitFor(() => expect(way.asked).toBeGreaterThan(0), patience);
    way.checksOnly = false;
    await mediaFlow(guest);
    expect(way.refused).toBe(0);
    expect(guest.transport.ice.remote).toMatchObject({ port: way.far });
  });
});
