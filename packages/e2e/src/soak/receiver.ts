/** What a participant gets over one connection, and what it tells the bridge of that. */
import {
  buildNack,
  buildPli,
  buildReceiverReports,
  isRtcp,
  readRtp,
  rtpView,
  TransportCcRecorder,
  unwrapRtx,
} from '@conclave/videobridge';
import type { Directory } from './directory.js';
import type { Formats } from './formats.js';
import { ReceivedVideo } from './received-video.js';

const REPORTS = 1000;
/** SSRC of what a receiver without sources of its own says. */
const OWN_SSRC = 1;

const view = rtpView();

export class Receiver {
  readonly #video = new Map<number, ReceivedVideo>();
  readonly #sound = new Map<number, number>();
  readonly #transportCc = new TransportCcRecorder();
  #nextReport = -Infinity;

  constructor(
    private readonly formats: Formats,
    private readonly transmit: (packet: Buffer) => boolean,
    private readonly directory: Directory,
    private readonly faults: string[],
  ) {}

  /** Frames shown of the video with this SSRC since {@link forget}, by encoding. */
  shown(ssrc: number): ReadonlyMap<number, number> {
    return this.#video.get(ssrc)?.shown ?? new Map<number, number>();
  }

  /** Packets of sound with this SSRC since then. */
  heard(ssrc: number): number {
    return this.#sound.get(ssrc) ?? 0;
  }

  /** All that came of video so far: frames shown, losses that could not be mended, changes of the encoding, beginnings anew. */
  get totals(): Readonly<Record<keyof ReceivedVideo['totals'], number>> {
    const sum = { shown: 0, lost: 0, switches: 0, restarts: 0 };
    for (const { totals } of this.#video.values())
      for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += totals[key];
    return sum;
  }

  forget(): void {
    this.#sound.clear();
    for (const video of this.#video.values()) video.shown.clear();
  }

  /** Takes a packet; false: it is RTCP. */
  take(packet: Buffer, now: number): boolean {
    if (isRtcp(packet)) return false;
    if (!readRtp(packet, this.formats.extensions, view)) {
      this.faults.push('a packet that is no RTP');
      return true;
    }
    if (view.transportCcOffset !== 0) this.#record(packet, now);
    const known = this.directory.find(view.ssrc);
    if (known === undefined) {
      // The bridge's own SSRC carries nothing but padding.
      if (view.payloadLength > 0) this.faults.push(`a packet of SSRC ${view.ssrc}, which is nobody's`);
      return true;
    }
    if (known.source.media === 'audio') {
      this.#sound.set(view.ssrc, (this.#sound.get(view.ssrc) ?? 0) + 1);
      return true;
    }
    const original = known.isRtx
      ? unwrapRtx(packet, view, { payloadType: this.formats.vp8, ssrc: known.primary })
      : packet;
    if (original !== undefined)
      this.#open(known.primary, known.source.kind).take(original, view, known.isRtx, now);
    return true;
  }

  /** Sends what is due. */
  tick(now: number): void {
    for (const video of this.#video.values()) {
      const missing = video.stream.nacks?.due(now, undefined) ?? [];
      if (missing.length > 0) this.transmit(buildNack(OWN_SSRC, video.ssrc, missing));
      if (video.wantsKeyframe(now)) this.transmit(buildPli(OWN_SSRC, video.ssrc));
      this.faults.push(...video.faults.splice(0));
    }
    if (now < this.#nextReport) return;
    this.#nextReport = now + REPORTS;
    const reports = [...this.#video.values()].flatMap(({ stream }) => stream.statistics.report(now) ?? []);
    this.transmit(buildReceiverReports(OWN_SSRC, reports));
  }

  #record(packet: Buffer, now: number): void {
    const sequence = packet.readUInt16BE(view.transportCcOffset);
    if (!this.#transportCc.record(sequence, view.marker, now)) return;
    for (const feedback of this.#transportCc.feedback(OWN_SSRC, view.ssrc, now)) this.transmit(feedback);
  }

  #open(ssrc: number, kind: string): ReceivedVideo {
    let video = this.#video.get(ssrc);
    if (video === undefined) {
      video = new ReceivedVideo(ssrc, `${kind} ${ssrc}`);
      this.#video.set(ssrc, video);
    }
    return video;
  }
}
