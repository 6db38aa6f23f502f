/**
 * The visitors of a conference: on nodes whose rooms the focus is in beside the conference's own. They are invited to media as
 * participants that only receive; how many there are, and what they can receive, is said to those who take part.
 */
import { el, type StanzaError } from '@conclave/signaling';
import type { Occupant, XmppConnection } from '@conclave/xmpp-connection';
import type { Clock, Timer } from '../clock.js';
import type { ConferenceMedia } from '../conference/media.js';
import { Member } from '../conference/member.js';
import type { ConferenceCore, ConferencePart } from '../conference/part.js';
import { enterRoom } from '../conference/room-entry.js';
import type { VisitorSettings } from '../options.js';
import type { RateLimit } from '../rate-limit.js';
import { CodecConsensus, codecsIn } from './codec-consensus.js';
import { type Placement, placementOf, type PlacementRequest } from './placement.js';
import { isVisitor, loadOf, type VisitorRoom } from './visitor-room.js';

export interface VisitorsContext {
  readonly connection: XmppConnection;
  readonly clock: Clock;
  readonly media: ConferenceMedia;
  readonly settings: VisitorSettings;
  readonly restarts: RateLimit;
  /** Address of the component that connects nodes; undefined: there is none. */
  readonly component: () => string | undefined;
  /** Visitors of all conferences at a node. */
  readonly countAt: (node: string) => number;
  /** Nodes that a focus before this one had connected. */
  readonly formerNodes: readonly string[];
  /** Something that a successor has to know has changed. */
  readonly onChanged: () => Promise<void>;
}

const NAMESPACE = 'jitsi:visitors';
const RESUME_MS = 500;

export class Visitors implements ConferencePart {
  readonly #core: ConferenceCore;
  readonly #context: VisitorsContext;
  readonly #rooms = new Map<string, VisitorRoom>();
  /** Rooms that are being entered. */
  readonly #entering = new Map<string, Promise<VisitorRoom | undefined>>();
  readonly #members = new Map<string, { readonly member: Member; readonly room: VisitorRoom }>();
  readonly #codecs = new CodecConsensus();
  #notice: Timer | undefined;
  #resumption: Timer | undefined;
  #isNoticeDue = false;

  constructor(core: ConferenceCore, context: VisitorsContext) {
    this.#core = core;
    this.#context = context;
  }

  get count(): number {
    return this.#members.size;
  }

