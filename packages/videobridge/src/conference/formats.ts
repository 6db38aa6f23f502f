/** Payload types and header extensions of one endpoint, as far as the bridge reads them (RFC 3551, 4588, 8285). */
import type { ColibriMedia, MediaType } from '@conclave/signaling';

import type { VideoCodec } from '../rtp/frame-reader.js';
import { NO_EXTENSIONS, type ExtensionIds } from '../rtp/rtp-packet.js';

const TRANSPORT_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const AUDIO_LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
const DEPENDENCY_DESCRIPTOR =
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';
const LAYERS_ALLOCATION = 'http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00';
const EXPERIMENTS = 'http://www.webrtc.org/experiments/rtp-hdrext';
/**
 * The extensions that are passed on, with their ids inside of the bridge: those of an endpoint that has others are translated. All
 * else is taken out: it speaks of one hop only, or could pass for something else with a receiver.
 */
const PASSED_ON: ReadonlyMap<string, number> = new Map([
  [AUDIO_LEVEL, 1],
  [TRANSPORT_CC, 5],
  [`${EXPERIMENTS}/playout-delay`, 6],
  [`${EXPERIMENTS}/video-content-type`, 7],
  [`${EXPERIMENTS}/color-space`, 8],
  [`${EXPERIMENTS}/abs-capture-time`, 9],
  [DEPENDENCY_DESCRIPTOR, 11],
  [LAYERS_ALLOCATION, 12],
  ['urn:3gpp:video-orientation', 13],
]);
/** Ids that a header extension can have. */
const IDS = 256;
const EVERY_ID = 0x7ffffffe;

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
  #extensions: ExtensionIds = { ...NO_EXTENSIONS, blanked: EVERY_ID };
  /** By the endpoint's id the bridge's, and the other way round; 0: none. */
  readonly #incoming = new Uint8Array(IDS);
  readonly #outgoing = new Uint8Array(IDS);
  /** The endpoint's ids of what is not passed on. */
  readonly #others = new Set<number>();
  #translated = false;
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
    if (!Number.isInteger(id) || id < 1 || id >= IDS) return;
    const own = PASSED_ON.get(uri) ?? 0;
    this.#outgoing[this.#incoming[id] as number] = 0;
    this.#incoming[this.#outgoing[own] as number] = 0;
    this.#incoming[id] = own;
    this.#outgoing[own] = own === 0 ? 0 : id;
    if (own === 0) this.#others.add(id);
    else this.#others.delete(id);
    this.#noteExtensions();
  }

  #noteExtensions(): void {
    const known = [...PASSED_ON.values()].filter((own) => this.#outgoing[own] !== 0);
    const idOf = (uri: string): number => known.find((own) => own === PASSED_ON.get(uri)) ?? 0;
    this.#extensions = {
      transportCc: idOf(TRANSPORT_CC),
      audioLevel: idOf(AUDIO_LEVEL),
      dependencyDescriptor: idOf(DEPENDENCY_DESCRIPTOR),
      layersAllocation: idOf(LAYERS_ALLOCATION),
      blanked: known.reduce((mask, own) => mask & ~(1 << own), EVERY_ID),
    };
    const differs = known.some((own) => this.#outgoing[own] !== own);
    this.#translated = differs || [...PASSED_ON.values()].some((own) => this.#others.has(own));
  }

  /** For what comes from the endpoint: by its ids of header extensions the bridge's. Undefined: they are the same. */
  get incomingIds(): Uint8Array | undefined {
    return this.#translated ? this.#incoming : undefined;
  }

  /** For what goes to the endpoint: the other way round. */
  get outgoingIds(): Uint8Array | undefined {
    return this.#translated ? this.#outgoing : undefined;
  }

  /** The bridge's ids of what the endpoint knows. */
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
