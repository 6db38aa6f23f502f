/**
 * Reservations (Jitsi's `reservations`): a conference is opened when the operator's service has it in its books, and is as that wants it: with a
 * password, a lobby, for so many people, until its time is over. Whoever creates a room waits for the answer, the focus above all, which
 * has looked before whether the one who asks it may open one: so the service is asked only for those.
 */
import {
  el,
  errorReply,
  type Jid,
  NS,
  stanzaError,
  type StanzaError,
  tryParseJid,
} from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import { destroyRoom } from '../muc/leaving.js';
import { configure } from '../muc/owner.js';
import type { FocusLine } from './client-proxy.js';
import { HeldEntrances } from './held-entrances.js';
import type { Lobby } from './lobby.js';
import type { MaxOccupants } from './max-occupants.js';
import {
  type Denial,
  type Reservation,
  ReservationService,
  reservationServiceOptions,
} from './reservation-service.js';

const options = z.strictObject({
  ...reservationServiceOptions,
  /** The host that passes requests on to the focus: it knows for whom. */
  proxy: z.string(),
  /** Seconds for which the service is not asked again about a conference that it has refused. */
  denied: z.int().nonnegative().default(30),
  /** Conferences about which the service is asked at a time. */
  questions: z.int().positive().default(100),
});

/** After all the rules by which a room may not be, and the focus lock, which has the focus asked. */
const last = -20;
const second = 1000;
/** Timers take no longer ones. */
const longestTimer = 2 ** 31 - 1;
/** Denials remembered. */
const mostDenials = 1000;
/** For which a reservation waits for its room. */
const unused = 60 * second;

function refusal({ code, message }: Denial): StanzaError {
  return {
    ...stanzaError(
      'service-unavailable',
      message,
      el('reservation-error', { xmlns: NS.focus, 'error-code': code }),
    ),
    type: 'cancel',
  };
}

export const reservations = defineModule<z.output<typeof options>>({
  name: 'reservations',
  needs: ['muc', 'max-occupants'],
  permanent: true,
  options,
  load(context, { proxy, denied, questions, ...api }) {
    const { host } = context;
    const muc = context.module<Muc>('muc');
    const maxOccupants = context.module<MaxOccupants>('max-occupants');
    const service = new ReservationService(api, () => muc.now(), muc.log);
    const held = new HeldEntrances(host, 10);
    const asked = new Set<string>();
    /** By JID of a room that is to come. */
    const granted = new Map<string, { readonly reservation: Reservation; readonly forget: NodeJS.Timeout }>();
    const denials = new Map<string, { readonly denial: Denial; readonly until: number }>();
    const booked = new WeakMap<Room, Reservation>();
    const ends = new Map<Room, NodeJS.Timeout>();

    const deniedNow = (room: string): Denial | undefined => {
      for (const [key, { until }] of denials) if (until <= muc.now()) denials.delete(key);
      return denials.get(room)?.denial;
    };

    const ask = async (room: Jid, name: string, asker: Jid | undefined): Promise<void> => {
      const key = room.toString();
      const verdict = await service.book(name, asker?.bare.toString());
      if ('reservation' in verdict) {
        const forget = setTimeout(() => granted.delete(key), unused).unref();
        granted.set(key, { reservation: verdict.reservation, forget });
        held.release(room);
        return;
      }
      const { denial } = verdict;
      muc.log.info({ room: key, ...denial }, 'a conference is not booked');
      const [oldest] = denials.keys();
      if (denials.size >= mostDenials && oldest !== undefined) denials.delete(oldest);
      denials.set(key, { denial, until: muc.now() + denied * second });
      for (const { presence } of held.takeAll(room)) host.route(errorReply(presence, refusal(denial)));
    };

    context.onUnload(
      muc.hooks.on(
        'room-requested',
        ({ jid, presence, from, origin, admin }) => {
          const key = jid.toString();
          if (granted.has(key)) return undefined;
          const denial = deniedNow(key);
          if (denial !== undefined) return refusal(denial);
          const name = muc.names.nameOf(jid);
          const isNew = !asked.has(key);
          if (name === undefined || (isNew && asked.size >= questions))
            return stanzaError('resource-constraint');
          if (!held.hold(jid, { presence, from, origin })) return stanzaError('resource-constraint');
          if (!isNew) return 'held';
          asked.add(key);
          const asker = admin
            ? context.neighbour(proxy).offered<FocusLine>('client-proxy')?.asker(key)
            : from;
          ask(jid, name, asker)
            .catch((error: unknown) =>
              muc.log.error({ err: error, room: key }, 'a reservation could not be looked at'),
            )
            .finally(() => asked.delete(key));
          return 'held';
        },
        last,
      ),
    );

    const watchEnd = (room: Room, endsAt: number): void => {
      const left = endsAt - muc.now();
      const isOver = (): void => {
        if (left > longestTimer) {
          watchEnd(room, endsAt);
          return;
        }
        muc.log.info({ room: room.jid.toString() }, 'the booked time of a conference is over');
        destroyRoom(muc, room, 'Scheduled conference duration exceeded.');
      };
      ends.set(room, setTimeout(isOver, Math.min(left, longestTimer)).unref());
    };

    context.onUnload(
      muc.hooks.on('room-created', (room) => {
        const found = granted.get(room.jid.toString());
        if (found === undefined) return;
        clearTimeout(found.forget);
        granted.delete(room.jid.toString());
        const { reservation } = found;
        const { password, maxOccupants: most, owner } = reservation;
        booked.set(room, reservation);
        watchEnd(room, reservation.endsAt);
        if (password !== undefined) configure(muc, room, muc.jid, { ...room.config, password });
        if (most !== undefined) maxOccupants.set(room, most);
        const lobby = context.neighbour(host.name).offered<Lobby>('lobby');
        if (reservation.lobby && lobby !== undefined) {
          // Who has booked it lets the others in.
          const host = tryParseJid(owner);
          if (host?.local !== undefined) room.recordAffiliation(host.bare, 'member');
          lobby.open(room, {});
        }
      }),
    );
    context.onUnload(
      muc.hooks.on('room-gone', (room) => {
        clearTimeout(ends.get(room));
        ends.delete(room);
        const reservation = booked.get(room);
        if (reservation !== undefined) void service.release(reservation);
      }),
    );
    context.onUnload(() => {
      service.stop();
      for (const { forget } of granted.values()) clearTimeout(forget);
      for (const timer of ends.values()) clearTimeout(timer);
    });
  },
});