  /** Nodes in use. */
  get nodes(): readonly string[] {
    return [...this.#rooms.keys()];
  }

  countAt(node: string): number {
    return [...this.#members.values()].filter(({ room }) => room.node === node).length;
  }

  /** Whether it is the room of a node that the conference uses. */
  isIn(roomJid: string): boolean {
    return [...this.#rooms.values()].some(({ muc }) => muc.jid === roomJid);
  }

  /** Somebody who looks on, by the nickname in a node's room. */
  at(roomJid: string, nick: string): Member | undefined {
    const seat = this.#members.get(nick);
    return seat?.room.muc.jid === roomJid ? seat.member : undefined;
  }

  /** Where somebody is to go who asks for the conference; a node: looks on there. */
  async place(request: PlacementRequest): Promise<{ readonly node: string } | Exclude<Placement, 'look on'>> {
    const placement = this.#isOffered ? this.#placementOf(request) : 'take part';
    if (placement !== 'look on') return placement;
    const room = await this.#chosenRoom();
    if (!room) return 'take part';
    room.expected.push(this.#context.clock.now());
    return { node: room.node };
  }

  /** Rooms of nodes have the name alone: conferences of tenants, which may have the name of another, have no visitors. */
  get #isOffered(): boolean {
    const { settings, component } = this.#context;
    const domain = behindFirstLabel(component());
    const isOfService = domain !== undefined && behindFirstLabel(this.#core.room) === domain;
    return settings.enabled && settings.nodes.length > 0 && isOfService;
  }

  entered(): void {
    const { settings, formerNodes } = this.#context;
    if (settings.enabled) this.#core.presence.setProperty('visitors-enabled', 'true');
    if (formerNodes.length > 0) this.#resume(formerNodes);
  }

  /** Enters the rooms again that a focus before this one was in, once it is known who connects nodes. */
  #resume(nodes: readonly string[]): void {
    const { clock, component } = this.#context;
    if (component() === undefined) {
      this.#resumption = clock.after(RESUME_MS, () => this.#core.run(() => this.#resume(nodes)));
      return;
    }
    for (const node of nodes) this.#core.watch(this.#enter(node).then(() => undefined));
  }

  /** Somebody takes part under a name that a visitor has: endpoints are told apart by it. */
  memberJoined({ nick }: Member): void {
    this.#left(nick);
  }

  stopped(): void {
    this.#notice?.cancel();
    this.#resumption?.cancel();
    for (const room of [...this.#rooms.values()]) this.#close(room);
  }

  #placementOf(request: PlacementRequest): Placement {
    const { members, metadata, mainRoom } = this.#core;
    const people = [...members.values()].filter(
      ({ services }) => !services.has('jibri') && !services.has('transcriber'),
    ).length;
    const state = { metadata, isBreakout: mainRoom !== undefined, hasNodes: this.#rooms.size > 0, people };
    return placementOf(request, state, this.#context.settings);
  }

  /** The least loaded room with space, else a node that is not used yet, the least busy first, else whatever there is. */
  async #chosenRoom(): Promise<VisitorRoom | undefined> {
    const { settings, clock, countAt } = this.#context;
    const since = clock.now() - settings.joinLatencyMs;
    const byLoad = [...this.#rooms.values()].sort((a, b) => loadOf(a, since) - loadOf(b, since));
    const [least] = byLoad;
    if (least && loadOf(least, since) < settings.maxVisitorsPerNode) return least;
    const unused = settings.nodes
      .map(({ name }) => name)
      .filter((name) => !this.#rooms.has(name))
      .sort((a, b) => countAt(a) - countAt(b));
    for (const node of unused) {
      const room = await this.#enter(node);
      if (room) return room;
    }
    return least;
  }

  #enter(node: string): Promise<VisitorRoom | undefined> {
    const known = this.#rooms.get(node);
    if (known) return Promise.resolve(known);
    const entering =
      this.#entering.get(node) ?? this.#enterAnew(node).finally(() => this.#entering.delete(node));
    this.#entering.set(node, entering);
    return entering;
  }

  async #enterAnew(node: string): Promise<VisitorRoom | undefined> {
    const { connection, settings } = this.#context;
    const service = settings.nodes.find(({ name }) => name === node)?.service;
    if (service === undefined) return undefined;
    const { presence, log, room } = this.#core;
    const address = `${room.slice(0, room.indexOf('@'))}@${service}`;
    const entry = await enterRoom(connection, address, presence.extensions, log);
    if (entry.kind === 'failed') {
      log.warn({ node, condition: entry.error.condition, text: entry.error.text }, 'visitor room not joined');
      return undefined;
    }
    const visitorRoom: VisitorRoom = { node, muc: entry.room, expected: [] };
    const refused = this.#isOver ? undefined : await this.#order('connect-vnode', node);
    if (this.#isOver || refused || entry.room.ended !== undefined) {
      log.warn({ node, condition: refused?.condition }, 'visitor node not connected');
      entry.room.leave();
      return undefined;
    }
    this.#rooms.set(node, visitorRoom);
    this.#observe(visitorRoom);
    log.info({ node }, 'visitor node connected');
    void this.#context.onChanged();
    return visitorRoom;
  }

  get #isOver(): boolean {
    return this.#core.state === 'stopped';
  }

  /** Has the XMPP server connect a node with the room, or part them. */
  async #order(what: 'connect-vnode' | 'disconnect-vnode', vnode: string): Promise<StanzaError | undefined> {
    const { connection, component } = this.#context;
    const order = el('visitors', { xmlns: NAMESPACE, room: this.#core.room }, el(what, { vnode }));
    const outcome = await connection.request(el('iq', { type: 'get', to: component() ?? '' }, order));
    if (outcome.kind === 'result') return undefined;
    return outcome.kind === 'error'
      ? outcome.error
      : { type: 'wait', condition: 'remote-server-timeout', text: 'no answer' };
  }

  #observe(room: VisitorRoom): void {
    const { muc } = room;
    const { run, presence } = this.#core;
    muc.on('joined', (occupant) => run(() => this.#joined(room, occupant)));
    muc.on('changed', (occupant) => run(() => this.#changed(occupant)));
    muc.on('left', ({ occupant }) => run(() => this.#leftRoom(room, occupant)));
    const hush = presence.attach((extensions) => muc.setPresence(extensions));
    muc.on('ended', (end) => {
      hush();
      run(() => this.#ended(room, end));
    });
    for (const occupant of muc.occupants.values()) run(() => this.#joined(room, occupant));
  }

  #joined(room: VisitorRoom, occupant: Occupant): void {
    if (!isVisitor(occupant)) return;
    const { nick } = occupant;
    if (this.#core.members.has(nick) || this.#members.has(nick)) {
      this.#core.log.warn(
        { visitor: nick, node: room.node },
        'a visitor of a name that is taken gets no media',
      );
      return;
    }
    room.expected.shift();
    const member = new Member(occupant, this.#context.restarts);
    this.#members.set(nick, { member, room });
    this.#codecs.add(nick, codecsIn(occupant.presence));
    this.#context.media.visitorJoined(member);
    this.#say();
  }

  #changed(occupant: Occupant): void {
    const member = this.#members.get(occupant.nick)?.member;
    // Who looks on does so for as long as it stays.
    if (member && isVisitor(occupant)) member.changed(occupant);
  }

  #leftRoom(room: VisitorRoom, { nick }: Occupant): void {
    if (this.#members.get(nick)?.room === room) this.#left(nick);
  }

  #left(nick: string): void {
    const seat = this.#members.get(nick);
    if (!seat) return;
    this.#members.delete(nick);
    this.#codecs.remove(nick);
    this.#context.media.visitorLeft(seat.member);
    this.#say();
  }

  /** The room there is no more, whatever the reason: nobody there looks on. */
  #ended(room: VisitorRoom, end: string): void {
    if (this.#rooms.get(room.node) !== room) return;
    this.#core.log.info({ node: room.node, end }, 'visitor room ended');
    this.#close(room);
    for (const [nick, seat] of [...this.#members]) if (seat.room === room) this.#left(nick);
  }

  #close(room: VisitorRoom): void {
    this.#rooms.delete(room.node);
    void this.#order('disconnect-vnode', room.node);
    room.muc.leave();
    void this.#context.onChanged();
  }

  /** Says how many look on: at once, then no more often than is wanted. */
  #say(): void {
    if (this.#notice) {
      this.#isNoticeDue = true;
      return;
    }
    const { presence } = this.#core;
    presence.setProperty('visitor-count', String(this.count));
    presence.setProperty('visitor-codecs', this.#codecs.agreed.join(','));
    this.#isNoticeDue = false;
    this.#notice = this.#context.clock.after(this.#context.settings.notificationIntervalMs, () => {
      this.#notice = undefined;
      if (this.#isNoticeDue) this.#core.run(() => this.#say());
    });
  }
}

/** Of the domain of an address. */
const behindFirstLabel = (address: string | undefined): string | undefined =>
  /^(?:[^@]*@)?[^.]*\.(.+)$/.exec(address ?? '')?.[1];
