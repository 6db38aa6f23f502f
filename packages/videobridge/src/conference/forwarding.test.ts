import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { buildNack, buildPli, buildSenderReport } from '../rtp/rtcp-builders.js';
import {
  audioSource,
  MEDIA,
  Meeting,
  OPUS,
  RED,
  RTX,
  rtpPacket,
  simulcastSource,
  videoSource,
  VP8,
  type Member,
} from './meeting.testing.js';

// Connections in earnest take their time on a busy machine.
vi.setConfig({ testTimeout: 20_000 });

let meeting: Meeting;

beforeEach(async () => {
  meeting = await Meeting.open();
});

afterEach(() => meeting.close());

const alice = [audioSource('alice', 11), videoSource('alice', 12, 13)];
const bob = [audioSource('bob', 21), videoSource('bob', 22, 23)];
const video = (sequence: number, ssrc = 12): Buffer => rtpPacket({ payloadType: VP8, ssrc, sequence });

describe('a conference', () => {
  it('forwards audio and video both ways', async () => {
    const [a, b] = await meeting.together(meeting.join('alice', alice), meeting.join('bob', bob));
    a.client.send(rtpPacket({ payloadType: OPUS, ssrc: 11, sequence: 1 }));
    a.client.send(video(2));
    b.client.send(rtpPacket({ payloadType: OPUS, ssrc: 21, sequence: 3 }));
    b.client.send(video(4, 22));
    await Promise.all([b.rtp(11, 1), b.rtp(12, 2), a.rtp(21, 3), a.rtp(22, 4)]);
  });

  it('forwards redundant audio as it is to who knows it, and the newest of it to who does not', async () => {
    const [audio, ...others] = MEDIA;
    const red = {
      id: RED,
      name: 'red',
      clockrate: 48_000,
      channels: 2,
      parameters: { '': '111/111' },
      rtcpFeedback: [],
    };
    const knowing = [{ ...audio!, payloadTypes: [...audio!.payloadTypes, red] }, ...others];
    const [a, b, c] = await meeting.together(
      meeting.join('alice', alice, false, knowing),
      meeting.join('bob', [], false, knowing),
      meeting.join('carol'),
    );
    const payload = Buffer.concat([Buffer.from([0x80 | OPUS, 0x0f, 0, 2, OPUS]), Buffer.from('12345')]);
    a.client.send(rtpPacket({ payloadType: RED, ssrc: 11, sequence: 1, payload }));
    const [whole, newest] = await Promise.all([b.rtp(11, 1), c.rtp(11, 1)]);
    expect([whole[1]! & 0x7f, whole.subarray(20)]).toEqual([RED, payload]);
    expect([newest[1]! & 0x7f, newest.subarray(20).toString()]).toEqual([OPUS, '345']);
  });

  it('numbers the packets of each receiver for its own congestion control', async () => {
    const [a, b, c] = await meeting.together(
      meeting.join('alice', alice),
      meeting.join('bob', bob),
      meeting.join('carol'),
    );
    a.client.send(rtpPacket({ payloadType: VP8, ssrc: 12, sequence: 1, transportCc: 900 }));
    await Promise.all([b.rtp(12), c.rtp(12)]);
    b.client.send(rtpPacket({ payloadType: VP8, ssrc: 22, sequence: 1, transportCc: 77 }));
    expect((await c.rtp(22)).readUInt16BE(17)).toBe(2);
    expect((await a.rtp(22)).readUInt16BE(17)).toBe(1);
  });

  it('does not forward what the endpoint was not signalled to send, nor the source of another', async () => {
    const [a, b, c] = await meeting.together(
      meeting.join('alice', alice),
      meeting.join('bob', bob),
      meeting.join('carol'),
    );
    c.client.send(video(1, 12));
    c.client.send(video(2, 22));
    c.client.send(video(3, 999));
    await meeting.until(() => c.endpoint.ingress.drops.unknownSsrc === 3);
    a.client.send(video(50));
    await Promise.all([b.rtp(12), c.rtp(12)]);
    expect((await b.rtp(12)).readUInt16BE(2)).toBe(50);
    expect(a.packets.filter((packet) => packet.readUInt32BE(8) === 22)).toEqual([]);
  });

  it('refuses an SSRC that another endpoint has', async () => {
    await meeting.join('alice', alice);
    await meeting.settled();
    const b = await meeting.join('bob');
    expect(meeting.conference.setSources(b.endpoint, [videoSource('bob', 22, 13)])).toBe('ssrc-in-use');
    expect(b.endpoint.sources).toEqual([]);
  });

  it('drops payload types that were not negotiated, and media of the wrong kind', async () => {
    const [a, b] = await meeting.together(meeting.join('alice', alice), meeting.join('bob', bob));
    a.client.send(rtpPacket({ payloadType: 45, ssrc: 12, sequence: 1 }));
    a.client.send(rtpPacket({ payloadType: OPUS, ssrc: 12, sequence: 2 }));
    a.client.send(rtpPacket({ payloadType: RTX, ssrc: 12, sequence: 3 }));
    a.client.send(video(4));
    expect((await b.rtp(12)).readUInt16BE(2)).toBe(4);
    expect(a.endpoint.ingress.drops.unknownPayloadType).toBe(3);
  });

  it('ignores malformed packets while others go on', async () => {
    const [a, b] = await meeting.together(meeting.join('alice', alice), meeting.join('bob', bob));
    const badPadding = Buffer.concat([video(2), Buffer.from([0])]);
    badPadding.writeUInt8(0xb0, 0);
    const badRtcp = buildPli(1, 22);
    badRtcp.writeUInt16BE(200, 2);
    for (const packet of [badPadding, badRtcp]) a.client.send(packet);
    a.client.send(video(3));
    expect((await b.rtp(12)).readUInt16BE(2)).toBe(3);
    await meeting.until(() => a.endpoint.ingress.drops.malformed === 2);
  });

  it('forwards nothing of a medium that is muted by force', async () => {
    const [a, b] = await meeting.together(meeting.join('alice', alice), meeting.join('bob', bob));
    a.endpoint.ingress.muted.audio = true;
    a.client.send(rtpPacket({ payloadType: OPUS, ssrc: 11, sequence: 1 }));
    a.client.send(video(2));
    await b.rtp(12);
    a.endpoint.ingress.muted.audio = false;
    a.client.send(rtpPacket({ payloadType: OPUS, ssrc: 11, sequence: 3 }));
    expect((await b.rtp(11)).readUInt16BE(2)).toBe(3);
    expect(a.endpoint.ingress.drops.muted).toBe(1);
  });

  it('forwards one encoding of a simulcast source, the highest that the receiver wants', async () => {
    const simulcast = simulcastSource('alice', [12, 13], [14, 15]);
    const [a, b] = await meeting.together(meeting.join('alice', [simulcast]), meeting.join('bob', bob));
    a.client.send(video(500, 14));
    a.client.send(video(1, 12));
    expect((await b.rtp(12)).readUInt16BE(2)).toBe(500);
    b.endpoint.reception.constrain({ defaultConstraints: { maxHeight: 180 } });
    await meeting.settled();
    a.client.send(video(501, 14));
    a.client.send(video(2, 12));
    const next = await b.rtp(12, 501);
    // The picture id goes on too, wherever the other encoding's were.
    expect(next.readUInt16BE(22)).toBe(0x8000 | 501);
    expect(next.readUInt32BE(4)).toBeGreaterThan((await b.rtp(12, 500)).readUInt32BE(4));
    expect(b.packets.every((packet) => packet.readUInt32BE(8) !== 14)).toBe(true);
  });

  it('forwards no video before the receiver has said what it wants, and none that it does not want', async () => {
    const [a, b] = await meeting.together(meeting.join('alice', alice), meeting.join('bob', bob));
    b.endpoint.reception.constrain({ constraints: new Map([['alice-v0', { maxHeight: 0 }]]) });
    await meeting.settled();
    a.client.send(video(1));
    a.client.send(rtpPacket({ payloadType: OPUS, ssrc: 11, sequence: 1 }));
    await b.rtp(11, 1);
    expect(b.packets.some((packet) => packet.readUInt32BE(8) === 12)).toBe(false);
  });

  it('no longer forwards a source that was removed', async () => {
    const [a, b] = await meeting.together(meeting.join('alice', alice), meeting.join('bob', bob));
    meeting.conference.setSources(a.endpoint, [audioSource('alice', 11)]);
    a.client.send(video(1));
    a.client.send(rtpPacket({ payloadType: OPUS, ssrc: 11, sequence: 2 }));
    await b.rtp(11);
    expect(b.packets.some((packet) => packet.readUInt32BE(8) === 12)).toBe(false);
  });
});

