/** The end of a meeting for all (Jitsi's `end_conference`): a moderator says so, and the room is destroyed. */
import { stanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { destroyRoom } from '../muc/leaving.js';
import { Component, componentOptions } from './component.js';

const options = z.strictObject(componentOptions);

export const endConference = defineModule<z.output<typeof options>>({
  name: 'end-conference',
  needs: ['muc'],
  options,
  load(context, settings) {
    const component = new Component(context, 'end_conference', settings);
    context.onUnload(
      component.commands('end_conference', undefined, (event) => {
        const seat = component.seat(event);
        if (seat?.occupant.role !== 'moderator') return stanzaError('forbidden');
        const { muc, room, occupant } = seat;
        muc.log.info({ room: room.jid.toString(), by: occupant.nick }, 'ended for all');
        destroyRoom(muc, room, 'The meeting has been terminated');
        return undefined;
      }),
    );
  },
});
