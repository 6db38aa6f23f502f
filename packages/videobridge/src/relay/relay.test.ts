import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';

import {
  type ConferenceModified,
  type Fingerprint,
  type IceTransport,
  isStanzaError,
  type MediaSource,
  type RelayModify,
  stringifyBridgeMessage,
} from '@conclave/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';

import { modifyConference } from '../colibri/conference-modify.js';
import { ConferenceChannels } from '../conference/channels.js';
import {
  audioSource,
  MEDIA,
  Meeting,
  type Member,
  OPUS,
  rtpPacket,
  simulcastSource,
  videoSource,
  VP8,
} from '../conference/meeting.testing.js';
import { VideoSource } from '../conference/video-source.js';
import { buildSenderReport } from '../rtp/rtcp-builders.js';
import type { EndpointTransport } from '../transport/endpoint-transport.js';
import { MediaPort } from '../transport/media-port.js';
import { LinkEgress } from './link-egress.js';
import type { Relay } from './relay.js';

// Connections in earnest take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const alice = [audioSource('alice', 11), videoSource('alice', 12, 13)];
const bob = [audioSource('bob', 21), videoSource('bob', 22, 23)];
const audio = (ssrc: number, sequence: number): Buffer => rtpPacket({ payloadType: OPUS, ssrc, sequence });
const video = (ssrc: number, sequence: number): Buffer => rtpPacket({ payloadType: VP8, ssrc, sequence });

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

function ask({ bridge }: Meeting, relay: Omit<RelayModify, 'media' | 'endpoints'> & Partial<RelayModify>) {
  const relays = [{ media: [], endpoints: [], ...relay }];
  const answer = modifyConference(bridge, { meetingId: 'meeting', endpoints: [], relays }, () => []);
  if (isStanzaError(answer)) throw new Error(`refused: ${answer.condition} ${answer.text ?? ''}`);
  return answer;
}

const transportOf = ({ relays }: ConferenceModified): IceTransport => relays![0]!.transport!.ice!;
const withSetup = (ice: IceTransport, setup: Fingerprint['setup']): IceTransport => ({
  ...ice,
  fingerprints: ice.fingerprints.map((fingerprint) => ({ ...fingerprint, setup })),
});

/** Links two bridges as the focus does. */
function link(initiator: Meeting, responder: Meeting, meshId = '0'): [Relay, Relay] {
  const create = (at: Meeting, peer: Meeting, role: 'client' | 'server') =>
    transportOf(
      ask(at, {
        id: peer.bridge.relayId,
        create: true,
        meshId,
        media: MEDIA,
        transport: { useUniquePort: true, iceControlling: role === 'client', sctp: { role } },
      }),
    );
  const first = create(initiator, responder, 'client');
  const second = create(responder, initiator, 'server');
  ask(initiator, { id: responder.bridge.relayId, transport: { ice: withSetup(second, 'active') } });
  ask(responder, { id: initiator.bridge.relayId, transport: { ice: withSetup(first, 'passive') } });
  return [
    initiator.conference.relays.get(responder.bridge.relayId)!,
    responder.conference.relays.get(initiator.bridge.relayId)!,
  ];
}

const announce = (at: Meeting, behind: Meeting, id: string, sources: readonly MediaSource[]) =>
  ask(at, {
    id: behind.bridge.relayId,
    endpoints: [{ id, create: true, media: [], sources, capabilities: ['source-names'] }],
  });

/** Alice on the first bridge and Bob on the second, linked; each has been told of the other. */
async function aliceAndBob(): Promise<{ a: Member; b: Member; links: [Relay, Relay] }> {
  const links = link(one, two);
  const [a, b] = await Promise.all([one.join('alice', alice), two.join('bob', bob)]);
  announce(two, one, 'alice', alice);
  announce(one, two, 'bob', bob);
  await one.until(() => links.every((relay) => relay.connected && relay.channel.open));
  return { a, b, links };
}

const wanted = (meeting: Meeting, name: string): number | undefined =>
  meeting.conference.localSources.flatMap((source) =>
    source.type === 'video' && source.name === name ? [source.maxHeight] : [],
  )[0];

/** Resolves when what is wanted of a source has come round to its sender's bridge. */
const isWanted = (meeting: Meeting, name: string, height: number) =>
  meeting.until(() => wanted(meeting, name) === height);

