/**
 * The events of a feed of media as JSON, one a text frame, told apart by `event`: what is said to a service that transcribes, translates or
 * records, and what it says in return. Numbers that may grow beyond 53 bits are texts on the wire. Pure: no sockets, no clock.
 */

import { parseJson, SignalingError } from '@conclave/signaling';

/** What a track is made of. */
interface MediaFormat {
  /** Of RFC 3551 or of the payload format, in lower case: `opus`. */
  readonly encoding: string;
  /** Of the RTP clock, in Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly parameters: Readonly<Record<string, string>>;
}

/** A packet of a track. */
export interface MediaPacket {
  /** Name of the source. */
  readonly tag: string;
  readonly endpointId: string;
  readonly ssrc: number;
  readonly payloadType: number;
  readonly format: MediaFormat;
  /** Ever-growing number of the packet within its stream. */
  readonly chunk: number;
  /** As it is in the packet, 32 bits. */
  readonly timestamp: number;
  /** Ms since the export began. */
  readonly at: number;
  readonly payload: Buffer;
  /** RFC 6464: dB below the loudest, and whether it is speech; undefined: the sender does not say. */
  readonly level: { readonly value: number; readonly voice: boolean } | undefined;
  /** Whether several people speak into this one microphone, and are to be told apart. */
  readonly diarize: boolean;
}

interface Track {
  readonly payloadType: number;
  /** The timestamp of the last packet, unwrapped, and what is added to it for the zero that all tracks have in common. */
  unwrapped: number;
  shift: number;
}

/** Writes the events of one connection; each begins with a new one. */
export class MediaJsonWriter {
  readonly #tracks = new Map<number, Track>();
  #sequence = 0;

  /** The packet's event, and ahead of it that of its track where this is new or goes on in another format. */
  media(packet: MediaPacket): string[] {
    const known = this.#tracks.get(packet.ssrc);
    const isNew = known?.payloadType !== packet.payloadType;
    const track = isNew ? begin(packet, known) : known;
    if (isNew) this.#tracks.set(packet.ssrc, track);
    track.unwrapped += (packet.timestamp - (track.unwrapped % 2 ** 32)) | 0;
    const { tag, chunk, payload, level } = packet;
    const events = isNew ? [this.#start(packet)] : [];
    events.push(
      JSON.stringify({
        event: 'media',
        sequenceNumber: this.#next(),
        media: {
          tag,
          chunk: String(chunk),
          timestamp: String(Math.max(0, track.unwrapped + track.shift)),
          payload: payload.toString('base64'),
          ...(level === undefined ? {} : { audioLevel: level.value, vad: level.voice }),
        },
      }),
    );
    return events;
  }

  #start({ tag, endpointId, format, diarize }: MediaPacket): string {
    return JSON.stringify({
      event: 'start',
      sequenceNumber: this.#next(),
      start: {
        tag,
        mediaFormat: format,
        customParameters: { endpointId },
        ...(diarize ? { diarize } : {}),
      },
    });
  }

  /** What is exported, and what is asked for; both empty: nothing in particular. */
  sources(exports: readonly string[], requests: readonly string[]): string {
    return JSON.stringify({ event: 'sources', exports, requests });
  }

  info(application: string, version: string, region: string | undefined): string {
    return JSON.stringify({
      event: 'info',
      application,
      version,
      ...(region === undefined ? {} : { region }),
    });
  }

  ping(id: number): string {
    return JSON.stringify({ event: 'ping', id });
  }

  pong(id: number): string {
    return JSON.stringify({ event: 'pong', id });
  }

  /** The orderly end. */
  end(): string {
    return JSON.stringify({ event: 'session-end', sequenceNumber: this.#next() });
  }

  #next(): string {
    return String(this.#sequence++);
  }
}

function begin({ payloadType, timestamp, at, format }: MediaPacket, known: Track | undefined): Track {
  if (known !== undefined) return { ...known, payloadType };
  // In the second cycle, so that packets from before the first one stay positive.
  const unwrapped = 2 ** 32 + timestamp;
  return { payloadType, unwrapped, shift: Math.round((at * format.sampleRate) / 1000) - unwrapped };
}

/** Digits that a number is sure to hold. */
const WHOLE = /^\d{1,15}$/;
/** Octets of one packet of sound, at most: what still fits a packet. */
const MAX_PAYLOAD = 1200;

/** A packet of sound that a service has made. */
export interface MadePacket {
  /** Name of the synthetic source. */
  readonly tag: string;
  readonly chunk: number;
  readonly timestamp: number;
  readonly payload: Buffer;
}

export type IncomingEvent =
  | ({ readonly event: 'media' } & MadePacket)
  /** It begins (ceases) to send a synthetic source; at a time of the RTP clock. */
  | { readonly event: 'start' | 'stop'; readonly tag: string; readonly timestamp: number }
  | { readonly event: 'ping' | 'pong'; readonly id: number }
  /** What it says of itself, and what only those who are sent media need to know. */
  | { readonly event: 'info' | 'other' }
  /** With whatever the service has to say of it. */
  | { readonly event: 'transcription-result'; readonly fields: Readonly<Record<string, unknown>> };

/** Undefined: it is malformed, or none that is known here. */
export function readMediaJson(text: string): IncomingEvent | undefined {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof SignalingError) return undefined;
    throw error;
  }
  if (!isRecord(value)) return undefined;
  const { event, id } = value;
  switch (event) {
    case 'ping':
    case 'pong':
      return typeof id === 'number' && Number.isSafeInteger(id) ? { event, id } : undefined;
    case 'transcription-result':
      return { event, fields: value };
    case 'media':
      return madePacket(value['media']);
    case 'start':
    case 'stop':
      return sendingChange(event, value);
    case 'info':
      return { event };
    case 'sources':
    case 'session-end':
      return { event: 'other' };
    default:
      return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Numbers are texts on the wire, but not with everybody. */
function wholeNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  return typeof value === 'string' && WHOLE.test(value) ? Number(value) : undefined;
}

function madePacket(media: unknown): IncomingEvent | undefined {
  if (!isRecord(media)) return undefined;
  const { tag, payload: encoded } = media;
  const [chunk, timestamp] = [wholeNumber(media['chunk']), wholeNumber(media['timestamp'])];
  if (typeof tag !== 'string' || typeof encoded !== 'string') return undefined;
  if (chunk === undefined || timestamp === undefined) return undefined;
  const payload = Buffer.from(encoded, 'base64');
  if (payload.length === 0 || payload.length > MAX_PAYLOAD) return undefined;
  return { event: 'media', tag, chunk, timestamp, payload };
}

/** Without a time it is only about the feed, and not for those who hear. */
function sendingChange(
  event: 'start' | 'stop',
  value: Readonly<Record<string, unknown>>,
): IncomingEvent | undefined {
  const what = value[event];
  if (!isRecord(what) || typeof what['tag'] !== 'string') return undefined;
  const time = what['timestamp'] ?? value['timestamp'];
  if (time === undefined) return { event: 'other' };
  const timestamp = wholeNumber(time);
  return timestamp === undefined ? undefined : { event, tag: what['tag'], timestamp };
}
