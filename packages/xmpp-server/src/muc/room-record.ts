/** A persistent room as it is stored: one value, so that it is there whole or not at all. */
import { affiliations, parseJid } from '@conclave/signaling';
import { z, type ZodType } from 'zod';
import { roomConfig } from './config.js';
import type { Room } from './room.js';

export const roomRecord = z.object({
  id: z.string(),
  config: roomConfig,
  /** Milliseconds of the epoch. */
  createdAt: z.number(),
  /** Bare JID of who created the room, or made it persistent; empty: nobody in particular. */
  founder: z.string(),
  affiliations: z.array(
    z.object({
      jid: z.string(),
      affiliation: z.enum(affiliations),
      reason: z.string().optional(),
      nick: z.string().optional(),
    }),
  ),
  subject: z.object({ text: z.string(), by: z.string(), at: z.number() }).optional(),
  /** What concerns of the room keep with it, by their names. */
  parts: z.record(z.string(), z.unknown()).default({}),
});

export type RoomRecord = z.output<typeof roomRecord>;

/** What a concern of a room keeps with a persistent one; its values are JSON. */
export interface RoomPart<T> {
  readonly name: string;
  readonly schema: ZodType<T>;
  /** `undefined`: there is nothing to keep. */
  save(room: Room): T | undefined;
  restore(room: Room, value: T): void;
}

export class RoomParts {
  readonly #parts = new Map<string, RoomPart<unknown>>();

  /** The returned function withdraws it. */
  add<T>(part: RoomPart<T>): () => void {
    // Each part is only ever given what its own schema has let through.
    this.#parts.set(part.name, part);
    return () => void this.#parts.delete(part.name);
  }

  record(room: Room): RoomRecord {
    const parts: Record<string, unknown> = {};
    for (const [name, part] of this.#parts) {
      const value = part.save(room);
      if (value !== undefined) parts[name] = value;
    }
    return {
      id: room.id,
      config: room.config,
      createdAt: room.createdAt,
      founder: room.founder?.toString() ?? '',
      affiliations: room.allAffiliations().map((each) => ({ ...each, jid: each.jid.toString() })),
      ...(room.subject === undefined ? {} : { subject: { ...room.subject, by: room.subject.by.toString() } }),
      parts,
    };
  }

  /** Gives a new room what was stored of it, but for its configuration, which it has. Throws when that cannot be read. */
  restore(room: Room, record: RoomRecord): void {
    room.founder = record.founder === '' ? undefined : parseJid(record.founder);
    for (const { jid, affiliation, reason, nick } of record.affiliations) {
      const person = parseJid(jid);
      room.recordAffiliation(person, affiliation, reason);
      if (nick !== undefined) room.reserveNick(person, nick);
    }
    const { subject } = record;
    if (subject !== undefined) room.subject = { ...subject, by: parseJid(subject.by) };
    for (const [name, part] of this.#parts) {
      if (Object.hasOwn(record.parts, name)) part.restore(room, part.schema.parse(record.parts[name]));
    }
  }
}
