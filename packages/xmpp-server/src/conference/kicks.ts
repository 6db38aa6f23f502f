/** Who is kicked out of a conference has to come in like a stranger again: what it was to the room, it is no more. */
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { Muc } from '../muc/index.js';
import { changeAffiliation } from '../muc/standing.js';

/** The status code of a kick (XEP-0045 s.8.2). */
export const kicked = 307;

export const kicks = defineModule({
  name: 'kicks',
  needs: ['muc'],
  options: z.strictObject({}),
  load(context) {
    const muc = context.module<Muc>('muc');
    context.onUnload(
      muc.hooks.on('expelled', ({ room, occupant, actor, codes }) => {
        const { person } = occupant;
        // It was no kick: somebody goes on with another device.
        if (actor?.person.equals(person) === true) return;
        if (!codes.has(kicked) || muc.isAdmin(person) || room.affiliation(person) === 'none') return;
        changeAffiliation(muc, room, person, 'none');
      }),
    );
  },
});
