/** A room service: the rooms that live, what their parts may hook, and who administers them. */
import { type Element, type Jid, parseJid } from '@conclave/signaling';
import type { Logger } from 'pino';
import { Hooks } from '../host/hooks.js';
import type { Host } from '../host/host.js';
import { ConfigForm } from './config-form.js';
import type { KeyvalStore } from '../storage/storage.js';
import { timeOrderedId } from '../storage/time-ordered-id.js';
import type { RoomConfig } from './config.js';
import { standardFields } from './config-fields.js';
import type { Muc, RoomIqHandler } from './context.js';
import type { MucEvents } from './events.js';
import { shutRoom } from './leaving.js';
import type { MucOptions } from './options.js';
import { RoomParts, type RoomPart, type RoomRecord } from './room-record.js';
import { RoomNames } from './room-names.js';
import { Room } from './room.js';
import { StoredRooms } from './stored-rooms.js';
import { Whereabouts } from './whereabouts.js';

interface Waiting {
  readonly act: () => void;
  readonly failed: (error: unknown) => void;
}

export class MucService implements Muc {
  readonly jid: Jid;
  readonly names: RoomNames;
  readonly hooks = new Hooks<MucEvents>();
  readonly form: ConfigForm;
  readonly whereabouts = new Whereabouts(this.hooks);
  readonly log: Logger;
  readonly #rooms = new Map<string, Room>();
  readonly #iqHandlers = new Map<string, RoomIqHandler>();
  readonly #admins: ReadonlySet<string>;
  readonly #host: Host;
  #unloaded = false;

  readonly #parts = new RoomParts();
  readonly #stored: StoredRooms | undefined;
  /** Persistent rooms that live with nobody in them: who left first, first. */
  readonly #idle = new Set<Room>();
  /** Of which nothing is to be left. */
  readonly #ended = new WeakSet<Room>();
  /** What waits for a stored room to be read. */
  readonly #opening = new Map<string, Waiting[]>();

  /** @param stored where persistent rooms are kept; undefined: there are none */
  constructor(
    host: Host,
    readonly options: MucOptions,
    readonly now: () => number,
    stored?: KeyvalStore<RoomRecord>,
  ) {
    this.#host = host;
    this.jid = parseJid(host.name);
    this.names = new RoomNames(this.jid.domain, options.tenants);
    this.form = new ConfigForm(standardFields(options.limits.occupants));
    this.log = host.log.child({ module: 'muc' });
    this.#stored =
      stored &&
      new StoredRooms(stored, this.log, (name, { config }) => {
        const jid = this.names.addressOf(name);
        if (jid !== undefined) this.hooks.emit('room-known', { jid, config });
      });
    this.#admins = new Set(options.admins.map((admin) => parseJid(admin).toString()));
  }

  get rooms(): ReadonlyMap<string, Room> {
    return this.#rooms;
  }

  isAdmin(person: Jid): boolean {
    return this.#admins.has(person.toString());
  }

  room(jid: Jid): Room | undefined {
    return this.#rooms.get(jid.bare.toString());
  }

  handleIq(type: 'get' | 'set', name: string, namespace: string, handler: RoomIqHandler): () => void {
    const key = `${type} ${namespace} ${name}`;
    this.#iqHandlers.set(key, handler);
    return () => {
      if (this.#iqHandlers.get(key) === handler) this.#iqHandlers.delete(key);
    };
  }

  /** What answers an IQ with such a payload. */
  iqHandler(type: 'get' | 'set', payload: Element): RoomIqHandler | undefined {
    return this.#iqHandlers.get(`${type} ${payload.getNS() ?? ''} ${payload.getName()}`);
  }

  route(stanza: Element): void {
    this.#host.route(stanza);
  }

  /** A room with the configuration of new ones; it is nobody's until it is registered. */
  draft(jid: Jid): Room {
    const { rooms } = this.options;
    const config = { ...rooms, persistent: rooms.persistent && this.#stored !== undefined };
    return this.#draft(jid, config, timeOrderedId(), this.now());
  }

  #draft(jid: Jid, config: RoomConfig, id: string, createdAt: number): Room {
    const { historyMessages: messages, historySize: characters } = this.options.limits;
    const isAdmin = (person: Jid): boolean => this.isAdmin(person);
    return new Room(jid, config, id, createdAt, { messages, characters }, isAdmin);
  }

  register(room: Room): void {
    if (!room.become('live')) return;
    this.#rooms.set(room.jid.toString(), room);
    this.log.info({ room: room.jid.toString() }, 'room created');
    this.hooks.emit('room-created', room);
    this.changed(room);
  }

  vacated(room: Room): void {
    if (this.hooks.emit('room-vacated', room) === 'kept') return;
    if (!room.config.persistent) this.end(room);
    else if (room.state === 'live') this.#rest(room);
  }

  end(room: Room): void {
    if (!room.become('gone')) return;
    this.#ended.add(room);
    this.#drop(room);
    this.log.info({ room: room.jid.toString() }, 'room gone');
    this.hooks.emit('room-ended', room);
    this.changed(room);
  }

  putAway(room: Room): void {
    if (room.become('gone')) this.#drop(room);
  }

  #drop(room: Room): void {
    this.#idle.delete(room);
    this.#rooms.delete(room.jid.toString());
    this.hooks.emit('room-gone', room);
  }

