/** Who may speak to the group where moderators have said that not everybody may (Jitsi's `filter_messages`). What programs say has no body, and passes. */
import { stanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc } from '../muc/index.js';
import type { Permissions } from './permissions.js';
import type { RoomMetadata } from './room-metadata.js';

const restriction = z.object({ groupChatRestricted: z.boolean().optional() }).catch({});

export const chatPermissions = defineModule({
  name: 'chat-permissions',
  needs: ['muc', 'room-metadata', 'permissions'],
  options: z.strictObject({}),
  load(context) {
    const { hooks } = context.module<Muc>('muc');
    const metadata = context.module<RoomMetadata>('room-metadata');
    const permissions = context.module<Permissions>('permissions');
    context.onUnload(
      hooks.on('groupchat', ({ room, occupant, stanza }) => {
        if (stanza.getChild('body') === undefined) return undefined;
        const { groupChatRestricted } = restriction.parse(metadata.get(room, 'permissions') ?? {});
        return groupChatRestricted !== true || permissions.allow(room, occupant, 'send-groupchat')
          ? undefined
          : stanzaError('not-allowed', 'Not everybody may speak to the group');
      }),
    );
  },
});
