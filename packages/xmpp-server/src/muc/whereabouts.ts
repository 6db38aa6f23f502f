/** Which rooms a session is in: what is said elsewhere about "my room" is believed of those who are in it. */
import type { Jid } from '@conclave/signaling';
import type { Hooks } from '../host/hooks.js';
import type { MucEvents } from './events.js';
import type { Room } from './room.js';

/** Before other handlers ask. */
const first = Number.MAX_SAFE_INTEGER;

export class Whereabouts {
  /** By real full JID. */
  readonly #rooms = new Map<string, Set<Room>>();

  constructor(hooks: Hooks<MucEvents>) {
    hooks.on(
      'entered',
      ({ room, session }) => {
        const key = session.jid.toString();
        const rooms = this.#rooms.get(key) ?? new Set();
        rooms.add(room);
        this.#rooms.set(key, rooms);
      },
      first,
    );
    hooks.on(
      'left',
      ({ room, session }) => {
        const key = session.jid.toString();
        const rooms = this.#rooms.get(key);
        rooms?.delete(room);
        if (rooms?.size === 0) this.#rooms.delete(key);
      },
      first,
    );
  }

  /** The rooms that a session (a real full JID) has entered and not left. */
  of(session: Jid): ReadonlySet<Room> {
    return this.#rooms.get(session.toString()) ?? nowhere;
  }
}

const nowhere: ReadonlySet<Room> = new Set();
