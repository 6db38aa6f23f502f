/** A conference with real clients on loopback, for tests. */
import type { ColibriMedia, MediaSource } from '@conclave/signaling';
import pino from 'pino';

import { parseCompound, type RtcpPacket } from '../rtp/rtcp.js';
import { isRtcp } from '../rtp/rtp-packet.js';
import { LoopbackClient } from '../transport/loopback-client.js';
import { Bridge } from './bridge.js';
import type { Conference } from './conference.js';
import type { Endpoint } from './endpoint.js';
import type { BridgeLimits } from './limits.js';

const TRANSPORT_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
/** Header extension id of the transport-wide sequence number in these tests. */
const TRANSPORT_CC_ID = 5;
export const OPUS = 111;
/** Redundant audio. */
export const RED = 112;
export const VP8 = 100;
export const RTX = 96;

export const MEDIA: readonly ColibriMedia[] = [
  {
    type: 'audio',
    payloadTypes: [
      {
        id: OPUS,
        name: 'opus',
        clockrate: 48000,
        channels: 2,
        parameters: {},
        rtcpFeedback: [{ type: 'transport-cc' }],
      },
    ],
    headerExtensions: [{ id: TRANSPORT_CC_ID, uri: TRANSPORT_CC }],
    extmapAllowMixed: true,
  },
  {
    type: 'video',
    payloadTypes: [
      { id: VP8, name: 'VP8', clockrate: 90000, parameters: {}, rtcpFeedback: [{ type: 'transport-cc' }] },
      { id: RTX, name: 'rtx', clockrate: 90000, parameters: { apt: String(VP8) }, rtcpFeedback: [] },
    ],
    headerExtensions: [{ id: TRANSPORT_CC_ID, uri: TRANSPORT_CC }],
    extmapAllowMixed: true,
  },
];

export function audioSource(endpoint: string, ssrc: number): MediaSource {
  return { type: 'audio', id: `${endpoint}-a0`, sources: [{ ssrc, name: `${endpoint}-a0` }], groups: [] };
}

export function videoSource(endpoint: string, ssrc: number, rtx: number): MediaSource {
  return simulcastSource(endpoint, [ssrc, rtx]);
}

/** Its encodings, the lowest first: the SSRC of each, and that of its retransmissions. */
export function simulcastSource(endpoint: string, ...encodings: readonly [number, number][]): MediaSource {
  const name = `${endpoint}-v0`;
  const simulcast = { semantics: 'SIM', ssrcs: encodings.map(([ssrc]) => ssrc) } as const;
  return {
    type: 'video',
    id: name,
    sources: encodings.flat().map((ssrc) => ({ ssrc, name })),
    groups: [
      ...(encodings.length > 1 ? [simulcast] : []),
      ...encodings.map((ssrcs) => ({ semantics: 'FID', ssrcs }) as const),
    ],
  };
}

/** What an RTP test packet says. */
export interface RtpFields {
  readonly payloadType: number;
  readonly ssrc: number;
  readonly sequence: number;
  readonly transportCc?: number;
  readonly payload?: Buffer;
  readonly marker?: boolean;
}

/** An RTP packet with a transport-wide sequence number as a one-byte extension. */
export function rtpPacket(fields: RtpFields): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x90, 0);
  header.writeUInt8((fields.marker === true ? 0x80 : 0) | fields.payloadType, 1);
  header.writeUInt16BE(fields.sequence, 2);
  header.writeUInt32BE(90 * fields.sequence, 4);
  header.writeUInt32BE(fields.ssrc, 8);
  header.writeUInt16BE(0xbede, 12);
  header.writeUInt16BE(1, 14);
  header.writeUInt8((TRANSPORT_CC_ID << 4) | 1, 16);
  header.writeUInt16BE(fields.transportCc ?? 0, 17);
  return Buffer.concat([header, fields.payload ?? keyframe(fields.sequence)]);
}

