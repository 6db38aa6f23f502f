/** Since when a meeting is one: from the moment that somebody is not alone in the room, the focus included. Clients show the time since. */
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';

export const conferenceDuration = defineModule({
  name: 'conference-duration',
  needs: ['muc'],
  options: z.strictObject({}),
  load(context) {
    const muc = context.module<Muc>('muc');
    /** Milliseconds of the epoch. */
    const beginnings = new WeakMap<Room, number>();
    const field = {
      var: 'muc#roominfo_created_timestamp',
      type: 'text-single',
      label: 'Beginning, in milliseconds of the epoch',
      read: (room: Room) => String(beginnings.get(room) ?? ''),
    } as const;
    context.onUnload(muc.form.add(field));
    context.onUnload(
      muc.hooks.on('described', ({ room, fields }) => {
        const { read, ...rest } = field;
        fields.push({ ...rest, values: [read(room)] });
      }),
    );
    context.onUnload(
      muc.hooks.on('entering', ({ room }) => {
        if (room.occupantCount > 1 && !beginnings.has(room)) beginnings.set(room, muc.now());
      }),
    );
  },
});
