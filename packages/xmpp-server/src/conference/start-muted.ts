/** Moderators of older clients say in their presence who starts muted; newer clients, and the focus, read it in the metadata of the room. */
import { attribute } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant, OccupantSession } from '../muc/occupant.js';
import type { RoomMetadata } from './room-metadata.js';

const namespace = 'http://jitsi.org/jitmeet/start-muted';

export const startMuted = defineModule({
  name: 'start-muted',
  needs: ['muc', 'room-metadata'],
  options: z.strictObject({}),
  load(context) {
    const muc = context.module<Muc>('muc');
    const metadata = context.module<RoomMetadata>('room-metadata');
    /** A presence says all again whenever anything in it changes: only what is new counts, and not against what others have said since. */
    const said = new WeakMap<Occupant, string>();

    const look = ({ room, occupant, session }: Arrival): void => {
      const wish = session.presence.getChild('startmuted', namespace);
      if (wish === undefined || occupant.role !== 'moderator' || muc.isAdmin(occupant.person)) return;
      const value = {
        audio: attribute(wish, 'audio') === 'true',
        video: attribute(wish, 'video') === 'true',
      };
      const text = JSON.stringify(value);
      if (said.get(occupant) === text) return;
      said.set(occupant, text);
      metadata.set(room, 'startMuted', value);
    };
    context.onUnload(muc.hooks.on('presence-changed', look));
    context.onUnload(muc.hooks.on('entered', look));
  },
});

interface Arrival {
  readonly room: Room;
  readonly occupant: Occupant;
  readonly session: OccupantSession;
}
