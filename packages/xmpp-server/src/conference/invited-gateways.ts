/**
 * Gateways and transcribers (Jigasi) that somebody in a conference has asked for come in past lobby and password: who may call out has decided
 * that already. Whoever calls in by telephone is let in like anybody else; and since all calls share an account, the right to enter that one of
 * them gets is for that one.
 */
import { type Jid, NS } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { admissionPriority } from '../muc/events.js';
import type { Muc, Room } from '../muc/index.js';

const options = z.strictObject({
  /** Domains of their accounts. */
  domains: z.array(z.string()).min(1),
  /** Seconds that one has to come. */
  within: z.int().positive().default(120),
  /** That may be awaited in a room at a time. */
  most: z.int().positive().default(50),
});

/** What the module offers to others. */
export interface InvitedGateways {
  /** One more is asked for. */
  expect(room: Room): void;
}

/** When those have looked at a call who may refuse it; and before anybody has to wait. */
const afterFilters = -10;
const beforeLobby = 0.75;
/** When it has made members of those who are in. */
const afterLobby = -10;
const second = 1000;

export const invitedGateways = defineModule<z.output<typeof options>, InvitedGateways>({
  name: 'invited-gateways',
  needs: ['muc'],
  options,
  load(context, { domains, within, most }) {
    const muc = context.module<Muc>('muc');
    const theirs = new Set(domains);
    /** Of each that has not come yet: until when it may, in milliseconds of the epoch. */
    const awaited = new WeakMap<Room, number[]>();

    const stillAwaited = (room: Room): number[] => {
      const left = (awaited.get(room) ?? []).filter((until) => until > muc.now());
      awaited.set(room, left);
      return left;
    };
    const expect = (room: Room): void => {
      const left = stillAwaited(room);
      if (left.length < most) left.push(muc.now() + within * second);
    };
    const isTheirs = (person: Jid): boolean => theirs.has(person.domain) && !muc.isAdmin(person);

    context.onUnload(
      muc.hooks.on(
        'occupant-asked',
        ({ room, target, stanza }) => {
          if (muc.isAdmin(target.person) && stanza.getChild('dial', NS.rayo) !== undefined) expect(room);
          return undefined;
        },
        afterFilters,
      ),
    );
    context.onUnload(
      muc.hooks.on(
        'admission',
        ({ room, from, excused }) => {
          if (isTheirs(from.bare) && stillAwaited(room).length > 0)
            excused.add('members-only').add('password');
          return undefined;
        },
        admissionPriority('lobby') + beforeLobby,
      ),
    );
    context.onUnload(
      muc.hooks.on(
        'admitted',
        ({ room, from }) => {
          if (!isTheirs(from.bare)) return;
          stillAwaited(room).shift();
          room.recordAffiliation(from.bare, 'none');
        },
        afterLobby,
      ),
    );
    context.onUnload(
      muc.hooks.on(
        'configured',
        ({ room, changed }) => {
          if (!changed.has('membersOnly')) return;
          for (const { person } of room.occupants)
            if (isTheirs(person)) room.recordAffiliation(person, 'none');
        },
        afterLobby,
      ),
    );
    return { expect };
  },
});
