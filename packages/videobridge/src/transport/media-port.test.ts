import { createSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';

import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IceTransport } from '@conclave/signaling';
import { hostCandidates } from './candidates.js';
import type { DataChannelLink } from './data-channel-link.js';
import type { EndpointTransport, TransportState } from './endpoint-transport.js';
import { LoopbackClient } from './loopback-client.js';
import { MediaPort } from './media-port.js';

// The library repeats a lost first flight of a DTLS handshake only after a second, then after two.
vi.setConfig({ testTimeout: 20_000 });

const log = pino({ level: 'silent' });

interface Side {
  readonly transport: EndpointTransport;
  readonly packets: Buffer[];
  readonly channels: DataChannelLink[];
  reached(state: TransportState): Promise<void>;
  readonly nextPacket: () => Promise<Buffer>;
  readonly nextChannel: () => Promise<DataChannelLink>;
}

let port: MediaPort;
const clients: LoopbackClient[] = [];

beforeEach(async () => {
  port = await MediaPort.open({ port: 0 }, log);
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  port.close();
});

function bridgeSide(dataChannels = true): Side {
  const states: TransportState[] = [];
  const packets: Buffer[] = [];
  const channels: DataChannelLink[] = [];
  const wake: (() => void)[] = [];
  const changed = (): void => {
    for (const resolve of wake.splice(0)) resolve();
  };
  const until = async (ready: () => boolean): Promise<void> => {
    while (!ready()) await new Promise<void>((resolve) => wake.push(resolve));
  };
  const transport = port.createTransport('test', dataChannels, {
    onState: (state) => {
      states.push(state);
      changed();
    },
    onPacket: (packet) => {
      packets.push(packet);
      changed();
    },
    onChannel: (channel) => {
      channels.push(channel);
      changed();
    },
  });
  return {
    transport,
    packets,
    channels,
    reached: (state) => until(() => states.includes(state)),
    nextPacket: async () => {
      await until(() => packets.length > 0);
      return packets.shift()!;
    },
    nextChannel: async () => {
      await until(() => channels.length > 0);
      return channels.shift()!;
    },
  };
}

function described(transport: EndpointTransport): IceTransport {
  return {
    ...transport.credentials,
    rtcpMux: true,
    candidates: hostCandidates(['127.0.0.1'], port.port),
    fingerprints: [{ hash: 'sha-256', setup: 'actpass', value: port.fingerprint }],
    webSockets: [],
  };
}

function client(onPacket?: (packet: Buffer) => void): LoopbackClient {
  const made = new LoopbackClient(`client${clients.length}`, onPacket);
  clients.push(made);
  return made;
}

/** Answers why the bridge's side refused the client's. */
function connect(side: Side, peer: LoopbackClient): string | undefined {
  const refused = side.transport.setRemote(peer.answer(described(side.transport)));
  peer.start();
  return refused;
}

const rtp = (ssrc: number, sequence: number): Buffer => {
  const packet = Buffer.alloc(40);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(100, 1);
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
};

