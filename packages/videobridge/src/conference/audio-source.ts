/**
 * A microphone of an endpoint. What nobody would hear is not forwarded: silence, and with many open microphones all but the
 * loudest. Receivers see no gap where packets were left out.
 */
import { ReceivedStream } from '../receive/received-stream.js';
import { withoutRedundancy } from '../rtp/red.js';
import type { RtpView } from '../rtp/rtp-packet.js';
import type { SenderReport } from '../rtp/rtcp.js';
import type { ForwardedAudio } from '../send/forwarded-audio.js';
import { SequenceMap } from '../send/projection/sequence-map.js';
import type { EndpointFormats } from './formats.js';
import type { SignalledEncoding } from './video-source.js';

/** RTP ticks a millisecond: Opus and everything beside it (RFC 7587 s.4.1). */
const CLOCK = 48;
/** Packets of silence that are forwarded before the rest is not, so that a decoder fades out. */
const FORWARDED_SILENCE = 3;

/** Something that gets every packet of a source, as it has come, whether or not anybody else is to hear it. */
export interface AudioTap {
  /** @param input its ever-growing number; the packet is written to afterwards */
  take(source: AudioSource, packet: Buffer, input: number, view: RtpView): void;
}

export class AudioSource {
  readonly type = 'audio';
  readonly stream: ReceivedStream;
  readonly ssrc: number;
  receivers: readonly ForwardedAudio[] = [];
  tap: AudioTap | undefined;
  /** Somebody has asked for just this source: it is heard also when others are louder. */
  asked = false;
  /** Of a synthetic source: the service that makes it sends it to this bridge. */
  madeHere = false;
  readonly #numbers = new SequenceMap();
  #started = false;
  #silent = 0;

  constructor(
    /** Endpoint id of the sender. */
    readonly owner: string,
    readonly name: string,
    readonly encoding: SignalledEncoding,
    /** The sender's. */
    readonly formats: EndpointFormats,
    /** A service makes it of what the sender says: only who asks for it hears it. */
    readonly synthetic = false,
  ) {
    this.ssrc = encoding.ssrc;
    this.stream = new ReceivedStream(encoding.ssrc, CLOCK, false);
  }

  /**
   * Forwards a packet to all who hear it; false when it was left out.
   * @param input its ever-growing number
   * @param level 0 (silence) … 127; undefined when the sender does not tell
   * @param heard whether the conference listens to the sender now
   */
  forward(
    packet: Buffer,
    input: number,
    view: RtpView,
    level: number | undefined,
    heard: boolean,
    now: number,
  ): boolean {
    this.tap?.take(this, packet, input, view);
    if (!this.#started) {
      this.#started = true;
      this.#numbers.start(input, input);
    }
    this.#silent = level === 0 ? this.#silent + 1 : 0;
    if (!(heard || this.asked) || this.#silent > FORWARDED_SILENCE) {
      this.#numbers.leaveOut(input);
      return false;
    }
    const sequence = this.#numbers.forward(input);
    if (sequence < 0) return false;
    const number = sequence & 0xffff;
    const receivers = this.receivers;
    // Whoever does not know redundant audio is sent the newest of it.
    const plain = this.formats.isRed(view.payloadType) ? withoutRedundancy(packet, view) : undefined;
    for (let index = 0; index < receivers.length; index++) {
      const receiver = receivers[index] as ForwardedAudio;
      receiver.forward(plain === undefined || receiver.takesRed ? packet : plain, number, view, now);
    }
    return true;
  }

  /** What arrives, for operators. */
  state(now: number): object {
    const { name, ssrc, stream, receivers } = this;
    return { name, type: 'audio', ssrc, ...stream.statistics.state(now), receivers: receivers.length };
  }

  senderReport(report: SenderReport, now: number): void {
    for (const receiver of this.receivers) receiver.senderReport(report, now);
  }
}
