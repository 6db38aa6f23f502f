/** What an endpoint of the load sends: a camera in three encodings, and a microphone. */
import { buildSenderReport, isRtcp, parseCompound } from '@conclave/videobridge';
import type { Track } from 'node-datachannel';

import {
  audioBuffer,
  audioSsrc,
  ENCODINGS,
  stamp,
  videoBuffer,
  videoSsrc,
  writeAudio,
  writeVideo,
} from './packets.js';

/** Packets of a frame of the smallest encoding; the others have twice and three times as many. */
const PACKETS = 3;
/** Loudness of who speaks, in dB below the loudest. */
const LEVEL = 30;
/** From NTP's time (RFC 5905) to ours, in seconds. */
const NTP_EPOCH = 2_208_988_800;

interface Encoding {
  readonly packet: Buffer;
  sequence: number;
}

export class Camera {
  readonly #encodings: readonly Encoding[];
  #frame = 0;
  #transportCc = 0;
  #keyframeWanted = true;
  /** Packets sent of each encoding. */
  readonly sent = [0, 0, 0];

  constructor(
    private readonly endpoint: number,
    private readonly track: Track,
  ) {
    this.#encodings = ENCODINGS.map((encoding) => ({ packet: videoBuffer(endpoint, encoding), sequence: 0 }));
  }

  /** Sends a frame of each encoding, `factor` times as large as usual; keyframes when somebody has asked for one. */
  capture(factor: number): void {
    const keyframe = this.#keyframeWanted;
    this.#keyframeWanted = false;
    // Temporal layers begin anew, with the lowest.
    if (keyframe) this.#frame += -this.#frame & 3;
    this.#encodings.forEach((encoding, index) => {
      const count = Math.round(PACKETS * (index + 1) * factor);
      for (let each = 0; each < count; each++) {
        writeVideo(encoding.packet, {
          sequence: encoding.sequence++,
          transportCc: this.#transportCc++,
          frame: this.#frame,
          keyframe,
          first: each === 0,
          last: each === count - 1,
        });
        stamp(encoding.packet, performance.now());
        if (this.track.sendMessageBinary(encoding.packet)) this.sent[index] = (this.sent[index] ?? 0) + 1;
      }
    });
    this.#frame += 1;
  }

  report(): void {
    for (const encoding of ENCODINGS) {
      const packets = this.sent[encoding] ?? 0;
      this.track.sendMessageBinary(report(videoSsrc(this.endpoint, encoding), this.#frame * 3000, packets));
    }
  }

  /** Takes what comes back. */
  control(packet: Buffer): void {
    if (!isRtcp(packet)) return;
    const asked = parseCompound(packet)?.some(({ kind }) => kind === 'pli' || kind === 'fir');
    if (asked === true) this.#keyframeWanted = true;
  }
}

export class Microphone {
  readonly #packet: Buffer;
  #sequence = 0;
  sent = 0;

  constructor(
    private readonly endpoint: number,
    private readonly track: Track,
  ) {
    this.#packet = audioBuffer(endpoint);
  }

  capture(): void {
    writeAudio(this.#packet, this.#sequence++, LEVEL + (this.endpoint % 10));
    stamp(this.#packet, performance.now());
    if (this.track.sendMessageBinary(this.#packet)) this.sent += 1;
  }

  report(): void {
    this.track.sendMessageBinary(report(audioSsrc(this.endpoint), this.#sequence * 960, this.sent));
  }
}

function report(ssrc: number, rtpTimestamp: number, packets: number): Buffer {
  const seconds = Date.now() / 1000 + NTP_EPOCH;
  return buildSenderReport({
    ssrc,
    ntpSeconds: Math.floor(seconds),
    ntpFraction: Math.floor((seconds % 1) * 2 ** 32),
    rtpTimestamp: rtpTimestamp >>> 0,
    packets,
    octets: packets * 1000,
  });
}
