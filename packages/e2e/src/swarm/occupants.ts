/** Who is in the room, and what each says of its sources' state: as presence has told one of the swarm. */
import { attribute, type Element, parseMucUser } from '@conclave/signaling';

/** What a presence has changed; undefined: nothing that counts here. */
type Change = 'joined' | 'left' | 'told' | undefined;

export class Occupants {
  /** By nickname, what each says of its sources (`SourceInfo`). */
  readonly #infos = new Map<string, string>();

  constructor(private readonly ownNick: string) {}

  has(nick: string): boolean {
    return this.#infos.has(nick);
  }

  /** All but this one and the focus. */
  get others(): readonly string[] {
    return [...this.#infos.keys()].filter((nick) => nick !== this.ownNick && nick !== 'focus').sort();
  }

  /** Names of sources that are muted, as `nick` says. */
  mutedOf(nick: string): readonly string[] {
    const info = JSON.parse(this.#infos.get(nick) ?? '{}') as Record<string, { muted?: boolean }>;
    return Object.keys(info).filter((name) => info[name]?.muted === true);
  }

  take(nick: string, presence: Element): Change {
    const type = attribute(presence, 'type');
    if (type === 'unavailable') {
      this.#infos.delete(nick);
      return 'left';
    }
    if (type !== undefined || !parseMucUser(presence)) return undefined;
    const isNew = !this.#infos.has(nick);
    this.#infos.set(nick, presence.getChildText('SourceInfo') ?? '{}');
    return isNew ? 'joined' : 'told';
  }
}