describe('a media port', () => {
  it('carries packets of any SSRC both ways with a client that gave no candidates', async () => {
    const side = bridgeSide();
    const arrived: Buffer[] = [];
    const first = new Promise<void>((resolve) => {
      const peer = client((packet) => {
        arrived.push(packet);
        resolve();
      });
      expect(connect(side, peer)).toBeUndefined();
    });
    await side.reached('connected');
    await clients[0]!.connected;
    clients[0]!.send(rtp(4711, 7));
    expect((await side.nextPacket()).readUInt32BE(8)).toBe(4711);
    expect(side.transport.send(rtp(815, 8))).toBe(true);
    await first;
    expect(arrived[0]!.readUInt32BE(8)).toBe(815);
  });

  it('is reached over IPv6 as well', async () => {
    const side = bridgeSide();
    const peer = client();
    const described6 = { ...described(side.transport), candidates: hostCandidates(['::1'], port.port) };
    side.transport.setRemote(peer.answer(described6));
    peer.start();
    await side.reached('connected');
    await peer.connected;
    peer.send(rtp(6, 6));
    expect((await side.nextPacket()).readUInt32BE(8)).toBe(6);
  });

  it('serves several clients on the one port', async () => {
    const sides = [bridgeSide(), bridgeSide(), bridgeSide()];
    for (const side of sides) connect(side, client());
    await Promise.all(sides.map((side) => side.reached('connected')));
    await Promise.all(clients.map((each) => each.connected));
    clients.forEach((each, index) => each.send(rtp(100 + index, 1)));
    const packets = await Promise.all(sides.map((side) => side.nextPacket()));
    expect(packets.map((packet) => packet.readUInt32BE(8))).toEqual([100, 101, 102]);
  });

  it('does without data channels where none are wanted', async () => {
    const side = bridgeSide(false);
    const peer = new LoopbackClient('plain', undefined, { data: false, setup: 'active' });
    clients.push(peer);
    connect(side, peer);
    await side.reached('connected');
    await peer.connected;
    peer.send(rtp(1, 1));
    await side.nextPacket();
  });

  it('hands over the data channel that the client opens', async () => {
    const side = bridgeSide();
    const peer = client();
    connect(side, peer);
    await peer.connected;
    const heard = new EventEmitter();
    const reply = once(heard, 'text');
    const sending = peer.openChannel('JVB data channel', 'http://jitsi.org/protocols/colibri', (text) =>
      heard.emit('text', text),
    );
    const channel = await side.nextChannel();
    expect([channel.label, channel.protocol]).toEqual([
      'JVB data channel',
      'http://jitsi.org/protocols/colibri',
    ]);
    const text = new Promise<string>((resolve) =>
      channel.listen({ onText: resolve, onClosed: () => undefined }),
    );
    (await sending)('from the client');
    expect(await text).toBe('from the client');
    expect(channel.send('from the bridge')).toBe(true);
    expect(await reply).toEqual(['from the bridge']);
  });

  it('refuses a client whose certificate has another fingerprint', async () => {
    const side = bridgeSide();
    const peer = client();
    const answer = peer.answer(described(side.transport));
    const forged = { hash: 'sha-256', setup: 'active', value: Array(32).fill('AB').join(':') } as const;
    side.transport.setRemote({ ...answer, fingerprints: [forged] });
    peer.start();
    await side.reached('failed');
    expect(side.transport.state).toBe('failed');
    expect(side.transport.send(rtp(1, 1))).toBe(false);
    expect(port.counts.endpoints).toEqual({ iceFailed: 0, dtlsFailed: 1 });
  });

  it('tells by which path a client is reached, and counts that it is', async () => {
    const side = bridgeSide();
    expect(side.transport.ice).toEqual({ state: 'new', established: false });
    const peer = client();
    connect(side, peer);
    await side.reached('connected');
    expect(side.transport.ice).toMatchObject({
      local: { port: port.port },
      remote: { type: 'prflx' },
    });
    expect(port.counts).toMatchObject({ iceSucceeded: 1, iceSucceededRelayed: 0 });
    side.transport.close();
    expect(side.transport.ice).toMatchObject({ established: true });
  });

  it('tells when the client has gone', async () => {
    const side = bridgeSide();
    const peer = client();
    connect(side, peer);
    await peer.connected;
    // A library that is closed while its SCTP association is still being set up waits for that to time out.
    await peer.openChannel('data', '', () => undefined);
    await side.nextChannel();
    peer.close();
    await side.reached('closed');
  });

  it.each([
    ['a ufrag with a line break', { ufrag: 'abcd\r\na=x' }],
    ['a short password', { pwd: 'short' }],
    ['a malformed fingerprint', { fingerprints: [{ hash: 'sha-256', setup: 'active', value: 'AB:CD' }] }],
    ['an unknown hash', { fingerprints: [{ hash: 'md5', setup: 'active', value: 'AB' }] }],
  ] as const)('refuses %s', (_, wrong) => {
    const side = bridgeSide();
    const answer = client().answer(described(side.transport));
    expect(side.transport.setRemote({ ...answer, ...wrong })).toBeTypeOf('string');
    expect(side.transport.state).toBe('new');
  });

  it('waits while credentials are missing, and ignores later ones', () => {
    const side = bridgeSide();
    const answer = client().answer(described(side.transport));
    expect(side.transport.setRemote({ ...answer, fingerprints: [] })).toBeUndefined();
    expect(side.transport.state).toBe('new');
    side.transport.setRemote(answer);
    expect(side.transport.state).toBe('connecting');
    expect(side.transport.setRemote({ ...answer, pwd: 'x' })).toBeUndefined();
  });

  it('answers nobody who names no transport', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const answered: Buffer[] = [];
    socket.on('message', (message: Buffer) => answered.push(message));
    const stun = Buffer.alloc(36);
    stun.writeUInt16BE(0x0001, 0);
    stun.writeUInt16BE(16, 2);
    stun.writeUInt32BE(0x2112a442, 4);
    stun.writeUInt16BE(0x0006, 20);
    stun.writeUInt16BE(9, 22);
    stun.write('nobody:me', 24, 'latin1');
    for (const datagram of [stun, Buffer.from('garbage'), rtp(1, 1), Buffer.alloc(0)]) {
      socket.send(datagram, port.port, '127.0.0.1');
    }
    // A client that does connect shows that the port has read past those datagrams.
    const side = bridgeSide();
    connect(side, client());
    await side.reached('connected');
    socket.close();
    expect(answered).toEqual([]);
  });

  it('says when the port is taken', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const taken = socket.address().port;
    await expect(MediaPort.open({ port: taken, bindAddress: '127.0.0.1' }, log)).rejects.toThrow(
      'EADDRINUSE',
    );
    socket.close();
  });
});
