/**
 * Conferences in which only recorders and gateways are left end (Jitsi's `muc_cleanup_backend_services`): nobody would stop them else. While somebody
 * is in a breakout room the conference goes on.
 */
import type { Jid } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import { destroyRoom } from '../muc/leaving.js';
import type { BreakoutRooms } from './breakout-rooms.js';
import { isCaller } from './callers.js';

const options = z.strictObject({
  /** Domains or bare JIDs of the accounts of recorders and gateways. */
  services: z.array(z.string()).min(1),
  /** Seconds that somebody has to come back. */
  grace: z.int().nonnegative().default(20),
});

const second = 1000;

export const deserted = defineModule<z.output<typeof options>>({
  name: 'deserted',
  needs: ['muc'],
  options,
  load(context, { services, grace }) {
    const muc = context.module<Muc>('muc');
    const ours = new Set(services);
    const ends = new Map<Room, NodeJS.Timeout>();

    const isService = (person: Jid): boolean => ours.has(person.domain) || ours.has(person.toString());
    const hasPeople = (room: Room): boolean =>
      [...room.occupants].some(
        // Who calls by telephone comes with a gateway, and is somebody.
        (occupant) => !muc.isAdmin(occupant.person) && (isCaller(occupant) || !isService(occupant.person)),
      );
    const isBusy = (room: Room): boolean =>
      context.neighbour(context.host.name).offered<BreakoutRooms>('breakout-rooms')?.havePeople(room) ===
      true;

    const stays = (room: Room): void => {
      clearTimeout(ends.get(room));
      ends.delete(room);
    };
    const watch = (room: Room): void => {
      stays(room);
      const isLeft = [...room.occupants].some(({ person }) => !muc.isAdmin(person)) && !hasPeople(room);
      if (!isLeft) return;
      const end = (): void => {
        ends.delete(room);
        if (isBusy(room)) {
          watch(room);
          return;
        }
        muc.log.info({ room: room.jid.toString() }, 'only recorders and gateways are left in a conference');
        destroyRoom(muc, room, 'Empty room with recording and/or transcribing.');
      };
      ends.set(room, setTimeout(end, grace * second).unref());
    };

    context.onUnload(muc.hooks.on('left', ({ room }) => watch(room)));
    context.onUnload(
      muc.hooks.on('entered', ({ room }) => {
        if (hasPeople(room)) stays(room);
      }),
    );
    context.onUnload(muc.hooks.on('room-gone', stays));
    context.onUnload(() => {
      for (const timer of ends.values()) clearTimeout(timer);
    });
  },
});