describe('an endpoint that sends too much', () => {
  it('is cut to the limit', async () => {
    meeting.close();
    meeting = await Meeting.open({ packetsPerSecond: 10 });
    const [a, b] = await meeting.together(meeting.join('alice', alice), meeting.join('bob', bob));
    for (let sequence = 0; sequence < 50; sequence++) a.client.send(video(sequence));
    await meeting.until(() => a.endpoint.ingress.packets === 50);
    expect(a.endpoint.ingress.drops.tooMany).toBeGreaterThanOrEqual(35);
    await b.rtp(12, 0);
  });
});

describe('recovery from loss', () => {
  let a: Member;
  let b: Member;
  beforeEach(async () => {
    a = await meeting.join('alice', alice);
    b = await meeting.join('bob', bob);
    await meeting.settled();
  });

  it('answers a NACK by retransmission on the RTX SSRC, numbered by itself', async () => {
    const original = video(7);
    a.client.send(original);
    await b.rtp(12, 7);
    b.client.send(buildNack(21, 12, [7]));
    const repeated = await b.rtp(13);
    expect(repeated.readUInt8(1) & 0x7f).toBe(RTX);
    expect(repeated.readUInt16BE(2)).toBe(1);
    expect(repeated.readUInt16BE(20)).toBe(7);
    expect(repeated.subarray(22)).toEqual(original.subarray(20));
  });

  it('does not answer a NACK for a source that the receiver does not get, nor for its own', async () => {
    a.client.send(video(7));
    await b.rtp(12, 7);
    a.client.send(buildNack(11, 12, [7]));
    b.client.send(buildNack(21, 4711, [7]));
    a.client.send(video(8));
    await b.rtp(12, 8);
    expect(a.endpoint.traffic.packetsRetransmitted + b.endpoint.traffic.packetsRetransmitted).toBe(0);
  });

  it('asks the sender for what is missing and forwards what comes by RTX', async () => {
    a.client.send(video(1));
    a.client.send(video(4));
    expect((await a.rtcp('nack')).sequences).toEqual([2, 3]);
    const lost = video(2);
    const payload = Buffer.concat([Buffer.from([0, 2]), lost.subarray(20)]);
    a.client.send(rtpPacket({ payloadType: RTX, ssrc: 13, sequence: 500, payload }));
    expect((await b.rtp(12, 2)).subarray(20)).toEqual(lost.subarray(20));
  });

  it('reports to the sender what it received, also by transport-wide feedback', async () => {
    a.client.send(rtpPacket({ payloadType: VP8, ssrc: 12, sequence: 1, transportCc: 1 }));
    const report = await a.rtcp('receiver-report');
    expect(report.reports.map(({ ssrc }) => ssrc)).toEqual([12]);
    a.client.send(rtpPacket({ payloadType: VP8, ssrc: 12, sequence: 2, transportCc: 2, marker: true }));
    expect((await a.rtcp('transport-cc')).body.readUInt16BE(0)).toBe(1);
  });
});

