/**
 * Visitors who want to take part: whose hands are up, who has leave, and who has come in with it. Leave is a name that nobody can guess; the
 * visitor's client connects anew with it.
 */
import { randomUUID } from 'node:crypto';
import type { Element, StanzaError } from '@conclave/signaling';
import { stanzaError } from '@conclave/signaling';
import { Broadcast } from '../muc/broadcast.js';
import { deliver } from '../muc/delivery.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import type { Component } from './component.js';
import type { JsonObject } from './json-message.js';
import type { VisitorNode } from './visitor-nodes.js';
import { promotionResponse, type PromotionRequest, visitorsIq } from './visitors-wire.js';

interface Context {
  readonly component: Component;
  readonly muc: Muc;
  /** Requests and leaves a room. */
  readonly limit: number;
  /** Whether nobody has to be asked. */
  readonly promotesAll: (room: Room) => boolean;
}

interface Pending {
  readonly node: VisitorNode;
  /** As moderators are told of it. */
  readonly notice: JsonObject;
}

interface Meeting {
  /** By the visitor's address. */
  readonly pending: Map<string, Pending>;
  /** Leaves that were given, by name; the nickname of who has come in with it. */
  readonly leaves: Map<string, string | undefined>;
}

/** Characters of a visitor's name. */
const nameLength = 128;

export class VisitorPromotions {
  readonly #context: Context;
  readonly #meetings = new WeakMap<Room, Meeting>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** A visitor raises a hand, or lowers it. */
  requested(room: Room, node: VisitorNode, { visitor, on, name }: PromotionRequest): StanzaError | undefined {
    const { pending } = this.#meeting(room);
    if (on && this.promotesAll(room)) return this.#answer(room, node, visitor, true);
    if (!on && !pending.delete(visitor)) return undefined;
    if (on && pending.size >= this.#context.limit) return stanzaError('resource-constraint');
    const notice = {
      type: 'visitors',
      action: 'promotion-request',
      room: room.jid.toString(),
      from: visitor,
      on,
      ...(name !== undefined && { nick: name.slice(0, nameLength) }),
    };
    if (on) pending.set(visitor, { node, notice });
    this.#context.component.tellModerators(this.#context.muc, room, notice);
    return undefined;
  }

  promotesAll(room: Room): boolean {
    return this.#context.promotesAll(room);
  }

  /** A moderator has decided; the other moderators are told by the very message. */
  answered(room: Room, visitors: readonly string[], approved: boolean, message: Element): void {
    this.#forward(room, message, ({ role }) => role === 'moderator');
    const { pending } = this.#meeting(room);
    for (const visitor of visitors) {
      const node = pending.get(visitor)?.node;
      if (node !== undefined) this.#answer(room, node, visitor, approved);
    }
  }

  /** A moderator sends somebody back among the visitors: the client goes by itself, and needs leave to come again. */
  demote(room: Room, nick: string, message: Element): void {
    this.#forward(room, message, (occupant) => occupant.role === 'moderator' || occupant.nick === nick);
    this.revoke(room, nick);
  }

  /** Whoever has that nickname needs leave to come again. */
  revoke(room: Room, nick: string): void {
    const { leaves } = this.#meeting(room);
    for (const [leave, holder] of leaves) if (holder === nick) leaves.delete(leave);
  }

  /** A moderator is told whose hands are up. */
  tellPending(room: Room, { sessions }: Occupant): void {
    const { component, muc } = this.#context;
    for (const { notice } of this.#meeting(room).pending.values()) component.tell(muc, sessions, notice);
  }

  /** Nobody there waits any more. */
  nodeGone(room: Room, node: VisitorNode | undefined): void {
    const { pending } = this.#meeting(room);
    for (const [visitor, asked] of pending) if (asked.node === node) pending.delete(visitor);
  }

  /** Whether that is leave to enter the room: for one at a time. */
  admits(room: Room, nick: string, leave: string | undefined): boolean {
    const { leaves } = this.#meeting(room);
    if (leave === undefined || !leaves.has(leave)) return false;
    const holder = leaves.get(leave);
    return holder === undefined || holder === nick || room.occupant(holder) === undefined;
  }

  /** Somebody enters with leave. */
  enters(room: Room, nick: string, leave: string | undefined): void {
    if (leave !== undefined) this.#meeting(room).leaves.set(leave, nick);
  }

  isPromoted(room: Room, nick: string): boolean {
    return [...this.#meeting(room).leaves.values()].includes(nick);
  }

  #answer(room: Room, node: VisitorNode, visitor: string, approved: boolean): StanzaError | undefined {
    const { component, muc, limit } = this.#context;
    const { pending, leaves } = this.#meeting(room);
    if (approved && leaves.size >= limit) return stanzaError('resource-constraint');
    pending.delete(visitor);
    const leave = approved ? randomUUID() : undefined;
    if (leave !== undefined) leaves.set(leave, undefined);
    const focus = [...room.occupants].find(({ person }) => muc.isAdmin(person))?.person.toString();
    const addresses = { from: component.host.name, to: node.host };
    const [at = ''] = visitor.split('/');
    void component.host.request(visitorsIq(addresses, at, [promotionResponse(leave, visitor)], focus));
    return undefined;
  }

  #forward(room: Room, message: Element, to: (occupant: Occupant) => boolean): void {
    const sessions = [...room.occupants].filter(to).flatMap((occupant) => [...occupant.sessions]);
    deliver(this.#context.muc, sessions, new Broadcast(message));
  }

  #meeting(room: Room): Meeting {
    const meeting = this.#meetings.get(room) ?? { pending: new Map(), leaves: new Map() };
    this.#meetings.set(room, meeting);
    return meeting;
  }
}
