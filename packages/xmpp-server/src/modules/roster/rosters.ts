/** The rosters of a host: read when needed, kept at hand, stored and pushed (RFC 6121 s.2.1.6) when they change. */
import { randomUUID } from 'node:crypto';
import { el, makeJid, parseJid, type Jid } from '@conclave/signaling';
import type { Host } from '../../host/host.js';
import type { HostStorage } from '../../storage/storage.js';
import type { ClientSession } from '../../session/client-session.js';
import { LatestWrites } from '../../storage/latest-writes.js';
import type { KeyvalStore } from '../../storage/storage.js';
import { ValueCache } from '../../storage/value-cache.js';
import { storedRoster, type Contact, type StoredRoster } from './contact.js';
import { encodeItem, looksTheSame, rosterNamespace } from './item.js';
import { Roster } from './roster.js';
import type { SubscriptionState } from './subscription.js';

/** What a contact is to an account has changed. */
export interface ContactChange {
  /** Bare JIDs. */
  readonly account: Jid;
  readonly contact: Jid;
  readonly before: SubscriptionState;
  readonly after: SubscriptionState;
}

declare module '../../host/host.js' {
  interface HostEvents {
    'contact-changed': { payload: ContactChange; result: never };
  }
}

/** What has to happen in step with a change: `deliver` before clients see it in the roster, `route` after. */
export interface Accompaniment {
  readonly deliver?: () => void;
  readonly route?: () => void;
}

export class Rosters {
  readonly #host: Host;
  readonly #store: KeyvalStore<StoredRoster>;
  readonly #cache: ValueCache<Roster>;
  readonly #writes = new LatestWrites();
  readonly #interested = new WeakSet<ClientSession>();

  /** @param capacity rosters kept at hand of accounts that are offline */
  constructor(host: Host, storage: HostStorage, capacity: number) {
    this.#host = host;
    this.#store = storage.keyval('roster', storedRoster);
    this.#cache = new ValueCache({
      capacity,
      inUse: (username) => host.sessions(this.#account(username)).length > 0,
      load: async (username) => {
        // Nobody makes the server keep something for accounts that do not exist.
        if (!(await host.accountExists(username))) return undefined;
        return new Roster(username, await this.#store.get(username));
      },
    });
  }

  /**
   * Runs `act` with an account's roster (undefined: no such account): at once if it is at hand, else when it has been read;
   * in the order of calls. A roster that cannot be read is never taken for an empty one: then `failed` is run.
   */
  use(
    username: string,
    act: (roster: Roster | undefined) => void,
    failed: (error: unknown) => void = (error) => this.#failed(username, error),
  ): void {
    this.#cache.use(username, act, failed);
  }

  /** Changes a contact. @returns when it has been stored; everything else has happened before */
  async change(roster: Roster, contact: Contact, { deliver, route }: Accompaniment = {}): Promise<void> {
    const before = roster.contact(contact.jid);
    roster.put(contact);
    const stored = this.#write(roster);
    deliver?.();
    if (!looksTheSame(before, contact)) this.#push(roster, contact);
    route?.();
    if (before.state !== contact.state) {
      this.#host.hooks.emit('contact-changed', {
        account: this.#account(roster.username),
        contact: parseJid(contact.jid),
        before: before.state,
        after: contact.state,
      });
    }
    await stored;
  }

  /** As `change`, for when nobody waits for it. */
  update(roster: Roster, contact: Contact, accompaniment?: Accompaniment): void {
    this.change(roster, contact, accompaniment).catch((error: unknown) =>
      this.#failed(roster.username, error),
    );
  }

  /** From now on the session is told of changes (s.2.2). */
  interest(session: ClientSession): void {
    this.#interested.add(session);
  }

  /** The sessions of an account that have asked for its roster. */
  interested(account: Jid): readonly ClientSession[] {
    return this.#host.sessions(account).filter((session) => this.#interested.has(session));
  }

  /** The roster of an account that is being removed, which is not kept any more. */
  async takeLeave(username: string): Promise<Roster> {
    const roster = this.#cache.peek(username);
    this.#cache.forget(username);
    await this.#writes.settled(username);
    return roster ?? new Roster(username, await this.#store.get(username));
  }

  #account(username: string): Jid {
    return makeJid(username, this.#host.name);
  }

  #write(roster: Roster): Promise<void> {
    const { username } = roster;
    return this.#writes.write(username, () => this.#store.set(username, roster.toStored()));
  }

  #push(roster: Roster, contact: Contact): void {
    for (const session of this.interested(this.#account(roster.username))) {
      const item = contact.listed
        ? encodeItem(contact)
        : el('item', { jid: contact.jid, subscription: 'remove' });
      const query = el('query', { xmlns: rosterNamespace, ver: roster.version }, item);
      session.send(el('iq', { type: 'set', id: randomUUID(), to: session.jid.toString() }, query));
    }
  }

  #failed(username: string, error: unknown): void {
    this.#host.log.error({ err: error, username }, 'a roster could not be read or stored');
  }
}
