/** Restarts of a real transport: the library's DTLS and SRTP go on, while the client's datagrams come by other ways. */
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';

import type { IceTransport } from '@conclave/signaling';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { hostCandidates } from '../candidates.js';
import type { EndpointTransport } from '../endpoint-transport.js';
import { LoopbackClient } from '../loopback-client.js';
import { MediaPort } from '../media-port.js';
import type { IceCredentials } from './credentials.js';
import { type ClientAgent, MovingClient } from './moving-client.testing.js';
import { connectivityCheck } from './stun.js';

vi.setConfig({ testTimeout: 30_000 });

const log = pino({ level: 'silent' });
const patience = { timeout: 10_000, interval: 5 };

let port: MediaPort;
let scenes: Scene[];

/** A client that is connected to the bridge, and what each of them has received: the sequence numbers. */
interface Scene {
  readonly transport: EndpointTransport;
  readonly network: MovingClient;
  readonly client: LoopbackClient;
  /** The client's first credentials. */
  readonly credentials: IceCredentials;
  readonly atBridge: number[];
  readonly atClient: number[];
}

const rtp = (sequence: number): Buffer => {
  const packet = Buffer.alloc(40);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(100, 1);
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(4711, 8);
  return packet;
};

async function connected(host = '127.0.0.1'): Promise<Scene> {
  const network = await MovingClient.open(port.port, host);
  const atBridge: number[] = [];
  const atClient: number[] = [];
  let reached = (): void => undefined;
  const open = new Promise<void>((resolve) => (reached = resolve));
  const transport = port.createTransport('mover', false, {
    onState: (state) => {
      if (state === 'connected') reached();
    },
    onPacket: (packet) => atBridge.push(packet.readUInt16BE(2)),
    onChannel: () => undefined,
  });
  const client = new LoopbackClient('mover', (packet) => atClient.push(packet.readUInt16BE(2)), {
    data: false,
    setup: 'passive',
  });
  const remote = client.answer({
    ...transport.credentials,
    rtcpMux: true,
    candidates: hostCandidates([host], network.nearPort),
    fingerprints: [{ hash: 'sha-256', setup: 'actpass', value: port.fingerprint }],
    webSockets: [],
  });
  expect(transport.setRemote(remote)).toBeUndefined();
  client.start();
  await Promise.all([open, client.connected]);
  const credentials = { ufrag: remote.ufrag ?? '', pwd: remote.pwd ?? '' };
  const scene = { transport, network, client, credentials, atBridge, atClient };
  scenes.push(scene);
  return scene;
}

const answerOf = (agent: ClientAgent, iceGeneration: number | undefined): IceTransport => ({
  ...agent.credentials,
  ...(iceGeneration !== undefined && { iceGeneration }),
  rtcpMux: true,
  candidates: [],
  fingerprints: [],
  webSockets: [],
});

/** Moves the client to a new network, as signalling would have it. */
async function move({ transport, network }: Scene): Promise<ClientAgent> {
  expect(transport.restartIce()).toBe('started');
  const { iceGeneration, ...credentials } = transport.credentials;
  const agent = await network.arrive();
  agent.check(credentials);
  transport.setRemote(answerOf(agent, iceGeneration));
  await agent.nominated;
  network.use(agent);
  await vi.waitFor(() => expect(transport.credentials.iceGeneration).toBeUndefined(), patience);
  return agent;
}

