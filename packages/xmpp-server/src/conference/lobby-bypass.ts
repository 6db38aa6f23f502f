/** Whose token says so (`context.user.lobby_bypass`) waits in no lobby (the community's `token_lobby_bypass`). */
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { admissionPriority } from '../muc/events.js';
import type { Muc } from '../muc/index.js';

/** Before the lobby looks who has to wait, and whoever opens one. */
const beforeLobby = 0.75;

export const lobbyBypass = defineModule({
  name: 'lobby-bypass',
  needs: ['muc'],
  options: z.strictObject({}),
  load(context) {
    const { hooks } = context.module<Muc>('muc');
    context.onUnload(
      hooks.on(
        'admission',
        ({ origin, excused }) => {
          const { lobby_bypass: bypass } = origin?.identity?.user ?? {};
          // The room's password is another matter.
          if (bypass === true || bypass === 'true') excused.add('members-only');
          return undefined;
        },
        admissionPriority('lobby') + beforeLobby,
      ),
    );
  },
});
