/** Which breakout rooms each conference has, and who may go to them. A room that is planned is opened by whoever goes there first. */
import { randomUUID } from 'node:crypto';
import { type Jid, makeJid } from '@conclave/signaling';
import { Broadcast } from '../muc/broadcast.js';
import { deliver } from '../muc/delivery.js';
import type { Muc, Room } from '../muc/index.js';
import { destroyRoom } from '../muc/leaving.js';
import { subjectMessage } from '../muc/subject.js';

export interface BreakoutRoom {
  readonly jid: Jid;
  /** Changes when it is renamed. */
  name: string;
}

interface Plan {
  readonly rooms: Map<string, BreakoutRoom>;
  /** Real full JIDs that have been in the main room. */
  readonly known: Set<string>;
  /** By nickname: who left one of the rooms under it, and until when (milliseconds of the epoch) it is kept for that person. */
  readonly reserved: Map<string, { readonly person: Jid; readonly until: number }>;
  /** How many rooms there have been, so that clients can number them. */
  counter: number;
}

/** Milliseconds from one room to another. */
const journey = 30_000;
/** Sessions remembered a conference; the oldest are forgotten, and have to enter the main room once more. */
const maxKnown = 5000;

export class BreakoutPlan {
  readonly #plans = new WeakMap<Room, Plan>();
  /** By the JID of a breakout room. */
  readonly #mains = new Map<string, Room>();

  constructor(
    private readonly main: Muc,
    private readonly side: Muc,
  ) {}

  /** Whether a conference has breakout rooms. */
  has(room: Room): boolean {
    return (this.#plans.get(room)?.rooms.size ?? 0) > 0;
  }

  /** Whether it has, or has had, any. */
  isUsed(room: Room): boolean {
    return this.counter(room) > 0;
  }

  all(room: Room): readonly BreakoutRoom[] {
    return [...(this.#plans.get(room)?.rooms.values() ?? [])];
  }

  /** Those that somebody has opened. */
  open(room: Room): readonly Room[] {
    return this.all(room).flatMap(({ jid }) => this.side.room(jid) ?? []);
  }

  /** The conference that a breakout room belongs to; undefined: there is no such breakout room. */
  mainOf(breakout: Jid): Room | undefined {
    return this.#mains.get(breakout.toString());
  }

  counter(room: Room): number {
    return this.#plans.get(room)?.counter ?? 0;
  }

  add(room: Room, name: string): void {
    const plan = this.#plan(room);
    const jid = makeJid(randomUUID(), this.side.jid.domain);
    plan.rooms.set(jid.toString(), { jid, name });
    plan.counter += 1;
    this.#mains.set(jid.toString(), room);
  }

  rename(breakout: BreakoutRoom, name: string): void {
    breakout.name = name;
    const room = this.side.room(breakout.jid);
    if (room === undefined) return;
    this.#name(room, name);
    deliver(this.side, room.sessions(), new Broadcast(subjectMessage(room)));
  }

  /** Those in it are told to come back to the main room. */
  remove(room: Room, { jid }: BreakoutRoom): void {
    this.#withdraw(room, jid);
    const open = this.side.room(jid);
    if (open !== undefined) destroyRoom(this.side, open, 'Breakout room removed.', room.jid.toString());
  }

  /** A breakout room is there: it is named, and those of the main room are in it what they are there. */
  opened(breakout: Room): void {
    const room = this.mainOf(breakout.jid);
    if (room === undefined) return;
    const planned = this.#plan(room).rooms.get(breakout.jid.toString());
    this.#name(breakout, planned?.name ?? '');
    breakout.config.membersOnly = room.config.membersOnly;
    for (const kind of ['owner', 'admin', 'member', 'outcast'] as const) {
      for (const { jid } of room.affiliations(kind)) breakout.recordAffiliation(jid, kind);
    }
  }

  /** Whether a session has been in the main room. */
  knows(room: Room, session: Jid): boolean {
    return this.#plans.get(room)?.known.has(session.toString()) === true || room.seat(session) !== undefined;
  }

  isReserved(room: Room, nick: string, person: Jid): boolean {
    const reservation = this.#plans.get(room)?.reserved.get(nick);
    if (reservation === undefined || reservation.until < this.main.now()) return false;
    return !reservation.person.equals(person);
  }

  arrived(room: Room, session: Jid, nick: string): void {
    const { known, reserved } = this.#plan(room);
    reserved.delete(nick);
    known.add(session.toString());
    const [oldest] = known;
    if (known.size > maxKnown && oldest !== undefined) known.delete(oldest);
  }

  /** @param now milliseconds of the epoch */
  departed(room: Room, session: Jid, nick: string, now: number): void {
    if (!this.has(room)) return;
    const { reserved } = this.#plan(room);
    for (const [old, { until }] of reserved) if (until < now) reserved.delete(old);
    reserved.set(nick, { person: session.bare, until: now + journey });
  }

  /** Ends the conference with all its rooms. */
  end(room: Room, reason: string): void {
    this.forget(room);
    if (room.state !== 'live') return;
    if (room.occupantCount > 0) destroyRoom(this.main, room, reason);
    else this.main.vacated(room);
  }

  /** Ends the breakout rooms of a conference that ends. */
  forget(room: Room): void {
    for (const { jid } of this.all(room)) {
      const open = this.side.room(jid);
      this.#withdraw(room, jid);
      if (open !== undefined) destroyRoom(this.side, open, 'The conference has ended.');
    }
    this.#plans.delete(room);
  }

  #withdraw(room: Room, jid: Jid): void {
    this.#plans.get(room)?.rooms.delete(jid.toString());
    this.#mains.delete(jid.toString());
  }

  #name(room: Room, text: string): void {
    room.subject = { text, by: room.jid, at: this.side.now() };
  }

  #plan(room: Room): Plan {
    let plan = this.#plans.get(room);
    if (plan === undefined) {
      plan = { rooms: new Map(), known: new Set(), reserved: new Map(), counter: 0 };
      this.#plans.set(room, plan);
    }
    return plan;
  }
}