/** Both sides send packets of these numbers, one each 2 ms. */
async function talk({ client, transport }: Scene, first: number, last: number): Promise<void> {
  for (let sequence = first; sequence <= last; sequence += 1) {
    client.send(rtp(sequence));
    transport.send(rtp(sequence));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const numbers = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

beforeEach(async () => {
  port = await MediaPort.open({ port: 0 }, log);
  scenes = [];
});

afterEach(() => {
  for (const { client, network } of scenes) {
    client.close();
    network.close();
  }
  port.close();
});

describe('a client that moves to another network', () => {
  it.each(['127.0.0.1', '::1'])('keeps its session, at %s', async (host) => {
    const scene = await connected(host);
    scene.network.cut = true;
    const agent = await move(scene);
    await vi.waitFor(() => {
      scene.client.send(rtp(1));
      scene.transport.send(rtp(2));
      expect([scene.atBridge[0], scene.atClient[0]]).toEqual([1, 2]);
    }, patience);
    expect(scene.transport.state).toBe('connected');
    expect(scene.transport.ice.remote).toEqual({
      address: host,
      port: agent.socket.address().port,
      type: 'prflx',
    });
    expect(port.counts.iceRestarts).toMatchObject({ started: 1, succeeded: 1 });
  });

  it('while its path still works loses no packet in either direction', async () => {
    const scene = await connected();
    const moving = move(scene);
    let last = 0;
    for (let agent: ClientAgent | undefined; (agent?.packets ?? 0) < 50; last += 50) {
      await talk(scene, last + 1, last + 50);
      agent = await Promise.race([moving, Promise.resolve(undefined)]);
    }
    await vi.waitFor(() => {
      expect([...scene.atBridge].sort((a, b) => a - b)).toEqual(numbers(1, last));
      expect([...scene.atClient].sort((a, b) => a - b)).toEqual(numbers(1, last));
    }, patience);
    expect(scene.network.packets).toBeGreaterThan(0);
  });

  it('is reached there alone, however often it checks its first path', async () => {
    const scene = await connected();
    scene.network.keepChecking(scene.credentials, scene.transport.credentials);
    const agent = await move(scene);
    await vi.waitFor(() => {
      scene.transport.send(rtp(1));
      expect(agent.packets).toBeGreaterThan(0);
    }, patience);
    const [former, packets] = [scene.network.packets, agent.packets];
    await talk(scene, 51, 150);
    expect(scene.network.packets).toBe(former);
    await vi.waitFor(() => expect(agent.packets - packets).toBeGreaterThanOrEqual(100), patience);
  });

  it('again and again is followed each time', async () => {
    const scene = await connected();
    for (const round of [1, 2, 3]) {
      await move(scene);
      scene.network.cut = true;
      await vi.waitFor(() => {
        scene.client.send(rtp(round));
        expect(scene.atBridge).toContain(round);
      }, patience);
    }
    expect(port.counts.iceRestarts).toMatchObject({ started: 3, succeeded: 3 });
  });

  it('does not disturb another, and several move at a time', async () => {
    const [staying, ...moving] = [await connected(), await connected(), await connected()];
    const talking = talk(staying, 1, 200);
    await Promise.all(moving.map(move));
    await talking;
    await vi.waitFor(() => expect(staying.atBridge).toHaveLength(200), patience);
    for (const scene of moving) {
      await vi.waitFor(() => {
        scene.client.send(rtp(9));
        expect(scene.atBridge).toContain(9);
      }, patience);
    }
  });
});

describe('a restart', () => {
  it('whose answer does not come leaves the session as it is', async () => {
    const scene = await connected();
    expect(scene.transport.restartIce()).toBe('started');
    const agent = await scene.network.arrive();
    const { credentials } = scene.transport;
    agent.check(credentials);
    await vi.waitFor(() => expect(agent.answers).toBeGreaterThan(3), patience);
    // RFC 8445 s.7.3: checks are answered at once, but none are made before the client's credentials are known.
    expect(agent.asked).toBe(0);
    await talk(scene, 1, 20);
    await vi.waitFor(() => expect(scene.atBridge).toHaveLength(20), patience);
  });

  it('is not begun before there is a connection', () => {
    const transport = port.createTransport('new', false, {
      onState: () => undefined,
      onPacket: () => undefined,
      onChannel: () => undefined,
    });
    expect(transport.restartIce()).toBe('kept');
    expect(transport.credentials.iceGeneration).toBeUndefined();
    expect(port.counts.iceRestarts.notEstablished).toBe(1);
  });

  it.each([
    ['does not know the password', 'wrong password of the bridge', undefined],
    ['knows neither', 'wrong password of the bridge', 'wrong'],
  ])('is not answered to who %s', async (_, password, ufrag) => {
    const scene = await connected();
    scene.transport.restartIce();
    const { iceGeneration, ...credentials } = scene.transport.credentials;
    const stranger = await scene.network.arrive();
    stranger.check(credentials, password, ufrag);
    const client = await scene.network.arrive();
    scene.transport.setRemote(answerOf(client, iceGeneration));
    client.check(credentials);
    // The true client is answered, when the stranger would have been long ago.
    await vi.waitFor(() => expect(client.answers).toBeGreaterThan(10), patience);
    expect(stranger.answers).toBe(0);
  });

  it('hears the client on a new way before its answer has come by signalling', async () => {
    const scene = await connected();
    scene.transport.restartIce();
    const agent = await scene.network.arrive();
    agent.check(scene.transport.credentials);
    await vi.waitFor(() => expect(agent.answers).toBeGreaterThan(0), patience);
    scene.network.use(agent);
    await talk(scene, 1, 20);
    await vi.waitFor(() => expect(scene.atBridge).toEqual(numbers(1, 20)), patience);
    expect(scene.network.packets).toBeGreaterThan(0);
  });

  it('hears nobody on a way where no check was signed', async () => {
    const scene = await connected();
    scene.transport.restartIce();
    const stranger = await scene.network.arrive();
    stranger.check(scene.transport.credentials, 'wrong password of the bridge');
    const client = await scene.network.arrive();
    client.check(scene.transport.credentials);
    await vi.waitFor(() => expect(client.answers).toBeGreaterThan(10), patience);
    scene.network.use(stranger);
    await talk(scene, 1, 20);
    expect(scene.atBridge).toEqual([]);
  });

  it('ends with its endpoint', async () => {
    const scene = await connected();
    const agent = await move(scene);
    scene.transport.restartIce();
    scene.transport.close();
    const { answers } = agent;
    const other = await connected();
    await talk(other, 1, 50);
    expect(agent.answers - answers).toBeLessThan(3);
    expect(scene.transport.state).toBe('closed');
  });
});

describe('floods while a restart is under way', () => {
  it('of checks that name nobody are dropped, and the restart comes through', async () => {
    const scene = await connected();
    const stranger = await scene.network.arrive();
    const before = performance.now();
    scene.transport.restartIce();
    stranger.check({ ufrag: 'nobody', pwd: 'nothing' });
    for (let sent = 0; sent < 20_000; sent += 1) stranger.send(unknownCheck);
    await once(stranger.socket, 'message', { signal: AbortSignal.timeout(200) }).catch(() => undefined);
    const { iceGeneration, ...credentials } = scene.transport.credentials;
    const agent = await scene.network.arrive();
    agent.check(credentials);
    scene.transport.setRemote(answerOf(agent, iceGeneration));
    await agent.nominated;
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(stranger.answers).toBe(0);
  });

  it('cost little memory and leave the media of others alone, though each check is told of from the first restart on', async () => {
    const [mover, other] = [await connected(), await connected()];
    mover.transport.restartIce();
    const stranger = await mover.network.arrive();
    const check = connectivityCheck({
      transaction: Buffer.alloc(12),
      username: `${'n'.repeat(250)}:${'m'.repeat(250)}`,
      password: 'nothing',
      priority: 1,
      role: 'controlled',
      tieBreaker: 1n,
      useCandidate: false,
    });
    const before = process.memoryUsage.rss();
    // 40,000 checks, of 22 MB in all.
    for (let round = 1; round <= 200; round += 1) {
      for (let sent = 0; sent < 200; sent += 1) stranger.send(check);
      await talk(other, round, round);
    }
    await vi.waitFor(() => {
      other.client.send(rtp(1000));
      other.transport.send(rtp(1000));
      expect([other.atBridge.at(-1), other.atClient.at(-1)]).toEqual([1000, 1000]);
    }, patience);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
    // The system drops what comes faster than the port is read.
    expect(other.atBridge.length).toBeGreaterThan(50);
    expect(stranger.answers).toBe(0);
  });
});

/** Names nobody, and is signed by nobody. */
const unknownCheck = Buffer.from(
  '000100282112a442b7e7a701bc34d686fa87dfae00060009' +
    '6e6f626f64793a6d65000000' +
    '00080014' +
    '00'.repeat(20),
  'hex',
);
