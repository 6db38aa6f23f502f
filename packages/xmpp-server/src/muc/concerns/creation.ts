/** Who may create rooms: administrators of the service, and account holders of the domains named. It fails closed. */
import { stanzaError } from '@conclave/signaling';
import type { Muc } from '../context.js';

export function creationPolicy(muc: Muc): () => void {
  const { creation } = muc.options;
  return muc.hooks.on('room-requested', ({ from, admin, origin }) => {
    if (creation === 'anyone' || admin) return undefined;
    const isAccount = origin?.anonymous !== true && from.local !== undefined;
    return isAccount && creation.domains.includes(from.domain)
      ? undefined
      : stanzaError('not-allowed', 'Room creation is restricted');
  });
}