describe('an endpoint with SSRC rewriting', () => {
  const sources = [audioSource('alice', 11), videoSource('alice', 12, 13)];
  let a: Member;
  let b: Member;
  const told: Record<string, unknown>[] = [];
  /** What bob was told last of the sources of a medium. */
  const mapping = async (colibriClass: string): Promise<Record<string, number>> => {
    await meeting.until(() => told.some((message) => message['colibriClass'] === colibriClass));
    const { mappedSources } = told.findLast((message) => message['colibriClass'] === colibriClass)!;
    return (mappedSources as Record<string, number>[])[0]!;
  };

  beforeEach(async () => {
    told.length = 0;
    a = await meeting.join('alice', sources);
    b = await meeting.join('bob', [], true);
    await b.client.openChannel('JVB data channel', 'http://jitsi.org/protocols/colibri', (text) =>
      told.push(JSON.parse(text) as Record<string, unknown>),
    );
    await meeting.settled();
  });

  it('sees and hears others under SSRCs that it is told', async () => {
    const seen = await mapping('VideoSourcesMap');
    expect(seen).toMatchObject({ source: 'alice-v0', owner: 'alice', videoType: 'CAMERA' });
    expect([11, 12, 13]).not.toContain(seen['ssrc']);
    a.client.send(video(1));
    await b.rtp(seen['ssrc']!);
    a.client.send(rtpPacket({ payloadType: OPUS, ssrc: 11, sequence: 7 }));
    const heard = await mapping('AudioSourcesMap');
    expect(heard).toMatchObject({ source: 'alice-a0', owner: 'alice' });
    await b.rtp(heard['ssrc']!, 7);
    expect(b.packets.some((packet) => [11, 12].includes(packet.readUInt32BE(8)))).toBe(false);
  });

  it('gives feedback on these SSRCs, and gets retransmissions on the one announced for them', async () => {
    const seen = await mapping('VideoSourcesMap');
    a.client.send(video(7));
    const sent = await b.rtp(seen['ssrc']!);
    b.client.send(buildNack(21, seen['ssrc']!, [sent.readUInt16BE(2)]));
    const again = await b.rtp(seen['rtx']!);
    expect(again.readUInt16BE(20)).toBe(sent.readUInt16BE(2));
    const before = a.endpoint.ingress.keyframeRequests;
    await meeting.until(() => {
      b.client.send(buildPli(21, seen['ssrc']!));
      return a.endpoint.ingress.keyframeRequests > before;
    });
  });
});

