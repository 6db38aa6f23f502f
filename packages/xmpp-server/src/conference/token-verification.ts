/**
 * A token admits to the room that it names, and to no other (Jitsi's token verification). Whoever comes without one is let in only from
 * domains that are named for it.
 */
import { el, stanzaError, type Jid, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import type { TokenIdentity } from '../accounts/token/identity.js';
import { defineModule } from '../host/module.js';
import { admissionPriority } from '../muc/events.js';
import type { Muc } from '../muc/index.js';
import { roomPattern } from './room-pattern.js';

const options = z.strictObject({
  /** Domains whose clients need no token. */
  exempt: z.array(z.string()).default([]),
  /** The domain or tenants that `sub` has to name; without one it is not looked at. */
  subject: z.string().optional(),
});

const namespace = 'http://jitsi.org/jitmeet';

export const tokenVerification = defineModule<z.output<typeof options>>({
  name: 'token-verification',
  needs: ['muc'],
  options,
  load(context, { exempt, subject }) {
    const muc = context.module<Muc>('muc');
    context.onUnload(
      muc.hooks.on(
        'admission',
        ({ room, from, admin, origin }) => {
          const identity = origin?.identity;
          if (identity === undefined) {
            const needless = admin || exempt.includes(from.domain);
            return needless ? undefined : refusal('authentication-required', 'A token is needed');
          }
          const { roomPattern: pattern } = identity;
          if (subject !== undefined && pattern !== undefined && roomPattern(pattern) === undefined) {
            return refusal('invalid-regex', 'The token names rooms by a pattern that is none');
          }
          return admits(identity, room.jid, muc.names.tenantOf(room.jid.domain), subject)
            ? undefined
            : refusal('room-mismatch', 'The token is for another room');
        },
        admissionPriority('token'),
      ),
    );
  },
});

/**
 * Whether a token is for a room: by name (of a tenant's room with the tenant, `[tenant]name`, or without) or pattern, and by domain or
 * tenant; the last three where `subject` is looked at.
 */
export function admits(
  identity: TokenIdentity,
  { local: name = '' }: Jid,
  tenant: string | undefined,
  subject: string | undefined,
): boolean {
  const pattern = subject === undefined ? undefined : identity.roomPattern;
  const named =
    pattern === undefined
      ? identity.room === undefined ||
        ['*', name, ...(tenant === undefined ? [] : [`[${tenant}]${name}`])].includes(identity.room)
      : pattern === '*' || roomPattern(pattern)?.(name) === true;
  const meant = identity.subject.toLowerCase();
  return named && (subject === undefined || meant === '*' || meant === (tenant ?? subject));
}

function refusal(reason: string, text: string): StanzaError {
  return stanzaError('not-allowed', text, el(reason, { xmlns: namespace }));
}
