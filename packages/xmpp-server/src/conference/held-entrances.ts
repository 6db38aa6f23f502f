/** Entrances that are put off: who holds them lets them go on later, in the order in which they came, without those who have left. */
import type { Element, Jid } from '@conclave/signaling';
import { parseJid } from '@conclave/signaling';
import type { Host } from '../host/host.js';
import type { ClientSession } from '../session/client-session.js';

interface Entrance {
  /** As it came: with `to`, the address in the room. */
  readonly presence: Element;
  /** Real full JID. */
  readonly from: Jid;
  readonly origin: ClientSession | undefined;
}

export class HeldEntrances {
  /** By room, then by real full JID: who asks again has not asked twice. */
  readonly #held = new Map<string, Map<string, Entrance>>();
  readonly #released = new WeakSet<Element>();

  /** @param limit how many each room may have */
  constructor(
    private readonly host: Host,
    private readonly limit: number,
  ) {}

  /** @returns false when there are too many already */
  hold(room: Jid, { presence, from, origin }: Entrance): boolean {
    const key = room.toString();
    const held = this.#held.get(key) ?? new Map<string, Entrance>();
    this.#held.set(key, held);
    const person = from.toString();
    if (held.size >= this.limit && !held.has(person)) return false;
    held.set(person, { presence, from, origin });
    return true;
  }

  /** How many are held for a room. */
  count(room: Jid): number {
    return this.#held.get(room.toString())?.size ?? 0;
  }

  /** Whether this very presence has been held, and let go. */
  wasReleased(presence: Element): boolean {
    return this.#released.has(presence);
  }

  /** Lets the first ones go on. @param most how many; default: all */
  release(room: Jid, most = Infinity): void {
    for (const { presence, from, origin } of this.#take(room, most)) {
      // What has ended meanwhile does not enter.
      if (origin !== undefined && !this.host.sessions(from.bare).includes(origin)) continue;
      this.#released.add(presence);
      this.host.pass({ stanza: presence, from, to: parseJid(String(presence.attrs['to'])), origin });
    }
  }

  /** Gives them up, for somebody else to answer. */
  takeAll(room: Jid): readonly Entrance[] {
    return this.#take(room, Infinity);
  }

  #take(room: Jid, most: number): readonly Entrance[] {
    const held = this.#held.get(room.toString());
    const taken = [...(held ?? [])].slice(0, most === Infinity ? undefined : most);
    for (const [person] of taken) held?.delete(person);
    if (held?.size === 0) this.#held.delete(room.toString());
    return taken.map(([, entrance]) => entrance);
  }
}
