/** A room service: the rooms that live, what their parts may hook, and who administers them. */
import { type Element, type Jid, parseJid } from '@conclave/signaling';
import type { Logger } from 'pino';
import { Hooks } from '../host/hooks.js';
import type { Host } from '../host/host.js';
import { ConfigForm } from './config-form.js';
import { standardFields } from './config-fields.js';
import type { Muc, RoomIqHandler } from './context.js';
import type { MucEvents } from './events.js';
import { shutRoom } from './leaving.js';
import type { MucOptions } from './options.js';
import { Room } from './room.js';
import { Whereabouts } from './whereabouts.js';

export class MucService implements Muc {
  readonly jid: Jid;
  readonly hooks = new Hooks<MucEvents>();
  readonly form: ConfigForm;
  readonly whereabouts = new Whereabouts(this.hooks);
  readonly log: Logger;
  readonly #rooms = new Map<string, Room>();
  readonly #iqHandlers = new Map<string, RoomIqHandler>();
  readonly #admins: ReadonlySet<string>;
  readonly #host: Host;

  constructor(
    host: Host,
    readonly options: MucOptions,
    readonly now: () => number,
  ) {
    this.#host = host;
    this.jid = parseJid(host.name);
    this.form = new ConfigForm(standardFields(options.limits.occupants));
    this.log = host.log.child({ module: 'muc' });
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
    const { limits, rooms } = this.options;
    return new Room(
      jid,
      { ...rooms },
      this.now(),
      { messages: limits.historyMessages, characters: limits.historySize },
      (person) => this.isAdmin(person),
    );
  }

  register(room: Room): void {
    if (!room.become('live')) return;
    this.#rooms.set(room.jid.toString(), room);
    this.log.info({ room: room.jid.toString() }, 'room created');
    this.hooks.emit('room-created', room);
  }

  forget(room: Room): void {
    if (!room.become('gone')) return;
    this.#rooms.delete(room.jid.toString());
    this.log.info({ room: room.jid.toString() }, 'room gone');
    this.hooks.emit('room-gone', room);
  }

  /** Empties all rooms at the end of the service. */
  shutDown(): void {
    for (const room of [...this.#rooms.values()]) shutRoom(this, room);
  }
}
