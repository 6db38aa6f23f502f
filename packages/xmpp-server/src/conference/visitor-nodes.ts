/**
 * The visitor nodes of a meeting, as its own server sees them (Jitsi's `mod_visitors`): each is told who takes part, what they say and
 * how the room is, from when the focus connects it until the meeting is over; and what visitors say there comes in here.
 */
import {
  attribute,
  el,
  type Element,
  makeJid,
  NS,
  parseStanzaError,
  stanzaError,
  type StanzaError,
} from '@conclave/signaling';
import type { Host, StanzaEvent } from '../host/host.js';
import { Broadcast } from '../muc/broadcast.js';
import { deliver, readdressed } from '../muc/delivery.js';
import type { Muc, Room } from '../muc/index.js';
import { say } from '../muc/messages.js';
import type { Occupant } from '../muc/occupant.js';
import { speechOf } from './visitor-speech.js';
import { encodeState, type MeetingState, visitorsIq } from './visitors-wire.js';

export interface VisitorNode {
  /** The host that speaks for it, and that visitors log in to. */
  readonly host: string;
  /** The host of its rooms. */
  readonly rooms: string;
}

declare module '../muc/events.js' {
  interface MucEvents {
    /** A node is told how a meeting is, before it lets visitors in: whoever has more to tell it does so now. */
    'visitors-coming': { payload: { readonly room: Room; readonly node: VisitorNode }; result: never };
  }
}

interface Context {
  readonly muc: Muc;
  /** The main host, in whose name nodes are told. */
  readonly main: Host;
  /** The host of the rooms here. */
  readonly host: Host;
  readonly nodes: Readonly<Record<string, VisitorNode>>;
  /** How the room is. */
  readonly stateOf: (room: Room) => MeetingState;
  /** Whether visitors get to see somebody. */
  readonly isShown: (occupant: Occupant) => boolean;
}

/** Before the room looks at what comes for it. */
const first = 100;
/** Visitors of one meeting who can be answered in private: who wrote longest ago is forgotten. */
const correspondents = 500;

interface Connected {
  /** By id. */
  readonly nodes: Map<string, VisitorNode>;
  /** By nickname: the node of visitors who have written in private. */
  readonly writers: Map<string, string>;
}

export class VisitorNodes {
  readonly #context: Context;
  readonly #connected = new Map<Room, Connected>();
  /** Of the message that is being said, if it comes from one: that one has it. */
  #source: string | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Whether a room has visitors, or is about to. */
  has(room: Room): boolean {
    return this.#connected.has(room);
  }

  /** The nodes of a room, by id. */
  of(room: Room): ReadonlyMap<string, VisitorNode> {
    return this.#connected.get(room)?.nodes ?? new Map<string, VisitorNode>();
  }

  /** The node of that host, if it has visitors of the room. */
  byHost(room: Room, host: string): VisitorNode | undefined {
    return [...this.of(room).values()].find((node) => node.host === host);
  }

  /** Has a node let visitors of the room in. Resolves with why it does not. */
  async connect(room: Room, id: string): Promise<StanzaError | undefined> {
    const node = this.#context.nodes[id];
    if (node === undefined) return stanzaError('item-not-found', 'There is no such visitor node');
    const { nodes } = this.#connected.get(room) ?? this.#begin(room);
    if (nodes.has(id)) return undefined;
    nodes.set(id, node);
    const updated = this.#tell(room, node, 'update');
    for (const message of room.history.select({})) this.#sayAt(room, node, message.stanza);
    if (room.subject !== undefined) this.#sayAt(room, node, subjectOf(room.subject));
    for (const occupant of room.occupants) {
      if (this.#context.isShown(occupant)) this.#showAt(room, node, occupant, true);
    }
    this.#context.muc.hooks.emit('visitors-coming', { room, node });
    const refused = (await updated) ?? (await this.#tell(room, node, 'connect'));
    if (refused !== undefined) this.#drop(room, id);
    return refused;
  }

  /** Ends the visit at a node. */
  disconnect(room: Room, id: string): void {
    const node = this.of(room).get(id);
    if (node === undefined) return;
    void this.#tell(room, node, 'disconnect');
    this.#drop(room, id);
  }

  /** Hooks what nodes are told of. */
  watch(): () => void {
    const { muc, host } = this.#context;
    const shown = (
      { room, occupant }: { readonly room: Room; readonly occupant: Occupant },
      enters: boolean,
    ) => {
      if (!this.#connected.has(room) || !this.#context.isShown(occupant)) return;
      for (const node of this.of(room).values()) this.#showAt(room, node, occupant, enters);
    };
    const undo = [
      muc.hooks.on('entered', (arrival) => {
        shown(arrival, true);
        if (arrival.occupant.role === 'moderator') this.#update(arrival.room);
      }),
      muc.hooks.on('presence-changed', (arrival) => shown(arrival, false)),
      muc.hooks.on('left', ({ room, occupant }) => {
        if (room.occupant(occupant.nick) === occupant || !this.#context.isShown(occupant)) return;
        for (const node of this.of(room).values()) this.#goneAt(room, node, occupant);
      }),
      muc.hooks.on('affiliation-changed', ({ room }) => this.#update(room)),
      muc.hooks.on('configured', ({ room, changed }) => {
        if (changed.has('password') || changed.has('membersOnly')) this.#update(room);
      }),
      muc.hooks.on('metadata-changed', ({ room }) => this.#update(room)),
      muc.hooks.on('said', ({ room, stanza }) => {
        for (const node of this.of(room).values()) {
          if (node.rooms !== this.#source) this.#sayAt(room, node, stanza);
        }
      }),
      muc.hooks.on('room-gone', (room) => {
        for (const id of [...this.of(room).keys()]) this.disconnect(room, id);
      }),
      host.hooks.on('message', (event) => this.#fromVisitor(event) ?? this.#toVisitor(event), first),
    ];
    return () => undo.forEach((each) => each());
  }

  #begin(room: Room): Connected {
    const connected = { nodes: new Map<string, VisitorNode>(), writers: new Map<string, string>() };
    this.#connected.set(room, connected);
    return connected;
  }

  #drop(room: Room, id: string): void {
    const connected = this.#connected.get(room);
    connected?.nodes.delete(id);
    if (connected?.nodes.size === 0) this.#connected.delete(room);
  }

  async #tell(
    room: Room,
    node: VisitorNode,
    kind: 'connect' | 'update' | 'disconnect',
  ): Promise<StanzaError | undefined> {
    const { main, stateOf } = this.#context;
    const told = kind === 'disconnect' ? el(kind) : encodeState(kind, stateOf(room));
    const iq = visitorsIq({ from: main.name, to: node.rooms }, at(room, node), [told]);
    return parseStanzaError(await main.request(iq));
  }

  #update(room: Room): void {
    for (const node of this.of(room).values()) void this.#tell(room, node, 'update');
  }

  #showAt(room: Room, node: VisitorNode, occupant: Occupant, enters: boolean): void {
    const { muc } = this.#context;
    const stanza = readdressed(occupant.primary.presence, {
      from: occupant.jid.toString(),
      to: `${at(room, node)}/${occupant.nick}`,
    });
    muc.hooks.emit('attributed', { room, occupant, stanza });
    if (enters) stanza.children.push(el('x', { xmlns: NS.muc }));
    muc.route(stanza);
  }

  #goneAt(room: Room, node: VisitorNode, occupant: Occupant): void {
    const to = `${at(room, node)}/${occupant.nick}`;
    this.#context.muc.route(el('presence', { type: 'unavailable', from: occupant.jid.toString(), to }));
  }

  #sayAt(room: Room, node: VisitorNode, message: Element): void {
    this.#context.muc.route(
      readdressed(message, {
        from: attribute(message, 'from'),
        to: at(room, node),
        type: 'groupchat',
        id: attribute(message, 'id'),
      }),
    );
  }

