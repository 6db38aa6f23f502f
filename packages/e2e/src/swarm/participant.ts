/**
 * One of the swarm: enters a room as a browser's client does, accepts what the focus offers, changes what it sends, leaves. It speaks
 * the wire itself, over xmpp.js and our codecs: the client package has no sources to change without a browser's peer connection, and
 * its sources are announced once and for all.
 */
import {
  attribute,
  decodeJingle,
  el,
  type Element,
  type IceTransport,
  type Jingle,
  joinPresence,
  NS,
} from '@conclave/signaling';
import { type Client, client, xml } from '@xmpp/client';
import type { Instance } from '../harness/instance.js';
import '../harness/web-socket.js';
import { answerContents, nobodysTransport } from './answer.js';
import { type LocalSource, type LocalSourceKind, makeSource, sourceContents } from './local-source.js';
import { Occupants } from './occupants.js';
import type { Random } from './random.js';
import { FocusRequests, said } from './requests.js';
import { View } from './view.js';

/** What a participant sends and receives, where that is more than words. */
export interface ParticipantMedia {
  /** Takes the place of what was offered before. @returns the own side */
  answer(offer: Jingle): Promise<IceTransport> | IceTransport;
  /** The answer has been taken. */
  accepted(): void;
  /** What is sent from now on. */
  send(sources: readonly LocalSource[]): void;
  /** @param unheard nobody is told */
  close(unheard?: boolean): void;
}

/** How somebody leaves: by presence, by ending the stream, or without a word to anybody. */
export type Departure = 'politely' | 'stream closed' | 'vanished';

export interface ParticipantOptions {
  readonly instance: Pick<Instance, 'domain' | 'ports'>;
  /** Bare JID. */
  readonly room: string;
  readonly random: Random;
  /** Others' sources come in the compact form. */
  readonly jsonSources: boolean;
  readonly audioOnly: boolean;
  /** Absent: it only says that it sends. */
  readonly media?: ParticipantMedia;
  /** Whether it goes on with its session when its connection breaks (XEP-0198). */
  readonly resumes?: boolean;
}

/** A Jingle session: offered, accepted by us, taken by the focus. */
interface Session {
  readonly offer: Jingle;
  state: 'offered' | 'active';
}

const now = () => performance.now();

export class SwarmParticipant {
  readonly nick: string;
  readonly room: string;
  readonly view = new View((endpoint) => this.occupants.has(endpoint));
  /** What happened to it, with milliseconds since it began. */
  readonly history: string[] = [];
  /** When (performance.now()) offers came. */
  readonly offers: number[] = [];
  /** In the room from then on. */
  joinedAt = Infinity;
  /** Has been told of nobody else when it came in. */
  wasAlone = false;
  /** How often its session went on after its connection broke. */
  resumptions = 0;
  private readonly began = now();
  private readonly occupants: Occupants;
  private readonly requests: FocusRequests;
  private readonly sources = new Map<LocalSourceKind, LocalSource>();
  private session: Session | undefined;
  private changing = false;
  private stopped = false;
  private readonly mutedSources = new Set<string>();
  private joined: (() => void) | undefined;

  private constructor(
    private readonly entity: Client,
    private readonly options: ParticipantOptions,
  ) {
    const { random, audioOnly } = options;
    this.nick = random.hex(8);
    this.room = options.room;
    this.occupants = new Occupants(this.nick);
    this.requests = new FocusRequests(entity, options.room);
    const kinds: LocalSourceKind[] = audioOnly ? ['microphone'] : ['microphone', 'camera'];
    for (const kind of kinds) this.sources.set(kind, makeSource(kind, this.nick, random));
    entity.iqCallee.get(NS.discoInfo, 'query', () => this.features());
    entity.iqCallee.set(NS.jingle, 'jingle', () => true);
    entity.on('stanza', (stanza: Element) => this.receive(stanza));
    entity.on('error', (error: Error) => this.note(`stream: ${error.message}`));
    entity.on('disconnect', () => this.note('disconnected'));
    entity.streamManagement.on('resumed', () => {
      this.resumptions += 1;
      this.note('resumed');
      if (this.stopped) void entity.stop().catch(() => undefined);
    });
    entity.on('online', () => this.view.faults.push('the session did not go on, another one has begun'));
  }