/** A VP8 keyframe of one packet. */
function keyframe(sequence: number): Buffer {
  return Buffer.from([0x90, 0x80, 0x80 | ((sequence >> 8) & 0x7f), sequence & 0xff, 0, 0, 0, 0]);
}

/** A client in the meeting, with everything it was sent. */
export class Member {
  readonly packets: Buffer[] = [];
  #wake: (() => void)[] = [];

  constructor(
    readonly endpoint: Endpoint,
    readonly client: LoopbackClient,
  ) {}

  receive(packet: Buffer): void {
    this.packets.push(packet);
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** The first packet, past or to come, that `wanted` accepts. */
  async packet(wanted: (packet: Buffer) => boolean): Promise<Buffer> {
    for (;;) {
      const found = this.packets.find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  rtp(ssrc: number, sequence?: number): Promise<Buffer> {
    return this.packet(
      (packet) =>
        !isRtcp(packet) &&
        packet.readUInt32BE(8) === ssrc &&
        (sequence === undefined || packet.readUInt16BE(2) === sequence),
    );
  }

  async rtcp<Kind extends RtcpPacket['kind']>(
    kind: Kind,
    wanted: (packet: Extract<RtcpPacket, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<RtcpPacket, { kind: Kind }>> {
    const matching = (packet: Buffer): Extract<RtcpPacket, { kind: Kind }> | undefined =>
      isRtcp(packet)
        ? parseCompound(packet)?.find(
            (part): part is Extract<RtcpPacket, { kind: Kind }> =>
              part.kind === kind && wanted(part as Extract<RtcpPacket, { kind: Kind }>),
          )
        : undefined;
    const found = matching(await this.packet((packet) => matching(packet) !== undefined));
    if (found === undefined) throw new Error('unreachable');
    return found;
  }
}

export class Meeting {
  readonly members: Member[] = [];

  private constructor(
    readonly bridge: Bridge,
    readonly conference: Conference,
  ) {}

  static async open(limits: Partial<BridgeLimits> = {}): Promise<Meeting> {
    const bridge = await Bridge.open(
      { media: { port: 0, advertisedAddresses: ['127.0.0.1'], includeLoopback: true }, limits },
      pino({ level: 'silent' }),
    );
    return new Meeting(bridge, bridge.createConference('meeting', undefined));
  }

  /** A client that is signalled with `sources` and connected. */
  async join(
    id: string,
    sources: readonly MediaSource[] = [],
    ssrcRewriting = false,
    media: readonly ColibriMedia[] = MEDIA,
  ): Promise<Member> {
    const endpoint = this.conference.createEndpoint(id, { dataChannels: true, ssrcRewriting });
    endpoint.formats.add(media);
    const client = new LoopbackClient(id, (packet) => member.receive(packet), {
      data: true,
      setup: 'passive',
    });
    const member = new Member(endpoint, client);
    this.members.push(member);
    endpoint.setRemote(client.answer(this.bridge.describeTransport(endpoint, [])));
    client.start();
    this.conference.setSources(endpoint, sources);
    await client.connected;
    await this.until(() => endpoint.connected);
    endpoint.reception.constrain({ defaultConstraints: { maxHeight: -1 } });
    return member;
  }

  /** Resolves when all these have joined and what each is sent has been worked out. */
  async together<const Joining extends readonly Promise<Member>[]>(
    ...joining: Joining
  ): Promise<{ -readonly [Index in keyof Joining]: Member }> {
    const members = await Promise.all(joining);
    await this.settled();
    return members;
  }

  /** Resolves when what each is sent has been worked out. */
  settled(): Promise<void> {
    return this.until(() => this.members.every(({ endpoint }) => !endpoint.reception.stale));
  }

  /** Waits until `condition`, for which there is no event, holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  close(): void {
    for (const { client } of this.members) client.close();
    this.bridge.close();
  }
}
