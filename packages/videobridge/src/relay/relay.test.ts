/** Media of a conference that spans bridges: what crosses their links, and what does not. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';

import { ConferenceChannels } from '../conference/channels.js';
import { audioSource, Meeting, rtpPacket, simulcastSource, VP8 } from '../conference/meeting.testing.js';
import { buildSenderReport } from '../rtp/rtcp-builders.js';
import type { EndpointTransport } from '../transport/endpoint-transport.js';
import { MediaPort } from '../transport/media-port.js';
import { LinkEgress } from './link-egress.js';
import {
  alice,
  aliceAndBob,
  announce,
  ask,
  audio,
  bob,
  isWanted,
  link,
  video,
} from './linked-meetings.testing.js';

// Connections in earnest take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let meetings: Meeting[];
let one: Meeting;
let two: Meeting;

beforeEach(async () => {
  meetings = await Promise.all([Meeting.open(), Meeting.open()]);
  [one, two] = meetings as [Meeting, Meeting];
});

afterEach(() => {
  for (const meeting of meetings) meeting.close();
});

describe('a conference on two bridges', () => {
  it('is heard and seen across, in both directions', async () => {
    const { a, b } = await aliceAndBob(one, two);
    await Promise.all([isWanted(one, 'alice-v0', -1), isWanted(two, 'bob-v0', -1)]);
    a.client.send(audio(11, 1));
    a.client.send(video(12, 2));
    b.client.send(audio(21, 3));
    b.client.send(video(22, 4));
    await Promise.all([b.rtp(11, 1), b.rtp(12, 2), a.rtp(21, 3), a.rtp(22, 4)]);
  });

  it('sends each stream over the link once, however many there are on the other side', async () => {
    const { a, b, links } = await aliceAndBob(one, two);
    const c = await two.join('carol');
    await two.settled();
    await isWanted(one, 'alice-v0', -1);
    const before = links[0].traffic.packetsSent;
    for (let sequence = 1; sequence <= 20; sequence++) a.client.send(video(12, sequence));
    await Promise.all([b.rtp(12, 20), c.rtp(12, 20)]);
    // Twenty packets, and reports now and then.
    expect(links[0].traffic.packetsSent - before).toBeLessThan(30);
  });

  it('does not send video over the link that nobody watches there', async () => {
    const { a, b, links } = await aliceAndBob(one, two);
    await isWanted(one, 'alice-v0', -1);
    b.endpoint.reception.constrain({ defaultConstraints: { maxHeight: 0 } });
    await isWanted(one, 'alice-v0', 0);
    const before = links[1].ingress.packets;
    for (let sequence = 1; sequence <= 20; sequence++) a.client.send(video(12, sequence));
    a.client.send(audio(11, 1));
    await b.rtp(11, 1);
    expect(links[1].ingress.packets - before).toBeLessThan(10);
  });

  it('sends no encoding over the link that is higher than anybody there wants it', async () => {
    const simulcast = simulcastSource('alice', [12, 13], [14, 15]);
    const links = link(one, two);
    const [a, b] = await Promise.all([one.join('alice', [simulcast]), two.join('bob', bob)]);
    announce(two, one, 'alice', [simulcast]);
    await one.until(() => links.every((relay) => relay.connected && relay.channel.open));
    b.endpoint.reception.constrain({ defaultConstraints: { maxHeight: 180 } });
    await isWanted(one, 'alice-v0', 180);
    for (let sequence = 1; sequence <= 10; sequence++) {
      a.client.send(video(14, 500 + sequence));
      a.client.send(video(12, sequence));
    }
    await b.rtp(12, 10);
    const [source] = two.conference.relays.sources;
    expect(source?.type === 'video' && source.encodings.map(({ stream }) => stream.last >= 0)).toEqual([
      true,
      false,
    ]);
  });

  it('counts what crosses the link by itself, also when the relay is gone', async () => {
    const { a, b } = await aliceAndBob(one, two);
    a.client.send(audio(11, 1));
    await b.rtp(11, 1);
    expect(two.bridge.relayTraffic.packetsReceived).toBeGreaterThan(0);
    const state = two.bridge.state('meeting') as { relays: Record<string, unknown> };
    expect(state.relays[one.bridge.relayId]).toMatchObject({
      transport: { state: 'connected' },
      endpoints: ['alice'],
    });
    two.conference.relays.expire(one.bridge.relayId, 'asked for');
    expect(two.bridge.relayTraffic.packetsReceived).toBeGreaterThan(0);
  });

  it('makes the sender send as high as anybody wants it on any bridge', async () => {
    const { a, b } = await aliceAndBob(one, two);
    await one.join('carol');
    await one.settled();
    one.members[1]!.endpoint.reception.constrain({ defaultConstraints: { maxHeight: 180 } });
    b.endpoint.reception.constrain({ defaultConstraints: { maxHeight: 720 } });
    await isWanted(one, 'alice-v0', 720);
    b.endpoint.reception.constrain({ defaultConstraints: { maxHeight: 0 } });
    await isWanted(one, 'alice-v0', 180);
    expect(a.endpoint.connected).toBe(true);
  });

  it('asks across for keyframes', async () => {
    const { a } = await aliceAndBob(one, two);
    await isWanted(one, 'alice-v0', -1);
    const between = Buffer.from([0x90, 0x80, 0x80, 1, 1, 0, 0, 0]);
    a.client.send(rtpPacket({ payloadType: VP8, ssrc: 12, sequence: 1, payload: between }));
    expect((await a.rtcp('pli')).media).toBe(12);
  });

  it('repairs what was lost on the link by NACK', async () => {
    const { a, b, links } = await aliceAndBob(one, two);
    await isWanted(one, 'alice-v0', -1);
    a.client.send(video(12, 1));
    await b.rtp(12, 1);
    const lost = vi.spyOn(LinkEgress.prototype, 'sendRtp').mockReturnValueOnce(true);
    for (const sequence of [2, 3, 4, 5]) a.client.send(video(12, sequence));
    await b.rtp(12, 2);
    expect(lost.mock.calls[0]?.[0].readUInt16BE(2)).toBeGreaterThan(1);
    lost.mockRestore();
    expect(links[0].traffic.packetsRetransmitted).toBe(1);
  });

  it('passes sender reports on, so that lips stay with the voice', async () => {
    const { a, b } = await aliceAndBob(one, two);
    a.client.send(audio(11, 1));
    await b.rtp(11, 1);
    a.client.send(
      buildSenderReport({
        ssrc: 11,
        ntpSeconds: 1000,
        ntpFraction: 7,
        rtpTimestamp: 90,
        packets: 1,
        octets: 8,
      }),
    );
    expect(await b.rtcp('sender-report', ({ ssrc }) => ssrc === 11)).toMatchObject({
      ntpSeconds: 1000,
      rtpTimestamp: 90,
    });
  });

  it('links itself again when the connection breaks', async () => {
    const opened = vi.spyOn(MediaPort.prototype, 'createLink');
    const { a, b, links } = await aliceAndBob(one, two);
    const transport = opened.mock.results[0]?.value as EndpointTransport;
    opened.mockRestore();
    // Before its SCTP association stands a connection would take its time to close.
    await isWanted(one, 'alice-v0', -1);
    transport.close();
    await one.until(() => links.every(({ connected }) => !connected));
    await one.until(() => links.every((relay) => relay.connected && relay.channel.open));
    a.client.send(audio(11, 7));
    b.client.send(audio(21, 8));
    await Promise.all([b.rtp(11, 7), a.rtp(21, 8)]);
  });

  it('hears on both what a service on one of them makes of what somebody says on the other', async () => {
    const german = { ...audioSource('bob', 31), id: 'bob-a0.de', synthetic: true } as const;
    const links = link(one, two);
    const [a, b] = await Promise.all([one.join('alice', alice), two.join('bob', [...bob, german])]);
    announce(one, two, 'bob', [...bob, german]);
    await one.until(() => links.every((relay) => relay.connected && relay.channel.open));
    const service = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(service, 'listening');
    const connected = once(service, 'connection');
    one.conference.changeConnects([
      {
        id: 'translator',
        url: `ws://127.0.0.1:${(service.address() as AddressInfo).port}`,
        protocol: 'mediajson',
        type: 'translator',
        audio: true,
        headers: [],
        exports: [],
        requests: ['bob-a0.de'],
        create: true,
      },
    ]);
    for (const { endpoint } of [a, b])
      endpoint.reception.subscribe({
        colibriClass: 'ReceiverAudioSubscription',
        all: true,
        include: ['bob-a0.de'],
        exclude: [],
      });
    for (const { conference } of [one, two]) conference.rebuild();
    const [socket] = (await connected) as [WebSocket];
    const say = (...chunks: number[]) => {
      for (const chunk of chunks) {
        const media = { tag: 'bob-a0.de', chunk: String(chunk), timestamp: '960', payload: 'c291bmQ=' };
        socket.send(JSON.stringify({ event: 'media', media }));
      }
    };
    say(6007);
    await Promise.all([a.rtp(31, 6007), b.rtp(31, 6007)]);
    // The service begins anew: after one that may as well be late its numbers go on without a gap.
    say(0, 1, 2);
    await Promise.all([a.rtp(31, 6009), b.rtp(31, 6009)]);
    socket.terminate();
    service.close();
  });

  it('goes on by itself when the other bridge is gone', async () => {
    const { b, links } = await aliceAndBob(one, two);
    await isWanted(two, 'bob-v0', -1);
    one.close();
    await two.until(() => !links[1].connected);
    await isWanted(two, 'bob-v0', 0);
    expect(b.endpoint.connected).toBe(true);
    ask(two, { id: one.bridge.relayId, expire: true });
    expect(two.conference.relays.size).toBe(0);
    expect(two.conference.speakers).toEqual(['bob']);
    meetings = [two];
  });
});

describe('a conference on three bridges', () => {
  it('does not send into a mesh what came from it, and does send it into another', async () => {
    const three = await Meeting.open();
    meetings.push(three);
    const links = [...link(one, two, '0'), ...link(two, three, '1')];
    const [a, c] = await Promise.all([one.join('alice', alice), three.join('carol')]);
    announce(two, one, 'alice', alice);
    announce(three, two, 'alice', alice);
    await one.until(() => links.every((relay) => relay.connected && relay.channel.open));
    a.client.send(audio(11, 1));
    await c.rtp(11, 1);
    // What is wanted comes round by the bridge in the middle.
    await isWanted(one, 'alice-v0', -1);
    a.client.send(video(12, 2));
    await c.rtp(12, 2);
    expect(one.conference.relays.get(two.bridge.relayId)!.ingress.drops.unknownSsrc).toBe(0);
    expect(two.conference.relays.joinsMeshes).toBe(true);
    const delivered = vi.spyOn(ConferenceChannels.prototype, 'deliver');
    one.conference.relays.pass({ colibriClass: 'EndpointMessage', from: 'alice', to: '', msgPayload: {} });
    // The bridge in the middle, the one beyond, and not the first again.
    await two.until(() => delivered.mock.calls.length === 2);
    const { received } = one.conference.relays.get(two.bridge.relayId)!.channel;
    one.conference.relays.pass({ colibriClass: 'EndpointMessage', from: 'alice', to: '', msgPayload: {} });
    await two.until(() => delivered.mock.calls.length === 4);
    expect(one.conference.relays.get(two.bridge.relayId)!.channel.received).toBe(received);
    delivered.mockRestore();
  });
});
