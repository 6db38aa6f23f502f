/** Rooms with a password (XEP-0045 s.7.2.5); administrators of the service come in without, as they hold the room together. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { stanzaError } from '@conclave/signaling';
import type { Muc } from '../context.js';
import { admissionPriority } from '../events.js';

/** Compares digests, so that the time it takes tells neither the length of the secret nor how much of it was right. */
export function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

export function passwords(muc: Muc): () => void {
  return muc.hooks.on(
    'admission',
    ({ room, join, admin, excused }) => {
      const { password } = room.config;
      if (password === '' || admin || excused.has('password')) return undefined;
      const given = join.getChildText('password') ?? '';
      return equalSecrets(given, password) ? undefined : stanzaError('not-authorized');
    },
    admissionPriority('password'),
  );
}
