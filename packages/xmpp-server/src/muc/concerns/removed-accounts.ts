/** Accounts that are removed are nothing to any room any more: who has the name next does not get what the last one was. Bans stay. */
import { type Jid, parseJid } from '@conclave/signaling';
import type { ModuleContext } from '../../host/module.js';
import { onAccountRemoval } from '../../modules/account-removals.js';
import type { Muc } from '../context.js';
import { changeAffiliation } from '../standing.js';

export function removedAccounts(
  muc: Muc,
  context: Pick<ModuleContext, 'neighbour' | 'onUnload'>,
  /** Brings those rooms to life in whose lists a person stands. */
  openRoomsOf: (person: Jid) => Promise<void>,
): void {
  onAccountRemoval(context, muc.options.accountsOf, async (account) => {
    const person = parseJid(account);
    await openRoomsOf(person);
    const rooms = [...muc.rooms.values()].filter(
      (room) => room.isMember(person) && !room.isServiceAdmin(person),
    );
    for (const room of rooms) changeAffiliation(muc, room, person, 'none');
    for (const room of rooms) await muc.stored(room);
  });
}