describe('a conference on two bridges', () => {
  it('is heard and seen across, in both directions', async () => {
    const { a, b } = await aliceAndBob();
    await Promise.all([isWanted(one, 'alice-v0', -1), isWanted(two, 'bob-v0', -1)]);
    a.client.send(audio(11, 1));
    a.client.send(video(12, 2));
    b.client.send(audio(21, 3));
    b.client.send(video(22, 4));
    await Promise.all([b.rtp(11, 1), b.rtp(12, 2), a.rtp(21, 3), a.rtp(22, 4)]);
  });

  it('sends each stream over the link once, however many there are on the other side', async () => {
    const { a, b, links } = await aliceAndBob();
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
    const { a, b, links } = await aliceAndBob();
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
    const { a, b } = await aliceAndBob();
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
    const { a, b } = await aliceAndBob();
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
    const { a } = await aliceAndBob();
    await isWanted(one, 'alice-v0', -1);
    const between = Buffer.from([0x90, 0x80, 0x80, 1, 1, 0, 0, 0]);
    a.client.send(rtpPacket({ payloadType: VP8, ssrc: 12, sequence: 1, payload: between }));
    expect((await a.rtcp('pli')).media).toBe(12);
  });

  it('repairs what was lost on the link by NACK', async () => {
    const { a, b, links } = await aliceAndBob();
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
    const { a, b } = await aliceAndBob();
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

  it('passes messages to all, and to the bridge of whom they are for', async () => {
    const { a, b } = await aliceAndBob();
    const heard = new EventEmitter();
    const open = (member: Member, name: string) =>
      member.client.openChannel('JVB data channel', '', (text) => heard.emit(name, JSON.parse(text)));
    const [fromAlice] = await Promise.all([open(a, 'alice'), open(b, 'bob')]);
    const got = async (): Promise<unknown> => {
      for (;;) {
        const [message] = (await once(heard, 'bob')) as [{ colibriClass: string }];
        if (message.colibriClass === 'EndpointMessage') return message;
      }
    };
    for (const to of ['', 'bob']) {
      const message = got();
      fromAlice(stringifyBridgeMessage({ colibriClass: 'EndpointMessage', to, msgPayload: { to } }));
      expect(await message).toMatchObject({ from: 'alice', msgPayload: { to } });
    }
  });

  it('tells the other bridge that a source is a screen', async () => {
    const { a, links } = await aliceAndBob();
    const say = await a.client.openChannel('JVB data channel', '', () => undefined);
    say(
      stringifyBridgeMessage({
        colibriClass: 'SourceVideoTypeMessage',
        sourceName: 'alice-v0',
        videoType: 'desktop',
      }),
    );
    await two.until(() =>
      two.conference.relays.sources.some(
        (source) => source.type === 'video' && source.videoType === 'desktop',
      ),
    );
    expect(links[1].endpoints.get('alice')?.sources).toHaveLength(2);
  });

  it('believes of another bridge only what it says of its own endpoints', async () => {
    const { b, links } = await aliceAndBob();
    await two.join('carol');
    const delivered = vi.spyOn(ConferenceChannels.prototype, 'deliver');
    const say = (from: string) =>
      links[0].channel.send({ colibriClass: 'EndpointMessage', to: '', from, msgPayload: {} });
    for (const from of ['bob', 'carol', 'mallory', 'alice']) say(from);
    await two.until(() => delivered.mock.calls.length > 0);
    expect(delivered.mock.calls.map(([message]) => message.from)).toEqual(['alice']);
    delivered.mockRestore();
    const told = vi.spyOn(ConferenceChannels.prototype, 'tellAll');
    for (const endpoint of ['bob', 'carol', 'mallory', 'alice'])
      links[0].channel.send({
        colibriClass: 'EndpointConnectivityStatusChangeEvent',
        endpoint,
        active: false,
      });
    await two.until(() => told.mock.calls.length > 0);
    expect(told.mock.calls.map(([message]) => 'endpoint' in message && message.endpoint)).toEqual(['alice']);
    told.mockRestore();
    // Nor does news that comes late take somebody away who is here.
    announce(two, one, 'bob', [audioSource('bob', 91)]);
    expect(two.conference.relays.endpoint('bob')).toBeUndefined();
    expect(b.endpoint.connected).toBe(true);
  });

  it('hears who speaks on the other bridge', async () => {
    await aliceAndBob();
    expect(new Set(two.conference.speakers)).toEqual(new Set(['alice', 'bob']));
  });

  it('forgets who has left the other bridge', async () => {
    const { links } = await aliceAndBob();
    ask(two, {
      id: one.bridge.relayId,
      endpoints: [{ id: 'alice', expire: true, media: [], capabilities: [] }],
    });
    expect(links[1].endpoints.size).toBe(0);
    expect(two.conference.speakers).toEqual(['bob']);
    expect(two.conference.relays.sources).toEqual([]);
  });

  it('takes an endpoint that moves from one bridge to the other, with the same sources', async () => {
    const { a } = await aliceAndBob();
    one.conference.expireEndpoint('alice', 'moves');
    a.client.close();
    const moved = await two.join('alice', alice);
    expect(moved.endpoint.sources).toHaveLength(2);
    expect(two.conference.relays.endpoint('alice')).toBeUndefined();
    announce(one, two, 'alice', alice);
    const c = await one.join('carol');
    moved.client.send(audio(11, 9));
    await c.rtp(11, 9);
  });

  it('links itself again when the connection breaks', async () => {
    const opened = vi.spyOn(MediaPort.prototype, 'createLink');
    const { a, b, links } = await aliceAndBob();
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
    const { b, links } = await aliceAndBob();
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

describe('what another bridge wishes', () => {
  const transport = { sctp: { role: 'client' } } as const;
  const wished = (others: number) => {
    ask(one, { id: 'x', create: true, meshId: '0', transport });
    const relay = one.conference.relays.get('x')!;
    relay.wish('alice-v0', 180);
    for (let other = 0; other < others; other++) relay.wish(`${other}-v0`, 720);
    return relay;
  };
  const sees = (relay: Relay) => {
    relay.see([new VideoSource('alice', 'alice-v0', [{ ssrc: 12, rtx: 13 }], relay.formats, 'camera')]);
    return (relay.state as { sent: { maxHeight: number }[] }).sent[0]?.maxHeight;
  };

  it('is remembered, also of a source that is not there yet', () => {
    expect(sees(wished(999))).toBe(180);
  });

  it('is forgotten for a thousand others', () => {
    expect(sees(wished(1000))).toBe(0);
  });

  it('is remembered longer when it is said again, and makes nothing else forgotten', () => {
    const relay = wished(999);
    relay.wish('998-v0', 360);
    expect(sees(relay)).toBe(180);
    relay.wish('alice-v0', 360);
    relay.wish('new-v0', 720);
    relay.see([]);
    expect(sees(relay)).toBe(360);
  });
});

describe('a request about a relay', () => {
  const refused = (request: Parameters<typeof ask>[1]) => () => ask(one, request);
  const transport = { sctp: { role: 'client' } } as const;

  it.each([
    ['that is not known', { id: 'x' }, 'bad-request'],
    ['without a transport', { id: 'x', create: true, meshId: '0' }, 'bad-request'],
    ['without a mesh', { id: 'x', create: true, transport }, 'bad-request'],
    ['that is to have no channel', { id: 'x', create: true, meshId: '0', transport: {} }, 'feature-not'],
  ])('is refused for one %s', (_what, request, condition) => {
    expect(refused(request)).toThrow(condition);
    expect(one.conference.relays.size).toBe(0);
  });

  it('is refused for one that exists', () => {
    ask(one, { id: 'x', create: true, meshId: '0', transport });
    expect(refused({ id: 'x', create: true, meshId: '0', transport })).toThrow('conflict');
    expect(one.conference.relays.size).toBe(1);
  });

  it('is answered with a transport that leaves the parts in DTLS open', () => {
    const answer = ask(one, { id: 'x', create: true, meshId: '0', transport: { sctp: { role: 'server' } } });
    expect(answer.relays).toMatchObject([{ id: 'x', transport: { sctp: { role: 'server', port: 5000 } } }]);
    expect(transportOf(answer)).toMatchObject({ fingerprints: [{ setup: 'actpass' }] });
    expect(transportOf(answer).candidates.map(({ port }) => port)).toContain(one.bridge.mediaPort);
  });

  it('takes the formats of the conference, but no feedback of congestion control', () => {
    ask(one, { id: 'x', create: true, meshId: '0', transport, media: MEDIA });
    const { formats } = one.conference.relays.get('x')!;
    expect(formats.payload(VP8)).toMatchObject({ medium: 'video', codec: 'vp8' });
    expect(formats.extensions.transportCc).toBeGreaterThan(0);
    expect(formats.transportCcFeedback).toBe(false);
  });

  it('refuses sources that clash with those of endpoints here', async () => {
    await one.join('bob', bob);
    ask(one, { id: 'x', create: true, meshId: '0', transport });
    ask(one, {
      id: 'x',
      endpoints: [
        { id: 'mallory', create: true, media: [], sources: [audioSource('mallory', 21)], capabilities: [] },
      ],
    });
    expect(one.conference.relays.sources).toEqual([]);
  });
});
