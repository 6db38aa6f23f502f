/** How the way to a receiver was in the last two minutes, second by second: what an operator looks at who asks why a picture froze. */

/** One second of it. */
interface LinkSample {
  /** Bits a second that may be sent, and that video takes and could use; NaN: nothing is known. */
  readonly estimate: number;
  readonly video: number;
  readonly ideal: number;
  /** Percent of the packets that the receiver has reported as lost since the sample before. */
  readonly lossPercent: number;
  /** Round-trip time in ms; NaN: not known. */
  readonly rtt: number;
  /** How long packets wait here before they leave, in ms. */
  readonly queueMs: number;
  /** Packets sent since the sample before. */
  readonly packets: number;
}

/** What is sent to a receiver, as far as it is looked at here. */
interface ObservedLink {
  /** Bits a second that may be sent. */
  readonly bandwidth: number | undefined;
  /** Totals of what the receiver has reported. */
  readonly feedback: { readonly reported: number; readonly lost: number };
  readonly packets: number;
  readonly pacer: { readonly delay: number };
  readonly rtt: { readonly value: number | undefined };
}

const FIELDS = ['estimate', 'video', 'ideal', 'lossPercent', 'rtt', 'queueMs', 'packets'] as const;
const WIDTH = FIELDS.length + 1;
const KEPT = 120;
/** Between two samples, in ms. */
const INTERVAL = 1000;

export class LinkHistory {
  readonly #samples = new Float32Array(KEPT * WIDTH).fill(NaN);
  #count = 0;
  #from = -Infinity;
  #noted = -Infinity;
  /** Totals as of the newest sample. */
  #before = { reported: 0, lost: 0, packets: 0 };

  /** Takes a sample if one is due at `now` (ms). */
  observe(
    { bandwidth = NaN, feedback, packets, pacer, rtt }: ObservedLink,
    video: { readonly bitrate: number; readonly idealBitrate: number },
    now: number,
  ): void {
    if (now - this.#noted < INTERVAL) return;
    const reported = feedback.reported - this.#before.reported;
    this.#note(
      {
        estimate: bandwidth,
        video: video.bitrate,
        ideal: video.idealBitrate,
        lossPercent: reported === 0 ? 0 : (100 * (feedback.lost - this.#before.lost)) / reported,
        rtt: rtt.value ?? NaN,
        queueMs: pacer.delay,
        packets: packets - this.#before.packets,
      },
      now,
    );
    this.#before = { reported: feedback.reported, lost: feedback.lost, packets };
  }

  #note(sample: LinkSample, now: number): void {
    if (this.#count === 0) this.#from = now;
    this.#noted = now;
    const at = (this.#count % KEPT) * WIDTH;
    this.#samples[at] = now - this.#from;
    FIELDS.forEach((field, index) => (this.#samples[at + 1 + index] = sample[field]));
    this.#count += 1;
  }

  /** Percent of what was sent in the last second that the receiver did not get. */
  get lossPercent(): number {
    if (this.#count === 0) return 0;
    const at = ((this.#count - 1) % KEPT) * WIDTH;
    return this.#samples[at + 1 + FIELDS.indexOf('lossPercent')] || 0;
  }

  /** All samples, oldest first, with their age in s; what is not known is null. */
  state(now: number): object[] {
    const first = Math.max(0, this.#count - KEPT);
    return Array.from({ length: this.#count - first }, (_, index) => {
      const at = ((first + index) % KEPT) * WIDTH;
      const age = Math.round((now - this.#from - (this.#samples[at] as number)) / 1000);
      const values = FIELDS.map((field, offset) => {
        const value = this.#samples[at + 1 + offset] as number;
        return [field, Number.isFinite(value) ? Math.round(value * 10) / 10 : null] as const;
      });
      return { secondsAgo: age, ...Object.fromEntries(values) };
    });
  }
}
