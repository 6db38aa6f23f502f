/** Payload types and header extensions of one endpoint, as far as the bridge reads them (RFC 3551, 4588, 8285). */
import type { ColibriMedia, MediaType } from '@conclave/signaling';

import type { VideoCodec } from '../rtp/frame-reader.js';
import { NO_EXTENSIONS, type ExtensionIds } from '../rtp/rtp-packet.js';

const TRANSPORT_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const AUDIO_LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
const DEPENDENCY_DESCRIPTOR =
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';
const LAYERS_ALLOCATION = 'http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00';
/** Extensions that speak of one hop only; forwarded, they would mislead the receiver. */
const ONE_HOP: ReadonlySet<string> = new Set([
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
]);

const CODECS: ReadonlyMap<string, VideoCodec> = new Map([
  ['vp8', 'vp8'],
  ['vp9', 'vp9'],
  ['h264', 'h264'],
  ['av1', 'av1'],
]);

export interface Payload {
  readonly medium: MediaType;
  /** Of video; `other` for audio too. */
  readonly codec: VideoCodec;
  /** Of an RTX payload type: the type that it repeats. */
  readonly original: number | undefined;
}

/** Of audio, as it was signalled. */
export interface AudioFormat {
  /** In lower case. */
  readonly encoding: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly parameters: Readonly<Record<string, string>>;
}

export class EndpointFormats {
  readonly #audio = new Map<number, AudioFormat>();
  /** Payload types of redundant audio. */
  readonly #red = new Set<number>();
  readonly #payloads = new Array<Payload | undefined>(128).fill(undefined);
  readonly #rtx = new Map<number, number>();
  #extensions: ExtensionIds = NO_EXTENSIONS;
  #transportCc = false;
  /** Any payload type of video; undefined while none is known. */
  video: number | undefined;

  /** Adds what `media` says; what is already known is overwritten, never removed. */
  add(media: readonly ColibriMedia[]): void {
    for (const { type, payloadTypes, headerExtensions } of media) {
      for (const { id, name, clockrate, channels, parameters, rtcpFeedback } of payloadTypes) {
        if (!Number.isInteger(id) || id < 0 || id > 127) continue;
        const original = name.toLowerCase() === 'rtx' ? Number(parameters['apt']) : undefined;
        this.#payloads[id] = { medium: type, codec: CODECS.get(name.toLowerCase()) ?? 'other', original };
        if (type === 'audio') {
          const encoding = name.toLowerCase();
          if (encoding === 'red') this.#red.add(id);
          this.#audio.set(id, { encoding, sampleRate: clockrate, channels: channels ?? 1, parameters });
        }
        if (original !== undefined) this.#rtx.set(original, id);
        else if (type === 'video') this.video ??= id;
        if (rtcpFeedback.some((feedback) => feedback.type === 'transport-cc')) this.#transportCc = true;
      }
      for (const { id, uri } of headerExtensions) this.#addExtension(id, uri);
    }
  }

  #addExtension(id: number, uri: string): void {
    const known = this.#extensions;
    if (uri === TRANSPORT_CC) this.#extensions = { ...known, transportCc: id };
    else if (uri === AUDIO_LEVEL) this.#extensions = { ...known, audioLevel: id };
    else if (uri === DEPENDENCY_DESCRIPTOR) this.#extensions = { ...known, dependencyDescriptor: id };
    else if (uri === LAYERS_ALLOCATION) this.#extensions = { ...known, layersAllocation: id };
    else if (ONE_HOP.has(uri) && id < 31) this.#extensions = { ...known, blanked: known.blanked | (1 << id) };
  }

  get extensions(): ExtensionIds {
    return this.#extensions;
  }

  /** Whether the endpoint wants transport-wide feedback for what it sends. */
  get transportCcFeedback(): boolean {
    return this.#transportCc && this.#extensions.transportCc !== 0;
  }

  payload(type: number): Payload | undefined {
    return this.#payloads[type];
  }

  /** How audio of a payload type is encoded; undefined: it is no audio that was signalled. */
  audio(type: number): AudioFormat | undefined {
    return this.#audio.get(type);
  }

  /** Whether packets of a payload type carry several blocks of sound (RFC 2198). */
  isRed(type: number): boolean {
    return this.#red.has(type);
  }

  /** Whether the endpoint understands such packets. */
  get takesRed(): boolean {
    return this.#red.size > 0;
  }

  /** The payload type that repeats `original`, where RTX is negotiated for it. */
  rtxFor(original: number): number | undefined {
    return this.#rtx.get(original);
  }
}
