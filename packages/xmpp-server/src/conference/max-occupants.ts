/** How many people a conference takes (Jitsi's `muc_max_occupants`); the service's own, recorders above all, neither count nor are kept out. */
import { type Jid, stanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { admissionPriority } from '../muc/events.js';
import type { Muc, Room } from '../muc/index.js';

const options = z.strictObject({
  /** Default: as many as the room takes, unless something else is set for one. */
  most: z.int().positive().optional(),
  /** Domains or bare JIDs. */
  exempt: z.array(z.string()).default([]),
});

/** What the module offers to others. */
export interface MaxOccupants {
  /** Sets another limit for one room. */
  readonly set: (room: Room, most: number) => void;
}

export const maxOccupants = defineModule<z.output<typeof options>, MaxOccupants>({
  name: 'max-occupants',
  needs: ['muc'],
  options,
  load(context, { most, exempt }) {
    const muc = context.module<Muc>('muc');
    const exempted = new Set(exempt);
    const limits = new WeakMap<Room, number>();
    const counts = (person: Jid): boolean =>
      !muc.isAdmin(person) && !exempted.has(person.domain) && !exempted.has(person.toString());

    context.onUnload(
      muc.hooks.on(
        'admission',
        ({ room, from, nick }) => {
          if (!counts(from.bare) || room.occupant(nick)?.person.equals(from.bare) === true) return undefined;
          const limit = limits.get(room) ?? most;
          if (limit === undefined) return undefined;
          const people = [...room.occupants].filter(({ person }) => counts(person)).length;
          return people >= limit ? stanzaError('service-unavailable', 'The room is full') : undefined;
        },
        admissionPriority('max-occupants'),
      ),
    );
    return { set: (room, limit) => void limits.set(room, limit) };
  },
});
