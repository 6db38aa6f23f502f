/**
 * Breakout rooms (Jitsi's `breakout_rooms`): rooms beside a conference's own, for parts of its people. A moderator adds, renames and
 * removes them and sends people there; everybody is told where everybody is. They are for those who have been in the main room, whose
 * affiliations hold in them, and they end with it.
 */
import {
  attribute,
  el,
  type Element,
  type Jid,
  NS,
  stanzaError,
  type StanzaError,
} from '@conclave/signaling';
import { z } from 'zod';
import type { StanzaEvent } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type {} from '../modules/disco.js';
import { type Admission, admissionPriority } from '../muc/events.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { changeAffiliation } from '../muc/standing.js';
import { BreakoutPlan } from './breakout-plan.js';
import { breakoutUpdate } from './breakout-update.js';
import { Component, type Seat } from './component.js';

const options = z.strictObject({
  /** The service that holds them, which is the component's address too. */
  breakouts: z.string(),
  announcedBy: z.string(),
  limits: z
    .strictObject({
      /** Breakout rooms a conference. */
      rooms: z.int().positive().default(50),
      /** Characters of a room's name. */
      nameLength: z.int().positive().default(128),
    })
    .prefault({}),
  /** Milliseconds for which changes are gathered before everybody is told. */
  gather: z.int().nonnegative().default(300),
  /** Milliseconds without anybody in any of the rooms after which all of them end. */
  grace: z.int().nonnegative().default(5000),
});

const prefix = 'features/breakout-rooms/';
const beforePolicy = 10;

/** What the module offers to others. */
export interface BreakoutRooms {
  /** Whether somebody is in one of a conference. */
  havePeople(room: Room): boolean;
}

