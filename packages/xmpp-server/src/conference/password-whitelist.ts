/** Who needs no password: what belongs to the service, and cannot know it (Jitsi's `muc_password_whitelist`). */
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { admissionPriority } from '../muc/events.js';
import type { Muc } from '../muc/index.js';

const options = z.strictObject({
  /** Domains or bare JIDs. */
  whitelist: z.array(z.string()).default([]),
});

export const passwordWhitelist = defineModule<z.output<typeof options>>({
  name: 'password-whitelist',
  needs: ['muc'],
  options,
  load(context, { whitelist }) {
    const { hooks } = context.module<Muc>('muc');
    const welcome = new Set(whitelist);
    context.onUnload(
      hooks.on(
        'admission',
        ({ from, excused }) => {
          if (welcome.has(from.domain) || welcome.has(from.bare.toString())) excused.add('password');
          return undefined;
        },
        admissionPriority('whitelist'),
      ),
    );
  },
});
