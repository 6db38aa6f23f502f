/**
 * A stream of video as a decoder sees it: packets are put in order, what is missing is asked for again, and what is shown has to be
 * one stream without a gap whatever the bridge switched. Each frame says which it was made from: had that not been shown, and nothing
 * was lost, the bridge has sent what cannot be decoded.
 */
import { readVp8, ReceivedStream, type RtpView, videoFrame } from '@conclave/videobridge';
import { type FrameMark, readMark } from './packets.js';

/** Ticks a millisecond (RFC 7741 s.4.1). */
const CLOCK = 90;
/** Ms that a missing packet may still come; packets that may wait for it. */
const PATIENCE = { time: 1200, packets: 300 };
/** Between two requests for a keyframe, in ms. */
const KEYFRAME_REQUESTS = 500;
/** Who is so far ahead has begun anew, as a bridge does that has taken over from another. */
const RESTART = 2000;
/** Ms by which the time of a stream may differ from that of its pictures where it goes over to another encoding, or on after a pause. */
const DRIFT = 2500;
/** Frames that others may be made from. */
const REMEMBERED = 64;

interface Packet {
  readonly mark: FrameMark;
  readonly keyframe: boolean;
  readonly temporal: number;
  readonly marker: boolean;
  readonly timestamp: number;
  readonly pictureId: number;
  readonly tl0: number;
}

/** A gap in the numbers that is to be closed. */
interface Gap {
  readonly since: number;
}

const frame = videoFrame();

export class ReceivedVideo {
  readonly stream: ReceivedStream;
  /** Frames shown since the count was reset, by the encoding that they are of. */
  readonly shown = new Map<number, number>();
  /** What no bridge should have sent, in words. */
  readonly faults: string[] = [];
  readonly totals = { shown: 0, lost: 0, switches: 0, restarts: 0 };
  readonly #waiting = new Map<number, Packet | 'padding'>();
  #next = -1;
  #gap: Gap | undefined;
  #previous: Packet | undefined;
  /** Nothing was lost since the previous packet. */
  #whole = false;
  /** The frame that the previous packet is of cannot be shown, or is not complete. */
  #broken = true;
  /** Nothing can be shown until a keyframe comes. */
  #blind = true;
  #asked = -Infinity;
  #arrived = -Infinity;
  readonly #decodable: string[] = [];

  constructor(
    readonly ssrc: number,
    private readonly name: string,
  ) {
    this.stream = new ReceivedStream(ssrc, CLOCK, true);
  }

