/**
 * One named source (a camera, a screen, a microphone) of an endpoint, as the focus has signalled it, with those who
 * receive it. Of a simulcast source the lowest encoding is forwarded: the only one that receivers are told of.
 */
import type { MediaSource, MediaType } from '@conclave/signaling';

import { KeyframeRequests } from '../receive/keyframe-requests.js';
import type { RtpView } from '../rtp/rtp-packet.js';
import type { SenderReport } from '../rtp/rtcp.js';
import type { ForwardedSource } from '../send/forwarded-source.js';
import { PacketCache } from '../send/packet-cache.js';
import type { EndpointFormats } from './formats.js';

/** One encoding of a source: its SSRC and the one of its retransmissions. */
export interface Encoding {
  readonly ssrc: number;
  readonly rtx: number | undefined;
}

/**
 * The encodings of a signalled source, lowest first: the members of its SIM group, else the first SSRC of its FID group,
 * else its only SSRC. Empty when it names no SSRC.
 */
export function encodingsOf({ sources, groups }: MediaSource): Encoding[] {
  const pairs = groups.filter(({ semantics, ssrcs }) => semantics === 'FID' && ssrcs.length === 2);
  const simulcast = groups.find(({ semantics, ssrcs }) => semantics === 'SIM' && ssrcs.length > 0);
  const first = pairs[0]?.ssrcs[0] ?? sources[0]?.ssrc;
  const primaries = simulcast?.ssrcs ?? (first === undefined ? [] : [first]);
  return primaries.map((ssrc) => ({ ssrc, rtx: pairs.find(({ ssrcs }) => ssrcs[0] === ssrc)?.ssrcs[1] }));
}

export class SentSource {
  readonly cache: PacketCache | undefined;
  readonly keyframes = new KeyframeRequests();
  /** Prepared whenever signalling changes, so that forwarding looks nothing up. */
  receivers: readonly ForwardedSource[] = [];

  constructor(
    /** Endpoint id of the sender. */
    readonly owner: string,
    readonly name: string,
    readonly type: MediaType,
    readonly encodings: readonly [Encoding, ...Encoding[]],
    /** The sender's. */
    readonly formats: EndpointFormats,
  ) {
    this.cache = type === 'video' ? new PacketCache() : undefined;
  }

  /** The SSRC that receivers know. */
  get ssrc(): number {
    return this.encodings[0].ssrc;
  }

  /** Forwards a packet of the lowest encoding to all receivers. */
  forward(packet: Buffer, view: RtpView, now: number): void {
    this.cache?.insert(view.sequence, packet, now);
    const receivers = this.receivers;
    for (let index = 0; index < receivers.length; index++) {
      (receivers[index] as ForwardedSource).forward(packet, view);
    }
  }

  senderReport(report: SenderReport, now: number): void {
    for (const receiver of this.receivers) receiver.senderReport(report, now);
  }

  /** Whether `other` says the same, so that this object and its history may stand for it. */
  matches(type: MediaType, encodings: readonly Encoding[]): boolean {
    return (
      type === this.type &&
      encodings.length === this.encodings.length &&
      this.encodings.every(
        ({ ssrc, rtx }, index) => encodings[index]?.ssrc === ssrc && encodings[index].rtx === rtx,
      )
    );
  }
}