describe('keyframe requests', () => {
  it('ask each sender when a late joiner has connected', async () => {
    const a = await meeting.join('alice', alice);
    await meeting.join('bob', bob);
    await meeting.settled();
    expect((await a.rtcp('pli')).media).toBe(12);
  });

  it('of a receiver go to the owner of the source, limited', async () => {
    const a = await meeting.join('alice', alice);
    const b = await meeting.join('bob', bob);
    await meeting.settled();
    await a.rtcp('pli');
    const before = a.endpoint.ingress.keyframeRequests;
    for (let index = 0; index < 20; index++) b.client.send(buildPli(21, 12));
    await meeting.until(() => a.endpoint.ingress.keyframeRequests > before);
    a.client.send(video(1));
    await b.rtp(12);
    expect(a.endpoint.ingress.keyframeRequests).toBeLessThanOrEqual(before + 2);
    expect(b.endpoint.ingress.keyframeRequests).toBeLessThanOrEqual(1);
  });
});

describe('sender reports', () => {
  it('reach receivers with the counts of what each was sent', async () => {
    const a = await meeting.join('alice', alice);
    const b = await meeting.join('bob', bob);
    await meeting.settled();
    a.client.send(video(1));
    await b.rtp(12);
    const report = { ssrc: 12, ntpSeconds: 5, ntpFraction: 6, rtpTimestamp: 7, packets: 1000, octets: 2000 };
    a.client.send(buildSenderReport(report));
    expect(await b.rtcp('sender-report')).toMatchObject({ ...report, packets: 1, octets: 8 });
  });

  it('of a source of another are dropped', async () => {
    const a = await meeting.join('alice', alice);
    const b = await meeting.join('bob', bob);
    const c = await meeting.join('carol');
    await meeting.settled();
    a.client.send(video(1));
    await Promise.all([b.rtp(12), c.rtp(12)]);
    const report = { ssrc: 12, ntpSeconds: 5, ntpFraction: 6, rtpTimestamp: 7, packets: 1, octets: 2 };
    c.client.send(buildSenderReport({ ...report, ntpSeconds: 99 }));
    await meeting.until(() => c.endpoint.ingress.packets === 1);
    a.client.send(buildSenderReport(report));
    expect((await b.rtcp('sender-report')).ntpSeconds).toBe(5);
  });
});

