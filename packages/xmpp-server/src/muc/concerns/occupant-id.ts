/** Occupant ids (XEP-0421): who it is, without saying who: the same for a person in a room, whatever the nickname. */
import { createHmac, randomBytes } from 'node:crypto';
import { el, NS } from '@conclave/signaling';
import { z } from 'zod';
import type { Muc } from '../context.js';
import type { Occupant } from '../occupant.js';
import type { Room } from '../room.js';

export function occupantIds(muc: Muc): () => void {
  const keys = new WeakMap<Room, Buffer>();
  const keyOf = (room: Room): Buffer => {
    const key = keys.get(room) ?? randomBytes(32);
    keys.set(room, key);
    return key;
  };
  /** Made once an occupant, since a hash would cost more than all else that is done for a message. */
  const ids = new WeakMap<Occupant, string>();
  const idOf = (room: Room, occupant: Occupant): string => {
    const known = ids.get(occupant);
    if (known !== undefined) return known;
    const id = createHmac('sha256', keyOf(room)).update(occupant.person.toString()).digest('base64');
    ids.set(occupant, id);
    return id;
  };
  const undo = [
    muc.keep({
      name: 'occupant-id',
      schema: z.string(),
      save: (room) => keyOf(room).toString('base64'),
      restore: (room, key) => void keys.set(room, Buffer.from(key, 'base64')),
    }),
    muc.hooks.on('attributed', ({ room, occupant, stanza }) => {
      stanza.append(el('occupant-id', { xmlns: NS.occupantId, id: idOf(room, occupant) }));
      return undefined;
    }),
    muc.hooks.on('described', ({ features }) => {
      features.push(NS.occupantId);
      return undefined;
    }),
  ];
  return () => undo.forEach((each) => each());
}
