/** How many may enter a room each second (Jitsi's `muc_rate_limit`): the others wait a little, in the order in which they came. */
import { type Jid, stanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { admissionPriority } from '../muc/events.js';
import type { Muc } from '../muc/index.js';
import { HeldEntrances } from './held-entrances.js';

const options = z.strictObject({
  /** A room and second. */
  joins: z.int().positive().default(50),
  /** That wait, a room. */
  waiting: z.int().positive().default(1000),
});

const second = 1000;

export const joinRate = defineModule<z.output<typeof options>>({
  name: 'join-rate',
  needs: ['muc'],
  options,
  load(context, { joins, waiting }) {
    const muc = context.module<Muc>('muc');
    const held = new HeldEntrances(context.host, waiting);
    /** By room: how many have come in the second under way. */
    const counts = new Map<string, number>();
    const timers = new Map<string, NodeJS.Timeout>();

    const nextSecond = (room: Jid): void => {
      const key = room.toString();
      counts.delete(key);
      const released = Math.min(joins, held.count(room));
      if (released === 0) {
        timers.delete(key);
        return;
      }
      counts.set(key, released);
      timers.set(key, setTimeout(nextSecond, second, room).unref());
      held.release(room, joins);
    };

    context.onUnload(
      muc.hooks.on(
        'admission',
        ({ room, presence, from, origin, admin }) => {
          if (admin || held.wasReleased(presence)) return undefined;
          const key = room.jid.toString();
          const count = counts.get(key) ?? 0;
          if (count < joins) {
            counts.set(key, count + 1);
            if (!timers.has(key)) timers.set(key, setTimeout(nextSecond, second, room.jid).unref());
            return undefined;
          }
          return held.hold(room.jid, { presence, from, origin })
            ? 'held'
            : stanzaError('resource-constraint');
        },
        admissionPriority('rate'),
      ),
    );
    context.onUnload(() => {
      for (const timer of timers.values()) clearTimeout(timer);
    });
  },
});
