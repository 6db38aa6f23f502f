/** Bans (XEP-0045 s.7.2.7, s.9.1): outcasts do not come in again. */
import { stanzaError } from '@conclave/signaling';
import type { Muc } from '../context.js';
import { admissionPriority } from '../events.js';

export function bans(muc: Muc): () => void {
  return muc.hooks.on(
    'admission',
    ({ room, from }) => (room.affiliation(from.bare) === 'outcast' ? stanzaError('forbidden') : undefined),
    admissionPriority('ban'),
  );
}
