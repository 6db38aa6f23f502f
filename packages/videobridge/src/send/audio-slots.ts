/**
 * The SSRCs under which a receiver hears others. Without SSRC rewriting each source keeps its own; with it there is a fixed number
 * of slots, and who has not been heard for longest gives up the slot to who speaks now (LRU). Who is being heard keeps it: with more
 * voices than slots those beyond are not heard, rather than that all take slots from each other with every packet.
 */

/** The source that is behind a slot. */
export interface HeardSource {
  readonly name: string;
  /** Endpoint id of the sender. */
  readonly owner: string;
}

/** Whoever sends on a slot. */
interface SlotOwner {
  readonly source: HeardSource;
}

/** A stream of audio to the receiver; it goes on without a gap when another source takes it over. */
export interface AudioSlot {
  readonly ssrc: number;
  /** Who sends on it now. */
  owner: SlotOwner | undefined;
  /** When something was sent on it last, in ms. */
  used: number;
  /** What is added to the owner's numbers and timestamps. */
  sequenceDelta: number;
  timestampDelta: number;
  /** Of the newest packet; -1: none yet. */
  sequence: number;
  timestamp: number;
}

/** Opus frames are 20 ms: what the timestamp advances from one owner's last packet to the next one's first. */
const FRAME = 960;

/** Who was heard within so many ms keeps the slot. */
const KEPT = 1000;

export function audioSlot(ssrc: number): AudioSlot {
  return {
    ssrc,
    owner: undefined,
    used: -Infinity,
    sequenceDelta: 0,
    timestampDelta: 0,
    sequence: -1,
    timestamp: 0,
  };
}

export class AudioSlots {
  readonly #slots: AudioSlot[] = [];

  constructor(
    private readonly most: number,
    private readonly newSsrc: () => number,
    /** Tells the receiver who is behind the slot now. */
    private readonly announce: (slot: AudioSlot, owner: SlotOwner) => void,
  ) {}

  get all(): readonly AudioSlot[] {
    return this.#slots;
  }

  /** Gives a slot to `owner`, whose first packet on it has this number and timestamp; undefined: all are being heard. */
  take(owner: SlotOwner, sequence: number, timestamp: number, now: number): AudioSlot | undefined {
    const slot = this.#free(now);
    if (slot === undefined) return undefined;
    slot.owner = owner;
    if (slot.sequence >= 0) {
      slot.sequenceDelta = slot.sequence + 1 - sequence;
      slot.timestampDelta = slot.timestamp + FRAME - timestamp;
    }
    this.announce(slot, owner);
    return slot;
  }

  #free(now: number): AudioSlot | undefined {
    const vacant = this.#slots.find(({ owner }) => owner === undefined);
    if (vacant !== undefined) return vacant;
    if (this.#slots.length < this.most) {
      const slot = audioSlot(this.newSsrc());
      this.#slots.push(slot);
      return slot;
    }
    const eldest = this.#slots.reduce((elder, slot) => (slot.used < elder.used ? slot : elder));
    return now - eldest.used < KEPT ? undefined : eldest;
  }

  /** The owner has left. */
  release(owner: SlotOwner): void {
    for (const slot of this.#slots) if (slot.owner === owner) slot.owner = undefined;
  }
}
