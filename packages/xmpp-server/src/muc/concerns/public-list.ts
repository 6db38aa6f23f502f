/** Public rooms stand in the service's disco#items (XEP-0045 s.6.3), hidden ones do not. */
import type { Jid } from '@conclave/signaling';
import type { DiscoRegistry } from '../../host/disco-registry.js';
import type { RoomConfig } from '../config.js';
import type { Muc } from '../context.js';

export function publicList(muc: Muc, disco: DiscoRegistry): () => void {
  const listed = new Map<string, () => void>();
  const unlist = (jid: Jid): void => {
    listed.get(jid.toString())?.();
    listed.delete(jid.toString());
  };
  const list = ({ jid, config }: { readonly jid: Jid; readonly config: RoomConfig }): void => {
    unlist(jid);
    // What a tenant has is not for everybody who asks the service.
    if (config.public && jid.domain === muc.jid.domain)
      listed.set(jid.toString(), disco.item(jid.toString(), config.name || jid.local));
  };
  const undo = [
    muc.hooks.on('room-created', list),
    muc.hooks.on('room-known', list),
    muc.hooks.on('configured', ({ room, changed }) => {
      if (changed.has('public') || changed.has('name')) list(room);
    }),
    muc.hooks.on('room-ended', ({ jid }) => unlist(jid)),
  ];
  return () => {
    undo.forEach((each) => each());
    for (const remove of listed.values()) remove();
  };
}