  /** Whether one more room can live; for it others with nobody in them are put away. */
  hasSpace(): boolean {
    const { rooms } = this.options.limits;
    for (const idle of this.#idle) {
      if (this.#rooms.size < rooms) break;
      if (idle.occupantCount === 0) this.putAway(idle);
    }
    return this.#rooms.size < rooms;
  }

  /** Lets a room live on with nobody in it, until others have been left later. */
  #rest(room: Room): void {
    this.#idle.delete(room);
    this.#idle.add(room);
    for (const idle of this.#idle) {
      if (this.#idle.size <= this.options.limits.idleRooms) return;
      if (idle.occupantCount > 0) this.#idle.delete(idle);
      else this.putAway(idle);
    }
  }

  keep<T>(part: RoomPart<T>): () => void {
    return this.#parts.add(part);
  }

  changed(room: Room): void {
    this.#write(room)?.catch((error: unknown) => {
      this.log.error({ err: error, room: room.jid.toString() }, 'a room could not be stored');
    });
  }

  stored(room: Room): null | Promise<null> {
    return this.#write(room)?.then(() => null) ?? null;
  }

  #write(room: Room): Promise<void> | undefined {
    const name = this.names.nameOf(room.jid);
    if (this.#stored === undefined || name === undefined || room.state === 'forming') return undefined;
    const toBeStored = (): RoomRecord | undefined =>
      room.config.persistent && !this.#ended.has(room) ? this.#parts.record(room) : undefined;
    if (!room.config.persistent && this.#stored.isUnknown(name)) return undefined;
    return this.#stored.write(name, toBeStored);
  }

  storedRooms(founder: Jid): { readonly all: number; readonly own: number } {
    return this.#stored?.count(founder) ?? { all: 0, own: 0 };
  }

  async roomIds(): Promise<ReadonlySet<string>> {
    const stored = (await this.#stored?.ids()) ?? [];
    return new Set([...stored, ...[...this.#rooms.values()].map(({ id }) => id)]);
  }

  /**
   * Runs `act` when the room of this address lives, if there is one: at once if it can be said at once, else in the order of asking;
   * or `failed` if what is stored cannot be read.
   */
  whenOpen(jid: Jid, act: () => void, failed: (error: unknown) => void): void {
    const name = this.names.nameOf(jid);
    if (
      this.#stored === undefined ||
      name === undefined ||
      this.room(jid) !== undefined ||
      this.#stored.isUnknown(name)
    ) {
      act();
      return;
    }
    const waiting = this.#opening.get(name);
    if (waiting !== undefined) {
      waiting.push({ act, failed });
      return;
    }
    const queue = [{ act, failed }];
    this.#opening.set(name, queue);
    const opened = this.#stored.load(name).then((record) => {
      if (record !== undefined && !this.#unloaded) this.#restore(jid.bare, record);
    });
    opened.then(
      () => this.#proceed(name, queue, ({ act: next }) => next()),
      (error: unknown) => this.#proceed(name, queue, ({ failed: next }) => next(error)),
    );
  }

  /** Brings those stored rooms to life in whose lists a person stands. Rejects if one of them cannot be read. */
  async openRoomsOf(person: Jid): Promise<void> {
    const listed = person.toString();
    for (const name of (await this.#stored?.names()) ?? []) {
      const jid = this.names.addressOf(name);
      if (jid === undefined || this.room(jid) !== undefined) continue;
      const record = await this.#stored?.load(name);
      if (record?.affiliations.some((each) => each.jid === listed) !== true) continue;
      await new Promise<void>((resolve, reject) => this.whenOpen(jid, resolve, reject));
    }
  }

  #proceed(name: string, queue: readonly Waiting[], next: (waiting: Waiting) => void): void {
    this.#opening.delete(name);
    for (const waiting of queue) {
      try {
        next(waiting);
      } catch (error) {
        waiting.failed(error);
      }
    }
  }

  #restore(jid: Jid, record: RoomRecord): void {
    const room = this.#draft(jid, record.config, record.id, record.createdAt);
    this.#parts.restore(room, record);
    room.become('live');
    this.#rooms.set(jid.toString(), room);
    this.hooks.emit('room-restored', room);
    this.#rest(room);
  }

  /** Empties all rooms at the end of the service. */
  shutDown(): void {
    this.#unloaded = true;
    for (const room of [...this.#rooms.values()]) shutRoom(this, room);
  }
}
