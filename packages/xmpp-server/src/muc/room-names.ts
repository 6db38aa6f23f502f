/**
 * Names of rooms: a room of a tenant, `room@conference.<tenant>.D`, is `[tenant]room` wherever one name has to say it all (lobbies, web
 * addresses, storage, what operators are told), any other is its local part. The one follows from the other, both ways, so that no two rooms
 * have one name.
 */
import { type Jid, JidError, makeJid, splitTenant, tenantDomain } from '@conclave/signaling';

const tenantName = /^\[([^[\].]+)\](.+)$/s;

export class RoomNames {
  /** @param service its domain @param tenants whether there are any */
  constructor(
    private readonly service: string,
    private readonly tenants: boolean,
  ) {}

  /** Undefined: no room can have that address. */
  nameOf({ local, domain }: Jid): string | undefined {
    if (local === undefined) return undefined;
    if (domain === this.service) return this.tenants && local.startsWith('[') ? undefined : local;
    const tenant = this.tenantOf(domain);
    if (tenant === undefined) return undefined;
    const name = `[${tenant}]${local}`;
    // It is a local part itself, of a lobby.
    return this.#jid(name, this.service) === undefined ? undefined : name;
  }

  /** The bare JID of the room of that name; undefined: it is no name. */
  addressOf(name: string): Jid | undefined {
    if (!this.tenants || !name.startsWith('[')) return this.#jid(name, this.service);
    const [, tenant, local] = tenantName.exec(name) ?? [];
    if (tenant === undefined || local === undefined) return undefined;
    return this.#jid(local, tenantDomain(this.service, tenant));
  }

  /** The tenant whose domain it is. */
  tenantOf(domain: string): string | undefined {
    if (!this.tenants || domain === this.service) return undefined;
    const found = splitTenant(domain);
    return found?.host === this.service ? found.tenant : undefined;
  }

  #jid(local: string, domain: string): Jid | undefined {
    try {
      return makeJid(local, domain);
    } catch (error) {
      if (error instanceof JidError) return undefined;
      throw error;
    }
  }
}
