/**
 * What happens in conferences, told to a service of the operator by HTTP (as Jitsi's `event_sync` has it, and more): rooms come and go, people join,
 * become moderators and leave; recordings, transcription, polls. What is said it hears only where the operator wants that.
 */
import type { Role } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { nameOf } from './display-name.js';
import { kicked } from './kicks.js';
import { EventDelivery } from './meeting-events/delivery.js';
import { watchHappenings } from './meeting-events/happenings.js';
import type { RoomMetadata } from './room-metadata.js';

const options = z.strictObject({
  /** `/events/…` is put behind it. */
  url: z.url({ protocol: /^https?$/ }),
  /** Of each request, e.g. `Authorization`. */
  headers: z.record(z.string(), z.string()).default({}),
  /** The service that holds breakout rooms. */
  breakouts: z.string().optional(),
  /** Milliseconds. */
  timeout: z.int().positive().default(20_000),
  /** Attempts after the first, and milliseconds between them. */
  retries: z.int().nonnegative().default(3),
  retryDelay: z.int().nonnegative().default(1000),
  /** Events that wait; more are dropped. */
  queue: z.int().positive().default(1000),
  /** Whether it is told what is said to all. */
  chat: z.boolean().default(false),
});

interface Attendance {
  readonly occupant_jid: string;
  readonly name?: string;
  /** Seconds of the epoch. */
  readonly joined_at: number;
  left_at?: number;
  reason?: 'left' | 'kicked';
  role: Role;
}

/** Remembered for the end of a room; of those who came first is told no more then. */
const maxAttendances = 2000;

export const meetingEvents = defineModule<z.output<typeof options>>({
  name: 'meeting-events',
  needs: ['muc'],
  options,
  load(context, { breakouts, chat, ...rest }) {
    const main = context.module<Muc>('muc');
    const here = context.neighbour(context.host.name);
    const metadata = (): RoomMetadata | undefined => here.offered<RoomMetadata>('room-metadata');
    const side = breakouts === undefined ? undefined : context.neighbour(breakouts).offered<Muc>('muc');
    const attendances = new WeakMap<Room, Map<Occupant, Attendance>>();
    const delivery = new EventDelivery(rest, context.host.log);
    const say = (path: string, payload: object): void => delivery.say(path, payload);

    const seconds = (muc: Muc) => Math.floor(muc.now() / 1000);
    const describe = (muc: Muc, room: Room, name: string) => ({
      event_name: name,
      room_name: room.jid.local,
      room_jid: room.jid.toString(),
      is_breakout: muc !== main,
      created_at: Math.floor(room.createdAt / 1000),
    });

    const watch = (muc: Muc): void => {
      const attendanceOf = (room: Room) => {
        const there = attendances.get(room) ?? new Map<Occupant, Attendance>();
        attendances.set(room, there);
        return there;
      };
      const about = (room: Room, name: string, occupant: Attendance) => ({
        ...describe(muc, room, name),
        active_occupants_count: [...room.occupants].filter(({ person }) => !muc.isAdmin(person)).length,
        occupant,
      });
      const leaves = (room: Room, occupant: Occupant, reason: 'left' | 'kicked'): void => {
        const attendance = attendanceOf(room).get(occupant);
        if (attendance === undefined || attendance.left_at !== undefined) return;
        Object.assign(attendance, { left_at: seconds(muc), reason });
        say('occupant/left', about(room, 'muc-occupant-left', attendance));
      };
      const undo = [
        muc.hooks.on('room-created', (room) => say('room/created', describe(muc, room, 'muc-room-created'))),
        muc.hooks.on('entered', ({ room, occupant, session }) => {
          if (muc.isAdmin(occupant.person) || attendanceOf(room).has(occupant)) return;
          const name = nameOf(occupant);
          const attendance: Attendance = {
            occupant_jid: session.jid.toString(),
            ...(name === '' ? {} : { name }),
            joined_at: seconds(muc),
            role: occupant.role,
          };
          const there = attendanceOf(room).set(occupant, attendance);
          const [oldest] = there.keys();
          if (there.size > maxAttendances && oldest !== undefined) there.delete(oldest);
          say('occupant/joined', about(room, 'muc-occupant-joined', attendance));
        }),
        muc.hooks.on('affiliation-changed', ({ room, person }) => {
          for (const occupant of room.occupantsOf(person)) {
            const attendance = attendances.get(room)?.get(occupant);
            if (attendance === undefined || attendance.role === occupant.role) continue;
            attendance.role = occupant.role;
            say('occupant/role-changed', about(room, 'muc-occupant-role-changed', attendance));
          }
        }),
        muc.hooks.on('expelled', ({ room, occupant, codes }) =>
          leaves(room, occupant, codes.has(kicked) ? 'kicked' : 'left'),
        ),
        muc.hooks.on('left', ({ room, occupant }) => {
          if (room.occupant(occupant.nick) !== occupant) leaves(room, occupant, 'left');
        }),
        muc.hooks.on('room-gone', (room) => {
          const ended = { ...describe(muc, room, 'muc-room-destroyed'), destroyed_at: seconds(muc) };
          const all = [...(attendances.get(room)?.values() ?? [])];
          const spent = all.map(({ joined_at, left_at = seconds(muc) }) => left_at - joined_at);
          const usage = {
            occupants: all.length,
            occupant_seconds: spent.reduce((sum, each) => sum + each, 0),
          };
          say('room/destroyed', { ...ended, usage, all_occupants: all });
        }),
        ...watchHappenings({
          muc,
          metadata,
          chat,
          tell: (room, path, name, more) => say(path, { ...describe(muc, room, name), ...more }),
        }),
      ];
      for (const each of undo) context.onUnload(each);
    };

    watch(main);
    if (side !== undefined) watch(side);
    context.onUnload(() => delivery.stop());
  },
});
