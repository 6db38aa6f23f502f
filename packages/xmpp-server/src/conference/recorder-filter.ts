/**
 * Who may record and stream (Jitsi's `filter_iq_jibri`): whoever has the feature may ask the focus for it, and nobody too often: each start
 * takes a recorder from others for a while.
 */
import { attribute, stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { OccupantIq } from '../muc/events.js';
import type { Muc } from '../muc/index.js';
import type { Permissions } from './permissions.js';
import { Attempts } from './attempts.js';

const namespace = 'http://jitsi.org/protocol/jibri';
const minute = 60_000;

const options = z.strictObject({
  limits: z
    .strictObject({
      /** Starts a minute. */
      ofPerson: z.int().positive().default(9),
      ofRoom: z.int().positive().default(3),
    })
    .prefault({}),
});

export const recorderFilter = defineModule<z.output<typeof options>>({
  name: 'recorder-filter',
  needs: ['muc', 'permissions'],
  options,
  load(context, { limits }) {
    const muc = context.module<Muc>('muc');
    const permissions = context.module<Permissions>('permissions');
    const byPerson = new Attempts(limits.ofPerson, minute);
    const byRoom = new Attempts(limits.ofRoom, minute);

    const judge = ({ room, occupant, target, stanza }: OccupantIq): StanzaError | undefined => {
      const jibri = stanza.getChild('jibri', namespace);
      const action = jibri && attribute(jibri, 'action');
      if (jibri === undefined || !muc.isAdmin(target.person) || muc.isAdmin(occupant.person))
        return undefined;
      if (action !== 'start' && action !== 'stop') return undefined;
      const feature = attribute(jibri, 'recording_mode') === 'stream' ? 'livestreaming' : 'recording';
      if (!permissions.allow(room, occupant, feature)) return stanzaError('forbidden');
      if (action === 'stop') return undefined;
      const now = muc.now();
      return byPerson.take(occupant.person.toString(), now) && byRoom.take(room.jid.toString(), now)
        ? undefined
        : { ...stanzaError('policy-violation', 'Too many attempts'), type: 'wait' };
    };
    context.onUnload(muc.hooks.on('occupant-asked', judge));
  },
});
