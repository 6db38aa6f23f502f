/**
 * Everybody moderates (Jitsi's `muc_allowners`): who enters is an owner, except in rooms and tenants that are moderated, where only holders of a
 * token for them are. Where all are equal nobody takes that from another.
 */
import { attribute, NS, stanzaError } from '@conclave/signaling';
import { z } from 'zod';
import type { TokenIdentity } from '../accounts/token/identity.js';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import type { RoomMetadata } from './room-metadata.js';

const options = z.strictObject({
  /** Names of rooms, without tenant. */
  moderatedRooms: z.array(z.string()).default([]),
  moderatedTenants: z.array(z.string()).default([]),
  /** Whether owners may take ownership from one another all the same. */
  revocable: z.boolean().default(false),
});

export const allOwners = defineModule<z.output<typeof options>>({
  name: 'all-owners',
  needs: ['muc', 'room-metadata'],
  options,
  load(context, { moderatedRooms, moderatedTenants, revocable }) {
    const muc = context.module<Muc>('muc');
    const metadata = context.module<RoomMetadata>('room-metadata');

    const whatIs = ({ jid }: Room) => ({ name: jid.local ?? '', tenant: muc.names.tenantOf(jid.domain) });

    const isModerated = (room: Room): boolean => {
      const { name, tenant } = whatIs(room);
      return moderatedRooms.includes(name) || (tenant !== undefined && moderatedTenants.includes(tenant));
    };

    /** Whether a token names the room, or any, and the tenant, or any. */
    const isHost = (room: Room, identity: TokenIdentity | undefined): boolean => {
      if (identity === undefined) return false;
      const { name, tenant } = whatIs(room);
      const fitsRoom = identity.room === '*' || identity.room === name;
      return fitsRoom && (identity.subject === '*' || tenant === undefined || identity.subject === tenant);
    };

    context.onUnload(
      muc.hooks.on('admitted', ({ room, from, admin, origin }) => {
        if (!admin && (!isModerated(room) || isHost(room, origin?.identity))) {
          room.recordAffiliation(from.bare, 'owner');
        }
      }),
    );
    context.onUnload(
      muc.hooks.on('room-created', (room) => metadata.set(room, 'allownersEnabled', !isModerated(room))),
    );
    context.onUnload(
      muc.hooks.on('room-iq', ({ room, from, type, payload }) => {
        if (revocable || type !== 'set' || muc.isAdmin(from.bare) || isModerated(room)) return undefined;
        if (!payload.is('query', NS.mucAdmin)) return undefined;
        const takes = payload
          .getChildren('item')
          .some((item) =>
            ['none', 'outcast', 'member', 'admin'].includes(attribute(item, 'affiliation') ?? ''),
          );
        return takes ? stanzaError('forbidden', 'Everybody is an owner here') : undefined;
      }),
    );
  },
});