export const breakoutRooms = defineModule<z.output<typeof options>, BreakoutRooms | undefined>({
  name: 'breakout-rooms',
  needs: ['muc'],
  permanent: true,
  options,
  load(context, { breakouts: domain, announcedBy, limits, gather, grace }) {
    const main = context.module<Muc>('muc');
    const beside = context.neighbour(domain);
    const side = beside.offered<Muc>('muc');
    if (side === undefined) {
      context.host.log.warn({ host: domain }, 'there are no breakout rooms: the host holds no rooms');
      return undefined;
    }
    const component = new Component(context, 'breakout_rooms', {
      component: domain,
      announcedBy,
      breakouts: domain,
    });
    const plan = new BreakoutPlan(main, side);
    const updates = new Map<Room, NodeJS.Timeout>();
    const endings = new Map<Room, NodeJS.Timeout>();

    const tellEverybody = (room: Room): void => {
      const isAdmin = (person: Jid): boolean => main.isAdmin(person);
      const open = [room, ...plan.open(room)];
      const people = open.flatMap(({ occupants }) => [...occupants]).filter(({ person }) => !isAdmin(person));
      const isKept = (receiver: Occupant): boolean => room.keepsNamesFrom?.(receiver) === true;
      for (const names of [true, false]) {
        const told = people.filter((receiver) => isKept(receiver) !== names);
        if (told.length === 0) continue;
        component.tell(
          main,
          told.flatMap(({ sessions }) => [...sessions]),
          breakoutUpdate(room, plan, { isAdmin, names }),
        );
      }
    };

    const changed = (room: Room): void => {
      if (updates.has(room) || !plan.isUsed(room)) return;
      const update = (): void => {
        updates.delete(room);
        tellEverybody(room);
      };
      updates.set(room, setTimeout(update, gather).unref());
    };

    const isDeserted = (room: Room): boolean =>
      [room, ...plan.open(room)].every(({ occupants }) =>
        [...occupants].every(({ person }) => main.isAdmin(person)),
      );

    const watchForEnd = (room: Room): void => {
      clearTimeout(endings.get(room));
      endings.delete(room);
      if (!plan.isUsed(room) || !isDeserted(room)) return;
      const end = (): void => {
        endings.delete(room);
        plan.end(room, 'All occupants left.');
      };
      endings.set(room, setTimeout(end, grace).unref());
    };

    const moved = (room: Room): void => {
      changed(room);
      watchForEnd(room);
    };

    const add = (room: Room, subject: string): StanzaError | undefined => {
      if (plan.all(room).length >= limits.rooms) return stanzaError('resource-constraint', 'Too many rooms');
      plan.add(room, subject);
      changed(room);
      return undefined;
    };

    const sendTo = (room: Room, command: Element): StanzaError | undefined => {
      const target = attribute(command, 'roomJid');
      const known = [room.jid, ...plan.all(room).map(({ jid }) => jid)].some(
        (jid) => jid.toString() === target,
      );
      const person = attribute(command, 'participantJid');
      const session = [room, ...plan.open(room)]
        .flatMap((each) => [...each.sessions()])
        .find(({ jid }) => jid.toString() === person);
      if (!known || session === undefined) return stanzaError('item-not-found');
      component.tell(main, [session], {
        type: 'breakout_rooms',
        event: `${prefix}move-to-room`,
        roomJid: target,
      });
      return undefined;
    };

    const carryOut = (room: Room, command: Element): StanzaError | undefined => {
      const subject = attribute(command, 'subject')?.trim().slice(0, limits.nameLength) ?? '';
      const named = plan
        .all(room)
        .find(({ jid }) => jid.toString() === attribute(command, 'breakoutRoomJid'));
      const type = attribute(command, 'type');
      switch (type) {
        case `${prefix}add`:
          return subject === '' ? stanzaError('bad-request') : add(room, subject);
        case `${prefix}rename`:
        case `${prefix}remove`:
          if (named === undefined) return stanzaError('item-not-found');
          if (type === `${prefix}remove`) plan.remove(room, named);
          else if (subject !== '') plan.rename(named, subject);
          moved(room);
          return undefined;
        case `${prefix}move-to-room`:
          return sendTo(room, command);
        default:
          return stanzaError('bad-request');
      }
    };

    const receive = (event: StanzaEvent, command: Element): StanzaError | undefined => {
      const seat = component.seat(event);
      const room = seat && mainOf(seat);
      if (seat?.occupant.role !== 'moderator' || room === undefined) return stanzaError('forbidden');
      return carryOut(room, command);
    };

    const mainOf = ({ muc, room }: Seat): Room | undefined => (muc === main ? room : plan.mainOf(room.jid));

    /** Somebody else has this nickname in another of the rooms, or has just left one of them to enter another. */
    const isTaken = (room: Room, { nick, from, room: entered }: Admission): boolean =>
      plan.isReserved(room, nick, from.bare) ||
      [room, ...plan.open(room)].some((each) => {
        const there = each === entered ? undefined : each.occupant(nick);
        return there !== undefined && !there.person.equals(from.bare);
      });

    const gate = (admission: Admission): StanzaError | undefined => {
      const { room: entered, from, admin } = admission;
      const isSide = entered.jid.domain === domain;
      const room = isSide ? plan.mainOf(entered.jid) : entered;
      if (admin || room === undefined) return undefined;
      if (isSide && !plan.knows(room, from)) return stanzaError('not-allowed', 'Not in the main room before');
      return plan.has(room) && isTaken(room, admission) ? stanzaError('conflict') : undefined;
    };

    const undo = [
      component.commands('breakout_rooms', undefined, receive),
      beside.host.hooks.on('disco-node', ({ kind, node }): Element | undefined =>
        kind === 'info' && node === 'breakout_rooms'
          ? el(
              'query',
              { xmlns: NS.discoInfo, node },
              el('feature', { var: 'http://jitsi.org/protocol/breakout_rooms#rename' }),
            )
          : undefined,
      ),
      side.hooks.on(
        'room-requested',
        ({ jid, admin }) => {
          if (plan.mainOf(jid) === undefined)
            return stanzaError('not-allowed', 'There is no such breakout room');
          return admin ? 'granted' : undefined;
        },
        beforePolicy,
      ),
      side.hooks.on('room-created', (room) => plan.opened(room)),
      side.hooks.on('described', ({ room, fields }) => {
        const of = plan.mainOf(room.jid);
        if (of === undefined) return;
        const field = (name: string, value: string) =>
          fields.push({ var: `muc#roominfo_${name}`, type: 'text-single', values: [value] });
        field('isbreakout', 'true');
        field('breakout_main_room', of.jid.toString());
      }),
      side.form.add({
        var: 'muc#roominfo_breakout_main_room',
        type: 'text-single',
        label: 'Main room',
        read: ({ jid }) => plan.mainOf(jid)?.jid.toString() ?? '',
      }),
      side.form.add({
        var: 'muc#roominfo_isbreakout',
        type: 'boolean',
        label: 'Breakout room',
        read: () => 'true',
      }),
      main.hooks.on('room-vacated', (room) => (plan.isUsed(room) ? 'kept' : undefined)),
      main.hooks.on('room-gone', (room) => {
        clearTimeout(updates.get(room));
        clearTimeout(endings.get(room));
        updates.delete(room);
        endings.delete(room);
        plan.forget(room);
      }),
      main.hooks.on('affiliation-changed', ({ room, person, after }) => {
        for (const each of plan.open(room)) changeAffiliation(side, each, person, after);
      }),
      main.hooks.on('configured', ({ room, changed: settings }) => {
        if (!settings.has('membersOnly')) return;
        for (const each of plan.open(room)) each.config.membersOnly = room.config.membersOnly;
      }),
    ];
    for (const muc of [main, side]) {
      const of = (room: Room): Room | undefined => (muc === main ? room : plan.mainOf(room.jid));
      undo.push(
        muc.hooks.on('admission', gate, admissionPriority('token')),
        muc.hooks.on('entered', ({ room, occupant, session }) => {
          const around = of(room);
          if (around === undefined || main.isAdmin(occupant.person)) return;
          plan.arrived(around, session.jid, occupant.nick);
          moved(around);
        }),
        muc.hooks.on('left', ({ room, occupant, session }) => {
          const around = of(room);
          if (around === undefined || main.isAdmin(occupant.person)) return;
          plan.departed(around, session.jid, occupant.nick, muc.now());
          moved(around);
        }),
        muc.hooks.on('affiliation-changed', ({ room }) => {
          const around = of(room);
          if (around !== undefined) changed(around);
        }),
      );
    }
    for (const each of undo) context.onUnload(each);
    context.onUnload(() => {
      for (const timer of [...updates.values(), ...endings.values()]) clearTimeout(timer);
    });
    return {
      havePeople: (room) =>
        plan.open(room).some(({ occupants }) => [...occupants].some(({ person }) => !main.isAdmin(person))),
    };
  },
});