  /** Logged in as a guest, and nothing more. */
  static async connect(options: ParticipantOptions): Promise<SwarmParticipant> {
    const { domain, ports } = options.instance;
    const entity = client({
      service: `ws://127.0.0.1:${ports.http}/xmpp-websocket`,
      domain: `guest.${domain}`,
    });
    if (options.resumes !== true) entity.reconnect.stop();
    entity.timeout = 60_000;
    entity.on('error', () => undefined);
    await entity.start();
    return new SwarmParticipant(entity, options);
  }

  /** What it sends, of the media that `receiver` takes: sorted SSRCs that the receiver should know. */
  visibleTo(receiver: SwarmParticipant): readonly number[] {
    if (this.session?.state !== 'active') return [];
    return [...this.sources.values()]
      .filter(({ media }) => media === 'audio' || !receiver.options.audioOnly)
      .flatMap(({ visible }) => visible)
      .sort((a, b) => a - b);
  }

  /** What it says that it sends. */
  get sent(): readonly LocalSource[] {
    return [...this.sources.values()];
  }

  /** In a session that both sides have agreed to. */
  get connected(): boolean {
    return this.session?.state === 'active' && !this.changing && this.entity.status === 'online';
  }

  get audioOnly(): boolean {
    return this.options.audioOnly;
  }

  /** Who else is in the room, as presence has told. */
  get others(): readonly string[] {
    return this.occupants.others;
  }

  /** Names of sources that are muted, as `nick` says in its presence. */
  mutedOf(nick: string): readonly string[] {
    return this.occupants.mutedOf(nick);
  }

  get muted(): readonly string[] {
    return [...this.mutedSources];
  }

  /** Tells the room that a source is muted, or is not any more. */
  async mute(source: string, muted: boolean): Promise<void> {
    if (muted) this.mutedSources.add(source);
    else this.mutedSources.delete(source);
    this.note(`${source} ${muted ? 'muted' : 'unmuted'}`);
    const info = JSON.stringify(Object.fromEntries(this.muted.map((name) => [name, { muted: true }])));
    await this.entity.send(el('presence', { to: `${this.room}/${this.nick}` }, el('SourceInfo', {}, info)));
  }

  /** The connection to the XMPP server breaks. A guest who is to have the same name again says who it was. */
  breakConnection(): void {
    this.note('the connection breaks');
    const { options, socket, streamManagement } = this.entity;
    const service = new URL(options.service);
    service.searchParams.set('previd', streamManagement.id);
    options.service = service.toString();
    socket?.socket?.terminate();
  }

  /** The port of the bridge that it is offered. */
  get bridgePort(): number | undefined {
    return this.session?.offer.contents[0]?.transport?.candidates[0]?.port;
  }

