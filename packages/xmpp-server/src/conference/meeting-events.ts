/**
 * What happens in conferences, told to a service of the operator by HTTP (as Jitsi's `event_sync` has it): rooms come and go, people join and
 * leave. One after the other, in the order in which it happened; what cannot be delivered in a few attempts is given up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { nameOf } from './display-name.js';
import { kicked } from './kicks.js';

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
});

type EventName = 'room/created' | 'room/destroyed' | 'occupant/joined' | 'occupant/left';

interface Attendance {
  readonly occupant_jid: string;
  readonly name?: string;
  /** Seconds of the epoch. */
  readonly joined_at: number;
  left_at?: number;
  reason?: 'left' | 'kicked';
}

/** Remembered for the end of a room; of those who came first is told no more then. */
const maxAttendances = 2000;

export const meetingEvents = defineModule<z.output<typeof options>>({
  name: 'meeting-events',
  needs: ['muc'],
  options,
  load(context, { url, headers, breakouts, timeout, retries, retryDelay, queue: most }) {
    const { log } = context.host;
    const main = context.module<Muc>('muc');
    const side = breakouts === undefined ? undefined : context.neighbour(breakouts).offered<Muc>('muc');
    const attendances = new WeakMap<Room, Map<Occupant, Attendance>>();
    const abort = new AbortController();
    const queue: { readonly name: EventName; readonly body: string }[] = [];
    let delivering = false;

    /** @returns whether it was taken, or never will be */
    const post = async ({ name, body }: (typeof queue)[number]): Promise<boolean> => {
      const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(timeout)]);
      const address = `${url.replace(/\/$/, '')}/events/${name}`;
      const init = { method: 'POST', body, signal, redirect: 'error' as const };
      try {
        const response = await fetch(address, {
          ...init,
          headers: { ...headers, 'content-type': 'application/json' },
        });
        await response.body?.cancel();
        if (!response.ok) log.warn({ event: name, status: response.status }, 'a meeting event was not taken');
        return response.status < 500;
      } catch (error) {
        if (!abort.signal.aborted)
          log.warn({ err: error, event: name }, 'a meeting event could not be delivered');
        return abort.signal.aborted;
      }
    };

    const deliverAll = async (): Promise<void> => {
      for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
        for (let attempt = 0; !(await post(event)) && attempt < retries; attempt += 1)
          await sleep(retryDelay);
      }
    };

    const say = (name: EventName, payload: object): void => {
      if (queue.length >= most) {
        log.warn({ event: name }, 'a meeting event is dropped: too many wait');
        return;
      }
      queue.push({ name, body: JSON.stringify(payload) });
      if (delivering) return;
      delivering = true;
      deliverAll()
        .catch((error: unknown) =>
          log.error({ err: error }, 'meeting events are not delivered as they should'),
        )
        .finally(() => {
          delivering = false;
        });
    };

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
          };
          const there = attendanceOf(room).set(occupant, attendance);
          const [oldest] = there.keys();
          if (there.size > maxAttendances && oldest !== undefined) there.delete(oldest);
          say('occupant/joined', about(room, 'muc-occupant-joined', attendance));
        }),
        muc.hooks.on('expelled', ({ room, occupant, codes }) =>
          leaves(room, occupant, codes.has(kicked) ? 'kicked' : 'left'),
        ),
        muc.hooks.on('left', ({ room, occupant }) => {
          if (room.occupant(occupant.nick) !== occupant) leaves(room, occupant, 'left');
        }),
        muc.hooks.on('room-gone', (room) => {
          const ended = { ...describe(muc, room, 'muc-room-destroyed'), destroyed_at: seconds(muc) };
          say('room/destroyed', { ...ended, all_occupants: [...(attendances.get(room)?.values() ?? [])] });
        }),
      ];
      for (const each of undo) context.onUnload(each);
    };

    watch(main);
    if (side !== undefined) watch(side);
    context.onUnload(() => {
      queue.length = 0;
      abort.abort();
    });
  },
});
