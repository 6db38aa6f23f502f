/** How long a conference may last (Jitsi's `time_restricted`): who enters is told what is left, and when the time is over the room ends. */
import { type Jid, stanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { Broadcast } from '../muc/broadcast.js';
import { deliver } from '../muc/delivery.js';
import type { Muc, Room } from '../muc/index.js';
import { destroyRoom } from '../muc/leaving.js';
import { jsonMessage } from './json-message.js';

const options = z.strictObject({
  /** Minutes. */
  most: z.int().positive(),
  /** Seconds more, of which nobody is told. */
  grace: z.int().nonnegative().default(0),
  /** Seconds after the end for which the same room is not opened again. */
  pause: z.int().nonnegative().default(60),
});

const second = 1000;
const minute = 60 * second;
/** Before anybody is asked whether the room may be. */
const first = 20;

export const timeLimit = defineModule<z.output<typeof options>>({
  name: 'time-limit',
  needs: ['muc'],
  options,
  load(context, { most, grace, pause }) {
    const muc = context.module<Muc>('muc');
    const ends = new Map<Room, NodeJS.Timeout>();
    /** By JID of a room: when it may be opened again, in milliseconds of the epoch. */
    const over = new Map<string, number>();

    const isOver = (room: Jid): boolean => {
      for (const [key, until] of over) if (until <= muc.now()) over.delete(key);
      return over.has(room.toString());
    };

    const end = (room: Room): void => {
      over.set(room.jid.toString(), muc.now() + pause * second);
      muc.log.info({ room: room.jid.toString(), minutes: most }, 'the time of a conference is over');
      destroyRoom(muc, room, 'The time of this conference is over.');
    };

    context.onUnload(
      muc.hooks.on('room-created', (room) => {
        ends.set(room, setTimeout(end, most * minute + grace * second, room).unref());
      }),
    );
    context.onUnload(
      muc.hooks.on('room-gone', (room) => {
        clearTimeout(ends.get(room));
        ends.delete(room);
      }),
    );
    context.onUnload(
      muc.hooks.on(
        'room-requested',
        ({ jid }) =>
          isOver(jid)
            ? { ...stanzaError('resource-constraint', 'The time of this conference is over'), type: 'cancel' }
            : undefined,
        first,
      ),
    );
    context.onUnload(
      muc.hooks.on('entered', ({ room, occupant, session }) => {
        if (muc.isAdmin(occupant.person) || !ends.has(room)) return;
        const elapsedSeconds = Math.floor((muc.now() - room.createdAt) / second);
        const payload = { type: 'time_restricted', durationSeconds: most * 60, elapsedSeconds };
        deliver(muc, [session], new Broadcast(jsonMessage(room.jid.toString(), payload)));
      }),
    );
    context.onUnload(() => {
      for (const timer of ends.values()) clearTimeout(timer);
    });
  },
});