  /** Takes what comes from nodes, and drops it unless they have visitors of the room. */
  #fromVisitor({ stanza, from, to, origin }: StanzaEvent): true | undefined {
    const { muc, nodes } = this.#context;
    const known = Object.values(nodes).find(({ rooms }) => rooms === from.domain);
    if (known === undefined || origin !== undefined || to.local === undefined) return undefined;
    const room = muc.room(to);
    const connected = room && this.#connected.get(room);
    const node = [...(connected?.nodes.values() ?? [])].includes(known) ? known : undefined;
    if (room === undefined || connected === undefined || node === undefined || from.resource === undefined)
      return true;
    if (from.local !== to.local || attribute(stanza, 'type') === 'error') return true;
    const speech = speechOf(stanza);
    if (to.resource === undefined) this.#speak(room, node, speech);
    else this.#whisper(room, connected, { node, speech, nick: from.resource, to: to.resource });
    return true;
  }

  #speak(room: Room, node: VisitorNode, speech: Element): void {
    const { muc } = this.#context;
    const message = readdressed(speech, {
      from: room.jid.toString(),
      type: 'groupchat',
      id: attribute(speech, 'id'),
    });
    this.#source = node.rooms;
    try {
      say(muc, room, message, undefined);
    } finally {
      this.#source = undefined;
    }
  }

  #whisper(
    room: Room,
    { writers }: Connected,
    { node, speech, nick, to }: { node: VisitorNode; speech: Element; nick: string; to: string },
  ): void {
    const target = room.occupant(to);
    if (target === undefined || room.occupant(nick) !== undefined) return;
    writers.delete(nick);
    writers.set(nick, node.rooms);
    for (const [oldest] of writers) {
      if (writers.size <= correspondents) break;
      writers.delete(oldest);
    }
    const from = room.jid.withResource(nick).toString();
    const message = readdressed(speech, { from, type: 'chat', id: attribute(speech, 'id') });
    message.children.push(
      el(
        'addresses',
        { xmlns: 'http://jabber.org/protocol/address' },
        el('address', { type: 'ofrom', jid: from }),
      ),
      el('x', { xmlns: NS.mucUser }),
    );
    deliver(this.#context.muc, target.sessions, new Broadcast(message));
  }

  /** Somebody in the meeting answers a visitor. */
  #toVisitor({ stanza, from, to }: StanzaEvent): true | undefined {
    const { muc } = this.#context;
    if (to.resource === undefined || attribute(stanza, 'type') !== 'chat') return undefined;
    const room = muc.room(to);
    const node = room && this.#connected.get(room)?.writers.get(to.resource);
    const occupant = room?.seat(from)?.occupant;
    if (node === undefined || occupant === undefined || room?.occupant(to.resource) !== undefined)
      return undefined;
    muc.route(
      readdressed(speechOf(stanza), {
        from: occupant.jid.toString(),
        to: makeJid(to.local, node, to.resource).toString(),
        type: 'chat',
        id: attribute(stanza, 'id'),
      }),
    );
    return true;
  }
}

const at = (room: Room, node: VisitorNode): string => makeJid(room.jid.local, node.rooms).toString();

const subjectOf = ({ text, by }: { readonly text: string; readonly by: { toString(): string } }): Element =>
  el('message', { from: by.toString() }, el('subject', {}, text));
