/** Whether occupants may talk in private (XEP-0045 s.7.5, `muc#roomconfig_allowpm`); moderators can always be turned to. */
import { type Role, stanzaError } from '@conclave/signaling';
import type { RoomConfig } from '../config.js';
import type { Muc } from '../context.js';
import { compareRoles } from '../ranks.js';

const leastRole: Readonly<Record<RoomConfig['allowPm'], Role | undefined>> = {
  anyone: 'visitor',
  participants: 'participant',
  moderators: 'moderator',
  none: undefined,
};

export function privateMessages(muc: Muc): () => void {
  return muc.hooks.on('private-message', ({ room, occupant, target }) => {
    if (occupant === target) return undefined;
    const least = leastRole[room.config.allowPm];
    if (least === undefined) return stanzaError('policy-violation');
    if (target.role === 'moderator' || compareRoles(occupant.role, least) >= 0) return undefined;
    return stanzaError('policy-violation');
  });
}
