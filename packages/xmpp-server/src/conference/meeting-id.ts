/** Each meeting has an id and a beginning, whatever its room is called: clients read both from the room's disco#info. */
import { randomUUID } from 'node:crypto';
import type { DataFormField } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';

const options = z.strictObject({});

/** The id of the meeting in a room: a random UUID, another one for each life of the room. */
type MeetingId = (room: Room) => string;

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
    const fields: readonly {
      var: string;
      type: 'text-single';
      label: string;
      read: (room: Room) => string;
    }[] = [
      { var: 'muc#roominfo_meetingId', type: 'text-single', label: 'Meeting id', read: idOf },
      {
        var: 'muc#roominfo_created_timestamp',
        type: 'text-single',
        label: 'Beginning, in milliseconds of the epoch',
        read: (room) => String(room.createdAt),
      },
    ];
    for (const field of fields) context.onUnload(muc.form.add(field));
    context.onUnload(
      muc.hooks.on('described', (description) => {
        for (const { read, ...field } of fields) {
          const described: DataFormField = { ...field, values: [read(description.room)] };
          description.fields.push(described);
        }
        return undefined;
      }),
    );
    return idOf;
  },
});
