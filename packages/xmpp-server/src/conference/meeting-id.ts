/** Each meeting has an id, whatever its room is called: clients read it from the room's disco#info, the focus from its configuration. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';

const options = z.strictObject({});

/** The id of the meeting in a room: a random UUID, another one for each life of the room. */
export type MeetingId = (room: Room) => string;

export const meetingId = defineModule<z.output<typeof options>, MeetingId>({
  name: 'meeting-id',
  needs: ['muc'],
  options,
  load(context) {
    const muc = context.module<Muc>('muc');
    const ids = new WeakMap<Room, string>();
    const idOf: MeetingId = (room) => {
      const id = ids.get(room) ?? randomUUID();
      ids.set(room, id);
      return id;
    };
    const field = {
      var: 'muc#roominfo_meetingId',
      type: 'text-single',
      label: 'Meeting id',
      read: idOf,
    } as const;
    context.onUnload(muc.form.add(field));
    context.onUnload(
      muc.hooks.on('described', ({ room, fields }) => {
        const { read, ...rest } = field;
        fields.push({ ...rest, values: [read(room)] });
      }),
    );
    return idOf;
  },
});
