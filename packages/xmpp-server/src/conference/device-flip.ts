/**
 * Changing the device in the middle of a conference (Jitsi's `muc_flip`): somebody who is in asks, with `<flip_device/>`, to enter from elsewhere. Waiting and passwords are
 * behind it, it is what it was, and the old device goes, for which clients make no noise. Who is the same is said by the token (its user's id and the feature `flip`), or by the account.
 */
import { type Element, el, type Jid } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { admissionPriority } from '../muc/events.js';
import type { Muc, Room } from '../muc/index.js';
import { expel } from '../muc/leaving.js';
import type { Occupant } from '../muc/occupant.js';
import { compareAffiliations } from '../muc/ranks.js';
import type { ClientSession } from '../session/client-session.js';
import { kicked } from './kicks.js';

const tag = 'flip_device';

/** Before the lobby asks anything; and after it has made members of those whom it lets in. */
const beforeLobby = admissionPriority('lobby') + 0.5;
const afterLobby = -10;

/** Whom an account or a token says a session to be; undefined: nobody who might change devices. */
function selfOf(person: Jid, origin: ClientSession | undefined): string | undefined {
  if (origin === undefined) return undefined;
  const { identity } = origin;
  if (identity === undefined) return origin.anonymous ? undefined : `account ${person.toString()}`;
  const id = identity.user?.['id'];
  if (identity.features?.get('flip') !== true || typeof id !== 'string' || id === '') return undefined;
  return JSON.stringify([identity.issuer, identity.tenant, id]);
}

export const deviceFlip = defineModule({
  name: 'device-flip',
  needs: ['muc'],
  options: z.strictObject({}),
  load(context) {
    const muc = context.module<Muc>('muc');
    /** Those who come in the place of another, until they are in. By real full JID. */
    const coming = new Map<string, Occupant>();
    const flipping = new WeakSet<Occupant>();

    const oldDevice = (
      room: Room,
      from: Jid,
      origin: ClientSession | undefined,
      presence: Element,
    ): Occupant | undefined => {
      const self = presence.getChild(tag) === undefined ? undefined : selfOf(from.bare, origin);
      if (self === undefined || room.seat(from) !== undefined) return undefined;
      return [...room.occupants].find(
        ({ person, primary }) => !muc.isAdmin(person) && selfOf(person, primary.origin) === self,
      );
    };

    context.onUnload(
      muc.hooks.on(
        'admission',
        ({ room, from, origin, presence, excused }) => {
          if (oldDevice(room, from, origin, presence) !== undefined)
            excused.add('lobby').add('members-only').add('password');
          return undefined;
        },
        beforeLobby,
      ),
    );
    context.onUnload(
      muc.hooks.on(
        'admitted',
        ({ room, from, origin, presence }) => {
          const old = oldDevice(room, from, origin, presence);
          if (old === undefined) return;
          coming.set(from.toString(), old);
          if (compareAffiliations(old.affiliation, room.affiliation(from.bare)) > 0)
            room.recordAffiliation(from.bare, old.affiliation);
        },
        afterLobby,
      ),
    );
    context.onUnload(
      muc.hooks.on('attributed', ({ room, occupant, stanza }) => {
        if (stanza.name !== 'presence' || stanza.getChild(tag) === undefined) return;
        const old = coming.get(occupant.primary.jid.toString());
        if (old !== undefined && room.occupant(old.nick) === old) return;
        if (flipping.has(occupant)) return;
        stanza.children = stanza.children.filter((child) => typeof child === 'string' || child.name !== tag);
      }),
    );
    context.onUnload(
      muc.hooks.on('entered', ({ room, occupant, session }) => {
        const key = session.jid.toString();
        const old = coming.get(key);
        coming.delete(key);
        // The word is said: what the device shows from now on is about itself.
        occupant.looksDifferent();
        if (old === undefined || old === occupant || room.occupant(old.nick) !== old) return;
        flipping.add(old);
        const presence = el('presence', {}, el(tag));
        expel(muc, room, old, { actor: occupant, codes: [kicked], presence });
      }),
    );
  },
});
