/**
 * The media of a participant: a real peer connection to the bridge that it is offered, over a link that can be disturbed, with the bridge
 * channel beside it. As a sender it answers what a browser answers (NACK by RTX, PLI and FIR by keyframes, constraints by sending less),
 * as a receiver it tells what a browser tells (transport-wide feedback, NACK, PLI, reports), and watches what a decoder would see.
 */
import type {
  BridgeMessage,
  IceTransport,
  Jingle,
  ReceiverVideoConstraints,
  SourceVideoType,
} from '@conclave/signaling';
import { parseBridgeMessage, stringifyBridgeMessage } from '@conclave/signaling';
import { LoopbackClient } from '@conclave/videobridge';
import { ImpairedLink, type Impairment, unimpaired } from '../harness/impaired-link.js';
import type { LocalSource } from '../swarm/local-source.js';
import type { ParticipantMedia } from '../swarm/participant.js';
import type { Directory } from './directory.js';
import { type Formats, readFormats } from './formats.js';
import { Receiver } from './receiver.js';
import { Sender } from './sender.js';

/** Ms between two looks at what is due. */
const TICK = 20;

/** One session's connection to a bridge. */
interface Connection {
  readonly client: LoopbackClient;
  readonly link: ImpairedLink;
  readonly offered: IceTransport;
  readonly formats: Formats;
  readonly sender: Sender;
  readonly receiver: Receiver;
  tell: ((text: string) => boolean) | undefined;
}

/** Frames shown, losses that could not be mended, changes of the encoding, beginnings anew; feedback that came for what was sent. */
export type Tally = Record<keyof Receiver['totals'] | 'feedbacks', number>;

export const emptyTally = (): Tally => ({ shown: 0, lost: 0, switches: 0, restarts: 0, feedbacks: 0 });

/** What the bridge has said last. */
export interface Told {
  dominantSpeaker: string | undefined;
  /** Names of sources; undefined: nothing was said. */
  forwarded: readonly string[] | undefined;
}

export class MediaLeg implements ParticipantMedia {
  readonly told: Told = { dominantSpeaker: undefined, forwarded: undefined };
  /** What should never have come, in words. */
  readonly faults: string[] = [];
  /** Whether its microphone has speech, or only noise now and then. */
  speaks = false;
  #muted: ReadonlySet<string> = new Set();
  #connection: Connection | undefined;
  #sources: readonly LocalSource[] = [];
  #wishes: ReceiverVideoConstraints | undefined;
  #ways: { readonly down: Impairment; readonly up: Impairment } = { down: unimpaired, up: unimpaired };
  #closed = false;
  readonly #timer = setInterval(() => this.#safely(() => this.#tick()), TICK);

  /** @param tally of all together, to which each connection adds when it ends */
  constructor(
    private readonly directory: Directory,
    private readonly tally: Tally,
  ) {}

  async answer(offer: Jingle): Promise<IceTransport> {
    this.#drop();
    const offered = offer.contents.find(({ transport }) => transport !== undefined)?.transport;
    const candidate = offered?.candidates.find(({ ip }) => ip === '127.0.0.1') ?? offered?.candidates[0];
    if (offered === undefined || candidate === undefined) throw new Error('the offer has no candidates');
    const link = await ImpairedLink.open(candidate.port);
    if (this.#closed) {
      link.stop();
      throw new Error('gone');
    }
    this.#drop();
    const formats = readFormats(offer);
    const client = new LoopbackClient(
      'soak',
      (packet) => this.#safely(() => this.#receive(connection, packet)),
      { data: true, setup: 'passive' },
    );
    const send = (packet: Buffer): boolean => client.send(packet);
    const connection: Connection = {
      client,
      link,
      offered: { ...offered, candidates: [{ ...candidate, ip: '127.0.0.1', port: link.port }] },
      formats,
      sender: new Sender(formats, send),
      receiver: new Receiver(formats, send, this.directory, this.faults),
      tell: undefined,
    };
    this.#connection = connection;
    this.told.forwarded = undefined;
    this.told.dominantSpeaker = undefined;
    this.#supply(connection);
    this.disturb(this.#ways.down, this.#ways.up);
    return client.answer(connection.offered);
  }

  accepted(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    const { client } = connection;
    client.start();
    void client
      .openChannel('JVB data channel', 'http://jitsi.org/protocols/colibri', (text) =>
        this.#safely(() => this.#hear(connection, parseBridgeMessage(text))),
      )
      .then((tell) => {
        connection.tell = tell;
        if (this.#wishes !== undefined) this.#tell(this.#wishes);
        for (const source of this.#muted) this.#tellVideoType(source, 'none');
      });
  }

  send(sources: readonly LocalSource[]): void {
    this.directory.withdraw(this.#sources);
    this.#sources = sources;
    this.directory.announce(sources);
    if (this.#connection !== undefined) this.#supply(this.#connection);
  }

  /** What is wanted of the bridge. */
  want(wishes: ReceiverVideoConstraints): void {
    this.#wishes = wishes;
    this.#tell(wishes);
  }

  /** Ceases to send a video source that stays announced, or goes on. */
  mute(source: string, muted: boolean): void {
    this.#muted = new Set(
      muted ? [...this.#muted, source] : [...this.#muted].filter((each) => each !== source),
    );
    this.#connection?.sender.mute(source, muted);
    this.#tellVideoType(source, muted ? 'none' : 'camera');
  }

  get muted(): ReadonlySet<string> {
    return this.#muted;
  }

  /** How the ways from and to the bridge are from now on. */
  disturb(down: Impairment, up: Impairment = unimpaired): void {
    this.#ways = { down, up };
    const link = this.#connection?.link;
    if (link === undefined) return;
    link.impairment = down;
    link.upward = up;
  }

  /** What has come; undefined while there is no connection. */
  get receiver(): Receiver | undefined {
    return this.#connection?.receiver;
  }

  /** @param unheard the bridge is not told, as when the power fails */
  close(unheard = false): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.directory.withdraw(this.#sources);
    if (unheard) this.#connection?.link.stop();
    this.#drop();
  }

  #supply({ sender }: Connection): void {
    sender.send(this.#sources);
    for (const name of this.#muted) sender.mute(name, true);
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    const totals = { ...connection.receiver.totals, feedbacks: connection.sender.feedbacks };
    for (const key of Object.keys(totals) as (keyof Tally)[]) this.tally[key] += totals[key];
    connection.client.close();
    connection.link.stop();
  }

  #receive(connection: Connection, packet: Buffer): void {
    const now = performance.now();
    if (!connection.receiver.take(packet, now)) connection.sender.takeRtcp(packet, now);
  }

  #tick(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    const now = performance.now();
    connection.sender.tick(this.speaks, now);
    connection.receiver.tick(now);
  }

  #hear(connection: Connection, message: BridgeMessage): void {
    if (message.colibriClass === 'DominantSpeakerEndpointChangeEvent')
      this.told.dominantSpeaker = message.dominantSpeakerEndpoint;
    if (message.colibriClass === 'ForwardedSources') this.told.forwarded = message.forwardedSources;
    if (message.colibriClass === 'SenderSourceConstraints')
      connection.sender.constrain(message.sourceName, message.maxHeight);
  }

  #tell(message: BridgeMessage): void {
    this.#connection?.tell?.(stringifyBridgeMessage(message));
  }

  #tellVideoType(sourceName: string, videoType: SourceVideoType): void {
    this.#tell({ colibriClass: 'SourceVideoTypeMessage', sourceName, videoType });
  }

  /** An exception that leaves a callback of the ICE library ends the process. */
  #safely(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }
}
