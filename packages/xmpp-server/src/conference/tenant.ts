/** Rooms of tenants: the tenant stands before the name, in brackets, in the local part (Jitsi's internal room addresses). */
import type { Jid } from '@conclave/signaling';

const pattern = /^\[([^\]]+)\](.+)$/;

export function splitTenant(room: Jid): { readonly name: string; readonly tenant: string | undefined } {
  const local = room.local ?? '';
  const [, tenant, name = local] = pattern.exec(local) ?? [];
  return { name, tenant };
}