describe('an endpoint that vanishes', () => {
  it('is expired, and the others go on', async () => {
    const a = await meeting.join('alice', alice);
    const b = await meeting.join('bob', bob);
    const c = await meeting.join('carol');
    await meeting.settled();
    b.client.close();
    await meeting.until(() => b.endpoint.transport.state === 'closed');
    expect(meeting.conference.expireGone(performance.now())).toBe(1);
    expect([...meeting.conference.endpoints.keys()]).toEqual(['alice', 'carol']);
    a.client.send(video(1));
    await c.rtp(12);
  });
});

describe('the bridge channel', () => {
  it('tells each sender how high its video is wanted, and each receiver what it is sent', async () => {
    const a = await meeting.join('alice', alice);
    const b = await meeting.join('bob', bob);
    const told: Record<string, unknown>[] = [];
    const open = (member: Member) =>
      member.client.openChannel('JVB data channel', 'http://jitsi.org/protocols/colibri', (text) =>
        told.push({ to: member.endpoint.id, ...(JSON.parse(text) as object) }),
      );
    await open(a);
    const send = await open(b);
    const heard = (expected: object) =>
      meeting.until(() => told.some((message) => JSON.stringify(message) === JSON.stringify(expected)));
    send('{"colibriClass":"ReceiverVideoConstraints","defaultConstraints":{"maxHeight":360}}');
    await heard({
      to: 'alice',
      colibriClass: 'SenderSourceConstraints',
      sourceName: 'alice-v0',
      maxHeight: 360,
    });
    send('{"colibriClass":"ReceiverVideoConstraints","lastN":0}');
    await heard({
      to: 'alice',
      colibriClass: 'SenderSourceConstraints',
      sourceName: 'alice-v0',
      maxHeight: 0,
    });
    await heard({ to: 'bob', colibriClass: 'ForwardedSources', forwardedSources: [] });
  });

  it('is the data channel that the client opens; a second one is closed', async () => {
    const a = await meeting.join('alice', alice);
    const b = await meeting.join('bob', bob);
    await meeting.settled();
    const heard: unknown[] = [];
    await b.client.openChannel('JVB data channel', 'http://jitsi.org/protocols/colibri', (text) =>
      heard.push(JSON.parse(text)),
    );
    const send = await a.client.openChannel(
      'JVB data channel',
      'http://jitsi.org/protocols/colibri',
      () => undefined,
    );
    send(JSON.stringify({ colibriClass: 'EndpointMessage', to: '', msgPayload: { text: 'hello' } }));
    await meeting.until(() => heard.length >= 3);
    expect(heard).toEqual([
      { colibriClass: 'SenderSourceConstraints', sourceName: 'bob-v0', maxHeight: -1 },
      { colibriClass: 'ForwardedSources', forwardedSources: ['alice-v0'] },
      { colibriClass: 'EndpointMessage', to: '', from: 'alice', msgPayload: { text: 'hello' } },
    ]);
    let refused = false;
    await b.client.openChannel(
      'JVB data channel',
      'http://jitsi.org/protocols/colibri',
      () => undefined,
      () => {
        refused = true;
      },
    );
    await meeting.until(() => refused);
  });
});
