/**
 * The contacts of those who own nodes of a shared service (XEP-0060 s.4.5, the access models presence and roster): what people are to
 * an owner is said by its roster, which is known of accounts of this server.
 */
import { parseJid, type Jid } from '@conclave/signaling';
import type { Neighbour } from '../../host/module.js';
import type { Roster } from '../roster/roster.js';
import type { Rosters } from '../roster/rosters.js';
import { contactModels, type Relation } from './access.js';
import type { PubsubNode } from './node.js';
import { relationTo } from './relation.js';
import type { PubsubService } from './service.js';

export type RelationOf = (somebody: Jid) => Relation;

export class Owners {
  /** By domain. */
  readonly #hosts: ReadonlyMap<string, Neighbour>;
  readonly #admins: ReadonlySet<string>;

  /** @param domains hosts of this server @param admins bare JIDs of those who own every node */
  constructor(
    neighbour: (host: string) => Neighbour,
    domains: readonly string[],
    admins: ReadonlySet<string>,
  ) {
    this.#hosts = new Map(domains.map((domain) => [domain, neighbour(domain)]));
    this.#admins = admins;
  }

  /** Whether there is a roster of any owner. */
  get haveContacts(): boolean {
    return [...this.#hosts.keys()].some((domain) => this.#rosters(domain) !== undefined);
  }

  /** Whether an owner (a bare JID) has a roster here. */
  haveContactsOf(owner: string): boolean {
    const { local, domain } = parseJid(owner);
    return local !== undefined && this.#rosters(domain) !== undefined;
  }

  /** What somebody is who need not be anybody's contact. */
  readonly relationOf: RelationOf = (somebody) => {
    const jid = somebody.bare.toString();
    return { jid, isOwner: this.#admins.has(jid), seesPresence: false, groups: [] };
  };

  /**
   * Runs `act` with the service and what people are to the owner of the node of that name, if that matters there. The node is then
   * still what it was when the roster was asked for. Rejects when a roster cannot be read.
   */
  async using<T>(
    stored: { get(): Promise<PubsubService> },
    name: string | undefined,
    act: (service: PubsubService, relationOf: RelationOf) => T | Promise<T>,
  ): Promise<T> {
    for (;;) {
      const service = await stored.get();
      const owner = ownerAskedFor(service, name);
      if (owner === undefined) return act(service, this.relationOf);
      const relationOf = await this.relationsTo(owner);
      if ((await stored.get()) === service && ownerAskedFor(service, name) === owner) {
        return act(service, relationOf);
      }
    }
  }

  /** What people are to an owner (a bare JID), as its roster has it now. */
  async relationsTo(owner: string): Promise<RelationOf> {
    const account = parseJid(owner);
    const roster = await this.#roster(account);
    return (somebody) => ({
      ...relationTo(account, roster, somebody),
      isOwner: this.#admins.has(somebody.bare.toString()),
      contactOf: owner,
    });
  }

  #rosters(domain: string): Rosters | undefined {
    return this.#hosts.get(domain)?.offered<Rosters>('roster');
  }

  #roster({ local, domain }: Jid): Promise<Roster | undefined> {
    const rosters = this.#rosters(domain);
    if (local === undefined || rosters === undefined) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => rosters.use(local, resolve, reject));
  }
}

/** Whose contacts a node asks for; undefined: nobody's. */
export function contactsMeant({ config, principal }: PubsubNode): string | undefined {
  return contactModels.includes(config.accessModel) ? principal : undefined;
}

function ownerAskedFor(service: PubsubService, name: string | undefined): string | undefined {
  const node = name === undefined ? undefined : service.node(name);
  return node === undefined ? undefined : contactsMeant(node);
}