  /** Asks for the conference until the focus grants it, then enters the room. Rejects when that takes longer than `within` (ms). */
  async enter(within: number): Promise<void> {
    const deadline = now() + within;
    while (!(await this.granted())) {
      if (now() > deadline) throw new Error(`${this.nick} is not let into ${this.room}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    this.note('join');
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.nick} does not get into ${this.room}`)),
        within,
      );
      this.joined = () => {
        clearTimeout(timer);
        resolve();
      };
      const { room, nick } = this;
      void this.entity.send(joinPresence({ room, nick }));
    });
  }

  async leave(how: Departure): Promise<void> {
    this.note(how);
    if (how === 'vanished') {
      this.stopped = true;
      this.entity.reconnect.stop();
      this.options.media?.close(true);
      this.breakConnection();
      return;
    }
    if (how === 'politely' && this.entity.status === 'online')
      await this.entity.send(el('presence', { to: `${this.room}/${this.nick}`, type: 'unavailable' }));
    await this.stop();
  }

  /** Ends the connection; one that is broken at the moment does not come back. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.options.media?.close();
    this.entity.reconnect.stop();
    await this.entity.stop().catch(() => undefined);
  }

  /** Begins or ends to send something; only when {@link connected}. */
  async toggle(kind: LocalSourceKind): Promise<void> {
    const { session } = this;
    if (session?.state !== 'active' || this.changing || this.options.audioOnly) return;
    this.changing = true;
    const former = this.sources.get(kind);
    const source = former ?? makeSource(kind, this.nick, this.options.random);
    if (former) this.sources.delete(kind);
    else this.sources.set(kind, source);
    const action = former ? 'source-remove' : 'source-add';
    const outcome = await this.requests.jingle(session.offer, action, sourceContents(source));
    this.note(`${action} ${source.visible.join(' ')}: ${said(outcome)}`);
    // Refused, and the session goes on: all is as before. A session after this one was told of the new state.
    if (typeof outcome === 'object' && this.session === session) {
      if (former) this.sources.set(kind, former);
      else this.sources.delete(kind);
    }
    this.changing = false;
    this.options.media?.send(this.sent);
  }

  private async granted(): Promise<boolean> {
    try {
      return await this.requests.conference(`focus.${this.options.instance.domain}`, this.nick);
    } catch (error) {
      this.note(`conference request: ${String(error)}`);
      return false;
    }
  }

  private receive(stanza: Element): void {
    const from = attribute(stanza, 'from') ?? '';
    if (!from.startsWith(`${this.room}/`)) return;
    const nick = from.slice(this.room.length + 1);
    if (stanza.name === 'presence') this.presence(nick, stanza);
    const jingle =
      stanza.name === 'iq' && nick === 'focus' ? stanza.getChild('jingle', NS.jingle) : undefined;
    if (jingle && attribute(stanza, 'type') === 'set') this.told(decodeJingle(jingle));
  }

  private presence(nick: string, presence: Element): void {
    const change = this.occupants.take(nick, presence);
    if (change === 'joined' || change === 'left') this.note(`${nick} ${change}`);
    if (change === 'left') this.view.left(nick);
    if (change === 'left' || change === undefined) return;
    if (nick !== this.nick || this.joinedAt !== Infinity) return;
    this.joinedAt = now();
    this.wasAlone = this.others.length === 0;
    this.joined?.();
  }

  private told(jingle: Jingle): void {
    const { action, sid } = jingle;
    this.note(`${action} ${sid} ${describe(jingle)}`);
    if (action === 'session-initiate') {
      this.offers.push(now());
      this.view.offered(jingle);
      const session: Session = { offer: jingle, state: 'offered' };
      this.session = session;
      void this.accept(session);
      return;
    }
    if (sid !== this.session?.offer.sid) return;
    if (action === 'source-add') this.view.added(jingle);
    if (action === 'source-remove') this.view.removed(jingle);
    if (action === 'session-terminate') {
      this.view.ended();
      this.session = undefined;
    }
  }

  private async accept(session: Session): Promise<void> {
    const { media, random } = this.options;
    const transport = (await media?.answer(session.offer)) ?? nobodysTransport(random);
    const contents = answerContents(session.offer, this.sent, transport);
    const outcome = await this.requests.jingle(session.offer, 'session-accept', contents);
    this.note(`session-accept ${session.offer.sid}: ${said(outcome)}`);
    // Not taken: the focus is gone, and the next one offers anew.
    if (this.session !== session || outcome !== 'result') return;
    session.state = 'active';
    media?.send(this.sent);
    media?.accepted();
  }

  private features(): Element {
    const { audioOnly, jsonSources } = this.options;
    const features = [
      NS.rtpAudio,
      ...(audioOnly ? [] : [NS.rtpVideo]),
      NS.iceUdp,
      NS.dtls,
      NS.sctp,
      'urn:ietf:rfc:4588',
      'http://jitsi.org/tcc',
      ...(jsonSources ? ['http://jitsi.org/json-encoded-sources'] : []),
    ];
    return xml('query', NS.discoInfo, ...features.map((feature) => xml('feature', { var: feature })));
  }

  private note(event: string): void {
    this.history.push(`${Math.round(now() - this.began)} ${event}`);
  }
}

/** The SSRCs that a Jingle action tells of, for the history. */
function describe({ contents, jsonSources }: Jingle): string {
  const sets = [
    ...contents.flatMap(({ description }) => (description ? [description.sources] : [])),
    ...[...(jsonSources?.values() ?? [])].flatMap(({ audio, video }) => [audio, video]),
  ];
  return sets.flatMap(({ sources }) => sources.map(({ ssrc }) => ssrc)).join(' ');
}
