/**
 * Who somebody is by its token, shown in its presence (Jitsi's `presence_identity`). Only the server says that: what a client writes there itself is
 * taken out.
 */
import { el, type Element } from '@conclave/signaling';
import { z } from 'zod';
import type { TokenIdentity } from '../accounts/token/identity.js';
import { defineModule } from '../host/module.js';
import type { Muc } from '../muc/index.js';

const options = z.strictObject({
  /** What of `context.user` everybody may see. */
  fields: z
    .array(z.string().regex(/^[a-z][a-z-]{0,31}$/))
    .default(['id', 'name', 'avatar', 'hidden-from-recorder']),
  /** Whether everybody may see the group. */
  group: z.boolean().default(true),
});

const maxLength = 1024;

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
    ? String(value).slice(0, maxLength)
    : undefined;
}

export const presenceIdentity = defineModule<z.output<typeof options>>({
  name: 'presence-identity',
  needs: ['muc'],
  options,
  load(context, { fields, group: showsGroup }) {
    const { hooks } = context.module<Muc>('muc');

    const encode = ({ user, group }: TokenIdentity): Element | undefined => {
      if (user === undefined) return undefined;
      const known = fields.flatMap((name) => {
        const text = textOf(user[name]);
        return text === undefined ? [] : [el(name, {}, text)];
      });
      const ofGroup =
        showsGroup && group !== undefined ? el('group', {}, group.slice(0, maxLength)) : undefined;
      return el('identity', {}, el('user', {}, known), ofGroup);
    };

    context.onUnload(
      hooks.on('attributed', ({ occupant, stanza }) => {
        if (stanza.name !== 'presence') return;
        stanza.children = stanza.children.filter(
          (child) => typeof child === 'string' || child.getName() !== 'identity',
        );
        const { identity } = occupant.primary.origin ?? {};
        const shown = identity === undefined ? undefined : encode(identity);
        if (shown !== undefined) stanza.append(shown);
      }),
    );
  },
});
