/** Who comes with a token is to the room what the token says (Jitsi's token affiliation): its owner, or a member. It is so from the first presence on. */
import type { Affiliation } from '@conclave/signaling';
import { z } from 'zod';
import type { TokenIdentity } from '../accounts/token/identity.js';
import { defineModule } from '../host/module.js';
import type { Muc } from '../muc/index.js';
import { compareAffiliations } from '../muc/ranks.js';

const owners: readonly unknown[] = ['owner', 'moderator', 'teacher'];

/** What a token makes of its bearer. */
export function affiliationBy({ user }: TokenIdentity): Affiliation {
  const { affiliation, moderator } = user ?? {};
  return owners.includes(affiliation) || moderator === true || moderator === 'true' ? 'owner' : 'member';
}

export const tokenAffiliation = defineModule({
  name: 'token-affiliation',
  needs: ['muc'],
  options: z.strictObject({}),
  load(context) {
    const { hooks } = context.module<Muc>('muc');
    context.onUnload(
      // By now the lobby or the room's password has let it in.
      hooks.on('admitted', ({ room, from, origin, admin }) => {
        if (admin || origin?.identity === undefined) return;
        const affiliation = affiliationBy(origin.identity);
        if (compareAffiliations(affiliation, room.affiliation(from.bare)) > 0) {
          room.recordAffiliation(from.bare, affiliation);
        }
      }),
    );
  },
});
