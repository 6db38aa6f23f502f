/** Occupants of a domain that is gone as a whole, such as an external component's, leave with it (XEP-0045 s.7.14, status 333). */
import type { Host } from '../../host/host.js';
import type { Muc } from '../context.js';
import { leave } from '../leaving.js';

export function lostDomains(muc: Muc, host: Host): () => void {
  return host.hooks.on('domain-lost', ({ domain }) => {
    for (const room of [...muc.rooms.values()]) {
      const lost = [...room.occupants].flatMap((occupant) =>
        [...occupant.sessions]
          .filter(({ jid }) => jid.domain === domain)
          .map((session) => ({ occupant, session })),
      );
      for (const { occupant, session } of lost) leave(muc, room, occupant, session, undefined, [333]);
    }
  });
}
