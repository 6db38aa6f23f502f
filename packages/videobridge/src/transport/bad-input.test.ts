/** What strangers and bad clients do to the shared port and to the transports behind it: those who behave never notice. */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { audioSource, Meeting, type Member, OPUS, rtpPacket } from '../conference/meeting.testing.js';
import { LoopbackClient } from './loopback-client.js';

// Connections in earnest take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let meeting: Meeting;
let a: Member;
let b: Member;
const sockets: Socket[] = [];
const clients: LoopbackClient[] = [];

beforeEach(async () => {
  meeting = await Meeting.open();
  [a, b] = await meeting.together(
    meeting.join('alice', [audioSource('alice', 11)]),
    meeting.join('bob', [audioSource('bob', 21)]),
  );
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
  for (const client of clients.splice(0)) client.close();
  meeting.close();
});

async function stranger(): Promise<Socket> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** A STUN binding request (RFC 8489) for that user name. */
function binding(username: string): Buffer {
  const value = Buffer.from(username);
  const padded = Buffer.concat([value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
  const head = Buffer.alloc(24);
  head.writeUInt16BE(0x0001, 0);
  head.writeUInt16BE(4 + padded.length, 2);
  head.writeUInt32BE(0x2112a442, 4);
  randomBytes(12).copy(head, 8);
  head.writeUInt16BE(0x0006, 20);
  head.writeUInt16BE(value.length, 22);
  return Buffer.concat([head, padded]);
}

/** Sends a packet each way, which has to arrive. */
async function meetingGoesOn(sequence: number): Promise<void> {
  a.client.send(rtpPacket({ payloadType: OPUS, ssrc: 11, sequence }));
  b.client.send(rtpPacket({ payloadType: OPUS, ssrc: 21, sequence }));
  await Promise.all([b.rtp(11, sequence), a.rtp(21, sequence)]);
}

/** A client that has been invited, and what it answers. */
function invited(id: string) {
  const endpoint = meeting.conference.createEndpoint(id, { dataChannels: true });
  const client = new LoopbackClient(id);
  clients.push(client);
  return { endpoint, client, answer: client.answer(meeting.bridge.describeTransport(endpoint, [])) };
}

describe('those who behave never notice', () => {
  it('a flood of STUN requests for nobody and for somebody, of garbage and of DTLS', async () => {
    const { ufrag } = a.endpoint.transport.credentials;
    const flood = [
      binding('nobody:x'),
      binding(`${ufrag}:guessed`),
      Buffer.concat([Buffer.from('16feff0000000000000000', 'hex'), randomBytes(40)]),
      randomBytes(1200),
      Buffer.from([0x80]),
    ];
    const strangers = await Promise.all(Array.from({ length: 10 }, stranger));
    let heard = 0;
    let said = 0;
    for (const each of strangers) each.on('message', (answer: Buffer) => (heard += answer.length));
    for (let round = 0; round < 20; round++) {
      for (const [index, socket] of strangers.entries()) {
        for (const datagram of flood) {
          socket.send(datagram, meeting.bridge.mediaPort, '127.0.0.1');
          said += datagram.length;
        }
        if (index === 5) await meetingGoesOn(round);
      }
    }
    await meetingGoesOn(100);
    // Whoever floods in another's name must not have more sent there than it sends itself.
    expect(heard).toBeLessThan(said);
    expect([a.endpoint.connected, b.endpoint.connected]).toEqual([true, true]);
  });

  it('a client whose DTLS certificate has another fingerprint than it said', async () => {
    const { endpoint, client, answer } = invited('mallory');
    const forged = { hash: 'sha-256', setup: 'active', value: Array(32).fill('AB').join(':') } as const;
    endpoint.setRemote({ ...answer, fingerprints: [forged] });
    client.start();
    await meeting.until(() => endpoint.transport.state !== 'connecting');
    expect(['failed', 'closed']).toContain(endpoint.transport.state);
    await meetingGoesOn(1);
    await meeting.until(() => {
      meeting.conference.expireGone(performance.now());
      return !meeting.conference.endpoints.has('mallory');
    });
    await meetingGoesOn(2);
  });

  it('clients that vanish in the middle of the handshake', async () => {
    const endpoints = Array.from({ length: 5 }, (_, index) => {
      const { endpoint, client, answer } = invited(`ghost${index}`);
      endpoint.setRemote(answer);
      // Some never begin, the others end as soon as they have begun.
      if (index > 1) client.start();
      if (index > 2) client.close();
      return endpoint;
    });
    await meetingGoesOn(1);
    // Whoever has never been connected is given up after two minutes.
    const later = performance.now() + 121_000;
    for (const endpoint of endpoints) if (!endpoint.connected) expect(endpoint.isGone(later)).toBe(true);
    meeting.conference.expireGone(later);
    for (const { id, connected } of endpoints)
      if (!connected) expect(meeting.conference.endpoints.has(id)).toBe(false);
    await meetingGoesOn(2);
  });

  it('data-channel messages that are too long for the channel, and for the connection', async () => {
    const say = await a.client.openChannel('JVB data channel', '', () => undefined);
    await meeting.until(() => a.endpoint.channel.open);
    const hello = (text: string) =>
      JSON.stringify({ colibriClass: 'EndpointMessage', to: '', msgPayload: { text } });
    say(hello('x'.repeat(20_000)));
    await meeting.until(() => a.endpoint.channel.refused === 1);
    await meetingGoesOn(1);
    // The library refuses to send more than the bridge has said that it takes, or the bridge closes the channel.
    try {
      say(hello('x'.repeat(300_000)));
    } catch (error) {
      expect(String(error)).toMatch(/size|too large|length/i);
    }
    await meetingGoesOn(2);
    expect(a.endpoint.channel.received).toBe(0);
    expect(a.endpoint.channel.refused).toBe(1);
  });
});
