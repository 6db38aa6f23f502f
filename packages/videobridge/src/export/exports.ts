/** The feeds of a conference: which services get the sound of which sources, and what comes of it. */
import type { Connect } from '@conclave/signaling';
import type { Logger } from 'pino';

import type { AudioSource, AudioTap } from '../conference/audio-source.js';
import { addCounters } from '../conference/counters.js';
import { TokenBucket } from '../conference/token-bucket.js';
import { primaryBlock } from '../rtp/red.js';
import type { RtpView } from '../rtp/rtp-packet.js';
import { Feed, type FeedOptions } from './feed.js';
import { type FeedCounts, NO_COUNTS } from './feed-counts.js';
import type { IncomingEvent, MadePacket, MediaPacket } from './media-json.js';

/** What a service may have said to everybody, in a second: words come no faster than people speak. */
const MESSAGES_PER_SECOND = 50;
/** Packets that all services of a conference may have sent on in a second: forty voices without a pause. */
const PACKETS_PER_SECOND = 2000;

interface Export {
  connect: Connect;
  readonly feed: Feed;
}

export interface ExportHost {
  /** A service tells everybody something. */
  transcribed(result: Readonly<Record<string, unknown>>): void;
  /** A service has made a packet of a synthetic source. */
  made(packet: MadePacket): void;
  /** A service begins or ceases to send a synthetic source. */
  sendingChanged(sourceName: string, sending: boolean, timestamp: number): void;
  /** Whether several people speak into the endpoint's microphone. */
  diarizes(endpointId: string): boolean;
}

export interface ExportContext {
  readonly application: FeedOptions['application'];
  /** Monotonic time in ms. */
  readonly clock: () => number;
  readonly log: Logger;
}

export class ConferenceExports implements AudioTap {
  readonly #exports = new Map<string, Export>();
  readonly #messages = new TokenBucket(MESSAGES_PER_SECOND);
  readonly #packets = new TokenBucket(PACKETS_PER_SECOND);
  /** Of feeds that have ended. */
  #former: Readonly<FeedCounts> = NO_COUNTS;
  /** The common zero of all timestamps. */
  #beganAt: number | undefined;

  constructor(
    private readonly host: ExportHost,
    private readonly context: ExportContext,
  ) {}

  get size(): number {
    return this.#exports.size;
  }

  /** By id. */
  get connects(): ReadonlyMap<string, Connect> {
    return new Map([...this.#exports].map(([id, { connect }]) => [id, connect]));
  }

  /** By id, what each does and has done. */
  get state(): Readonly<Record<string, object>> {
    return Object.fromEntries(
      [...this.#exports].map(([id, { connect, feed }]) => [
        id,
        { type: connect.type, state: feed.state, ...feed.counts },
      ]),
    );
  }

  get counts(): Readonly<FeedCounts> {
    return [...this.#exports.values()].map(({ feed }) => feed.counts).reduce(addCounters, this.#former);
  }

  /** Carries out what `refuseConnects` has let pass. */
  change(changes: readonly Connect[]): void {
    for (const { id, expire } of changes) if (expire === true) this.#end(id);
    for (const connect of changes) {
      if (connect.expire === true) continue;
      if (connect.create === true) {
        this.#exports.set(connect.id, { connect, feed: this.#open(connect) });
        continue;
      }
      const known = this.#exports.get(connect.id);
      if (known === undefined) continue;
      known.connect = connect;
      known.feed.sourcesChanged();
    }
  }

  close(): void {
    for (const id of [...this.#exports.keys()]) this.#end(id);
  }

  take(source: AudioSource, packet: Buffer, input: number, view: RtpView): void {
    let copy: MediaPacket | undefined;
    for (const { connect, feed } of this.#exports.values()) {
      // What one service makes is for another only where that is said, lest both talk to each other.
      const exported = connect.exports.length > 0 ? connect.exports.includes(source.name) : !source.synthetic;
      if (!exported) continue;
      copy ??= this.#packet(source, packet, input, view);
      if (copy === undefined) return;
      feed.send(copy);
    }
  }

  /** The packet as its own, without redundancy; undefined: it is malformed, or of a format that is not known. */
  #packet(source: AudioSource, packet: Buffer, input: number, view: RtpView): MediaPacket | undefined {
    const { owner, name, ssrc, formats } = source;
    const whole = packet.subarray(view.payloadOffset, view.payloadOffset + view.payloadLength);
    const format = formats.audio(view.payloadType);
    const block =
      format?.encoding === 'red' ? primaryBlock(whole) : { payloadType: view.payloadType, payload: whole };
    const actual = block && formats.audio(block.payloadType);
    // Nothing but padding, to try the way.
    if (block === undefined || actual === undefined || block.payload.length === 0) return undefined;
    const at = view.audioLevelOffset;
    const octet = packet[at] ?? 0;
    return {
      tag: name,
      endpointId: owner,
      ssrc,
      payloadType: block.payloadType,
      format: actual,
      chunk: input,
      timestamp: view.timestamp,
      at: this.#elapsed(),
      payload: Buffer.from(block.payload),
      level: at === 0 ? undefined : { value: octet & 0x7f, voice: octet >= 0x80 },
      diarize: this.host.diarizes(owner),
    };
  }

  #elapsed(): number {
    const now = this.context.clock();
    this.#beganAt ??= now;
    return now - this.#beganAt;
  }

  #open({ id, url, headers, ping }: Connect): Feed {
    this.#elapsed();
    return new Feed({
      url,
      headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
      ping,
      application: this.context.application,
      sources: () => {
        const { exports = [], requests = [] } = this.#exports.get(id)?.connect ?? {};
        return { exports, requests };
      },
      received: (event) => this.#received(id, event),
      log: this.context.log.child({ connect: id }),
    });
  }

  /** A service speaks for what was asked of it, and for nothing else. */
  #received(id: string, event: IncomingEvent): void {
    const now = this.context.clock();
    const requests = this.#exports.get(id)?.connect.requests ?? [];
    switch (event.event) {
      case 'transcription-result':
        if (this.#messages.admit(now)) this.host.transcribed(event.fields);
        return;
      case 'media':
        if (requests.includes(event.tag) && this.#packets.admit(now)) this.host.made(event);
        return;
      case 'start':
      case 'stop':
        if (!requests.includes(event.tag) || !this.#messages.admit(now)) return;
        this.host.sendingChanged(event.tag, event.event === 'start', event.timestamp % 2 ** 32);
        return;
      default:
        return;
    }
  }

  /** Whether a service that is connected here makes the synthetic source of that name. */
  makes(sourceName: string): boolean {
    return [...this.#exports.values()].some(({ connect }) => connect.requests.includes(sourceName));
  }

  #end(id: string): void {
    const known = this.#exports.get(id);
    if (known === undefined) return;
    this.#exports.delete(id);
    known.feed.close();
    this.#former = addCounters(this.#former, known.feed.counts);
  }
}
