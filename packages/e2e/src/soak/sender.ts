/** What a participant sends over one connection, and how it answers what the bridge says of that. */
import { buildSenderReport, parseCompound } from '@conclave/videobridge';
import type { LocalSource } from '../swarm/local-source.js';
import { Camera, CameraEncoding, FRAME_INTERVAL } from './camera.js';
import type { Formats } from './formats.js';
import { audioPacket, numberOffset } from './packets.js';

/** Ms from one packet of a microphone to the next: speech, and the noise of who says nothing. */
const SOUND = { speech: 20, noise: 400 };
const REPORTS = 1000;
/** Ticks of Opus a millisecond (RFC 7587 s.4.1). */
const CLOCK = 48;
/** Octets of a frame, of simulcast from the lowest encoding up. */
const SIZES = { simulcast: [350, 700, 1700], single: [900] } as const;
/** From 1900 to 1970, in s (RFC 3550 s.4). */
const NTP_EPOCH = 2_208_988_800;

interface Microphone {
  readonly ssrc: number;
  number: number;
  next: number;
}

export class Sender {
  /** Transport-wide feedback that came. */
  feedbacks = 0;
  #cameras: readonly Camera[] = [];
  /** Lines that the bridge wants of each source, by name; it may say so before we know that the source has been accepted. */
  readonly #wanted = new Map<string, number>();
  #microphones: readonly Microphone[] = [];
  #number = 0;
  #nextFrame = -Infinity;
  #nextReport = -Infinity;

  constructor(
    private readonly formats: Formats,
    private readonly transmit: (packet: Buffer) => boolean,
  ) {}

  /** What is sent from now on; what was sent before goes on. */
  send(sources: readonly LocalSource[]): void {
    const { formats } = this;
    this.#cameras = sources
      .filter(({ media }) => media === 'video')
      .map((source) => {
        const name = source.signalled.sources[0]?.name ?? '';
        const known = this.#cameras.find((camera) => camera.encodings[0]?.options.ssrc === source.visible[0]);
        const camera = known ?? new Camera(name, encodings(source, formats));
        camera.constrain(this.#wanted.get(name) ?? -1);
        return camera;
      });
    this.#microphones = sources
      .filter(({ media }) => media === 'audio')
      .map(({ visible: [ssrc = 0] }) => {
        const known = this.#microphones.find((each) => each.ssrc === ssrc);
        return known ?? { ssrc, number: Math.floor(Math.random() * 0x10000), next: -Infinity };
      });
  }

  mute(name: string, muted: boolean): void {
    for (const camera of this.#cameras) if (camera.name === name) camera.mute(muted);
  }

  constrain(name: string, maxHeight: number): void {
    this.#wanted.set(name, maxHeight);
    for (const camera of this.#cameras) if (camera.name === name) camera.constrain(maxHeight);
  }

  /** Sends what is due. */
  tick(speaks: boolean, now: number): void {
    for (const microphone of this.#microphones) this.#sound(microphone, speaks, now);
    if (now >= this.#nextFrame) {
      this.#nextFrame = Math.max(this.#nextFrame + FRAME_INTERVAL, now);
      for (const camera of this.#cameras) for (const packet of camera.take(now)) this.#send('video', packet);
    }
    if (now >= this.#nextReport) {
      this.#nextReport = now + REPORTS;
      this.#report();
    }
  }

  /** Takes what the bridge says of it (RTCP). */
  takeRtcp(compound: Buffer, now: number): void {
    for (const packet of parseCompound(compound) ?? []) {
      if (packet.kind === 'transport-cc') this.feedbacks += 1;
      if (packet.kind === 'pli') this.#wantKeyframe(packet.media);
      if (packet.kind === 'fir') for (const { ssrc } of packet.entries) this.#wantKeyframe(ssrc);
      if (packet.kind !== 'nack') continue;
      for (const sequence of packet.sequences) {
        const again = this.#encoding(packet.media)?.again(sequence, now);
        if (again !== undefined) this.#send('video', again);
      }
    }
  }

  #sound(microphone: Microphone, speaks: boolean, now: number): void {
    if (now < microphone.next) return;
    microphone.next = now + (speaks ? SOUND.speech : SOUND.noise) - 1;
    const level = speaks ? 10 + Math.floor(Math.random() * 30) : 90;
    const header = {
      payloadType: this.formats.opus,
      ssrc: microphone.ssrc,
      number: ++microphone.number,
      timestamp: Math.round(now * CLOCK) % 2 ** 32,
    };
    this.#send('audio', audioPacket(header, level, this.formats.extensions));
  }

  #send(media: 'audio' | 'video', packet: Buffer): void {
    const at = numberOffset(media, this.formats.extensions);
    if (at !== 0) packet.writeUInt16BE(++this.#number & 0xffff, at);
    this.transmit(packet);
  }

  #report(): void {
    const now = Date.now() / 1000 + NTP_EPOCH;
    for (const { options, timestamp, packets, octets } of this.#cameras.flatMap(
      (camera) => camera.encodings,
    )) {
      if (packets === 0) continue;
      this.transmit(
        buildSenderReport({
          ssrc: options.ssrc,
          ntpSeconds: Math.floor(now),
          ntpFraction: Math.floor((now % 1) * 2 ** 32),
          rtpTimestamp: timestamp,
          packets,
          octets,
        }),
      );
    }
  }

  /** As browsers do, of all encodings, whichever is asked for. */
  #wantKeyframe(ssrc: number): void {
    const camera = this.#cameras.find(({ encodings }) =>
      encodings.some(({ options }) => options.ssrc === ssrc),
    );
    for (const encoding of camera?.encodings ?? []) encoding.wantKeyframe();
  }

  #encoding(ssrc: number): CameraEncoding | undefined {
    return this.#cameras.flatMap((camera) => camera.encodings).find(({ options }) => options.ssrc === ssrc);
  }
}

function encodings(
  { signalled: { groups }, visible: [only = 0] }: LocalSource,
  formats: Formats,
): CameraEncoding[] {
  const layers = groups.find(({ semantics }) => semantics === 'SIM')?.ssrcs ?? [only];
  const sizes = layers.length === 1 ? SIZES.single : SIZES.simulcast;
  return layers.map((ssrc, index) => {
    const rtx = groups.find(({ semantics, ssrcs }) => semantics === 'FID' && ssrcs[0] === ssrc)?.ssrcs[1];
    const options = { index, ssrc, rtx, height: layerHeight(index), size: sizes[index] ?? 0 };
    return new CameraEncoding(options, { types: formats, extensions: formats.extensions });
  });
}

/** Lines of an encoding. */
export const layerHeight = (index: number): number => 180 * 2 ** index;