  /** Takes a packet that came as itself, or by RTX (`again`). */
  take(packet: Buffer, view: RtpView, again: boolean, now: number): void {
    this.#arrived = now;
    const { stream } = this;
    const isNew = again
      ? stream.recovered(view.sequence, now)
      : stream.received(view.sequence, view.timestamp, now);
    if (!isNew) return;
    const number = stream.last;
    if (this.#next < 0) this.#next = number;
    else if (Math.abs(number - this.#next) > RESTART) this.#restart(number);
    if (number < this.#next) return;
    this.#waiting.set(number, this.#read(packet, view));
    this.#advance(now);
  }

  /** To be called now and then; answers whether a keyframe is to be asked for. */
  wantsKeyframe(now: number): boolean {
    if (this.#gap !== undefined && now - this.#gap.since > PATIENCE.time) this.#giveUp(now);
    // Nobody asks for a picture of what is not sent at all.
    if (!this.#blind || now - this.#arrived > KEYFRAME_REQUESTS) return false;
    if (now - this.#asked < KEYFRAME_REQUESTS) return false;
    this.#asked = now;
    return true;
  }

  #read(packet: Buffer, view: RtpView): Packet | 'padding' {
    if (view.payloadLength === 0) return 'padding';
    const payload = packet.subarray(view.payloadOffset, view.payloadOffset + view.payloadLength);
    const known = readVp8(packet, view.payloadOffset, view.payloadLength, frame);
    const mark = known ? readMark(payload, frame.keyframe) : undefined;
    if (mark === undefined) {
      this.#fault(`packet ${view.sequence} is not as it was sent`);
      return 'padding';
    }
    const { keyframe, temporal, id, tl0 } = frame;
    const { marker, timestamp } = view;
    return { mark, keyframe, temporal, marker, timestamp, pictureId: id, tl0 };
  }

  #advance(now: number): void {
    for (;;) {
      const packet = this.#waiting.get(this.#next);
      if (packet === undefined) break;
      this.#waiting.delete(this.#next);
      this.#next += 1;
      this.#gap = undefined;
      if (packet !== 'padding') this.#judge(packet);
    }
    if (this.#waiting.size === 0) this.#gap = undefined;
    else if (this.#waiting.size > PATIENCE.packets) this.#giveUp(now);
    else this.#gap ??= { since: now };
  }

  #giveUp(now: number): void {
    const numbers = [...this.#waiting.keys()];
    if (numbers.length === 0) return;
    this.totals.lost += 1;
    this.#whole = false;
    this.#gap = undefined;
    this.#next = Math.min(...numbers);
    this.#advance(now);
  }

  #restart(number: number): void {
    this.totals.restarts += 1;
    this.#waiting.clear();
    this.#next = number;
    this.#gap = undefined;
    this.#previous = undefined;
    this.#whole = false;
    this.#blind = true;
  }

  #judge(packet: Packet): void {
    const previous = this.#previous;
    const { mark } = packet;
    const begins =
      previous === undefined ||
      mark.encoding !== previous.mark.encoding ||
      mark.frame !== previous.mark.frame;
    if (previous !== undefined && this.#whole) {
      if (begins) this.#judgeNext(previous, packet);
      else this.#judgeSame(previous, packet);
    }
    if (begins) this.#begin(packet, previous);
    else if (!this.#whole) this.#lose();
    this.#whole = true;
    this.#previous = packet;
    if (mark.index === mark.count - 1 && !this.#broken) this.#show(packet);
  }

  #judgeSame(previous: Packet, packet: Packet): void {
    if (packet.mark.index !== previous.mark.index + 1)
      this.#fault(`${said(packet)} follows ${said(previous)}`);
    if (packet.pictureId !== previous.pictureId || packet.timestamp !== previous.timestamp)
      this.#fault(`${said(packet)}: another picture id or timestamp than the packet before`);
  }

  #judgeNext(previous: Packet, packet: Packet): void {
    const { mark } = packet;
    if (previous.mark.index !== previous.mark.count - 1 || mark.index !== 0)
      this.#fault(`${said(packet)} follows ${said(previous)}`);
    if (!previous.marker && previous.mark.index === previous.mark.count - 1)
      this.#fault(`${said(previous)} ends its frame without a marker`);
    const ids = (packet.pictureId - previous.pictureId) & 0x7fff;
    if (ids !== 1) this.#fault(`${said(packet)}: picture id ${packet.pictureId} after ${previous.pictureId}`);
    const layers = (packet.tl0 - previous.tl0) & 0xff;
    if (layers !== (packet.temporal === 0 ? 1 : 0))
      this.#fault(`${said(packet)}: TL0PICIDX ${packet.tl0} after ${previous.tl0}, layer ${packet.temporal}`);
    if (mark.encoding !== previous.mark.encoding && !packet.keyframe)
      this.#fault(`${said(packet)} is no keyframe, and follows ${said(previous)}`);
    this.#judgeTime(previous, packet);
  }

  #judgeTime(previous: Packet, packet: Packet): void {
    const elapsed = ((packet.timestamp - previous.timestamp) | 0) / CLOCK;
    const truth = packet.mark.captured - previous.mark.captured;
    // After a pause of the encoding, too, the stream goes on by the bridge's clock.
    const goesOn = packet.mark.encoding === previous.mark.encoding && !packet.keyframe;
    const allowed = goesOn ? 2 : DRIFT;
    if (elapsed <= 0 || Math.abs(elapsed - truth) > allowed)
      this.#fault(
        `${said(packet)}: ${elapsed.toFixed(0)} ms after the frame before by its timestamp, in truth ${truth.toFixed(0)}`,
      );
  }

  #begin(packet: Packet, previous: Packet | undefined): void {
    const { mark, keyframe } = packet;
    if (previous !== undefined && mark.encoding !== previous.mark.encoding) this.totals.switches += 1;
    const decodable = keyframe || this.#decodable.includes(`${mark.encoding} ${mark.base}`);
    if (!decodable && !this.#blind && this.#whole)
      this.#fault(`${said(packet)} was made from ${mark.base}, which was not sent`);
    if (keyframe) this.#decodable.length = 0;
    if (keyframe && mark.index === 0) this.#blind = false;
    this.#broken = false;
    if (!decodable || mark.index !== 0) this.#lose();
  }

  /** The frame cannot be shown, nor can what is made from it. */
  #lose(): void {
    this.#broken = true;
    this.#blind = true;
  }

  #show({ mark }: Packet): void {
    this.#decodable.push(`${mark.encoding} ${mark.frame}`);
    if (this.#decodable.length > REMEMBERED) this.#decodable.shift();
    this.totals.shown += 1;
    this.shown.set(mark.encoding, (this.shown.get(mark.encoding) ?? 0) + 1);
  }

  #fault(what: string): void {
    this.faults.push(`${this.name}: ${what}`);
  }
}

const said = ({ mark, keyframe }: Packet): string =>
  `packet ${mark.index + 1}/${mark.count} of ${keyframe ? 'keyframe' : 'frame'} ${mark.frame} of encoding ${mark.encoding}`;
