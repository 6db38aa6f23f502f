/**
 * The server in memory, for dialogues in tests: its hosts, modules, routing and sessions are the real ones; only the
 * connections are missing. Actors send stanzas and say which one they receive next.
 */
import { makeJid, parseJid, type Element, type Jid } from '@conclave/signaling';
import { parse } from 'ltx';
import { pino } from 'pino';
import { openHosts, type Hosts } from '../hosts.js';
import type { ConfiguredModule } from '../host/module-set.js';
import type { HostPlan } from '../host-plan.js';
import { conferencingLayout } from '../layout.js';
import { defaultLimits } from '../limits.js';
import { ClientStanzas } from '../routing/from-client.js';
import { Router } from '../routing/router.js';
import { Session, type SessionStream } from '../session/session.js';
import { SessionRegistry } from '../session/session-registry.js';
import { MemoryStorage } from '../storage/memory.js';
import type { Storage } from '../storage/storage.js';
import { mismatch, read } from './stanza-match.js';

const limits = { ...defaultLimits, scramIterations: 16 };

/** The usual layout, with a module of the main host configured otherwise. */
export function withModule(changed: ConfiguredModule): (hosts: readonly HostPlan[]) => readonly HostPlan[] {
  return mapModules((modules) => modules.map((module) => (module.name === changed.name ? changed : module)));
}

/** The usual layout, without some modules of the main host. */
export function withoutModules(...names: string[]): (hosts: readonly HostPlan[]) => readonly HostPlan[] {
  return mapModules((modules) => modules.filter(({ name }) => !names.includes(name)));
}

function mapModules(map: (modules: readonly ConfiguredModule[]) => readonly ConfiguredModule[]) {
  return (hosts: readonly HostPlan[]): readonly HostPlan[] =>
    hosts.map((plan) => (plan.name === 'verona.lit' ? { ...plan, modules: map(plan.modules) } : plan));
}

export class Dialogue {
  readonly sessions = new SessionRegistry();
  readonly router: Router;
  readonly stanzas: ClientStanzas;
  readonly #actors: Actor[] = [];

  private constructor(
    readonly domain: string,
    readonly storage: Storage,
    router: Router,
    sessions: SessionRegistry,
    readonly hosts: Hosts,
  ) {
    this.router = router;
    this.sessions = sessions;
    this.stanzas = new ClientStanzas(router, limits);
  }

  /** @param plan changes the hosts of the usual layout */
  static async open(
    plan: (hosts: readonly HostPlan[]) => readonly HostPlan[] = (hosts) => hosts,
    storage: Storage = new MemoryStorage(),
  ): Promise<Dialogue> {
    const domain = 'verona.lit';
    const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
    const sessions = new SessionRegistry();
    const router = new Router(sessions, limits, log);
    const plans = plan(conferencingLayout(domain));
    const hosts = await openHosts(plans, { router, sessions, storage, limits, log });
    return new Dialogue(domain, storage, router, sessions, hosts);
  }

  /** Makes an account, unless there is one. */
  async account(username: string): Promise<void> {
    const accounts = this.hosts.accounts.get(this.domain);
    if ((await accounts?.exists(username)) === false) await accounts?.register(username, 'password');
  }

  async removeAccount(username: string): Promise<void> {
    await this.hosts.accounts.get(this.domain)?.remove(username);
    await this.settles();
  }

  /** A client that has logged in to its account, which is made if need be. It has sent nothing yet. */
  async client(username: string, resource: string): Promise<Actor> {
    await this.account(username);
    return this.#bind(makeJid(username, this.domain, resource));
  }

  /** A client of another host, as a guest or a service. */
  stranger(jid: string): Actor {
    return this.#bind(parseJid(jid));
  }

  /** Until all that has been sent has had its effect: storage in memory takes no longer than the current turn. */
  async settles(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  everybodyIgnoresAll(): void {
    for (const actor of this.#actors) actor.ignoresAll();
  }

  close(): void {
    this.hosts.unload();
  }

  #bind(jid: Jid): Actor {
    const actor = new Actor(this);
    const session = new Session(actor, {
      jid,
      anonymous: jid.domain === `guest.${this.domain}`,
      hibernation: 60_000,
      unackedStanzas: limits.unackedStanzas,
      unackedBytes: limits.unackedBytes,
      onEnd: (ended) => {
        this.sessions.remove(ended);
        this.stanzas.leave(ended);
        this.router.host(jid.domain)?.hooks.emit('session-ended', ended);
      },
    });
    this.sessions.add(session);
    actor.session = session;
    this.#actors.push(actor);
    this.router.host(jid.domain)?.hooks.emit('session-bound', session);
    return actor;
  }
}

/** A client, with all that it has received and not yet looked at. */
export class Actor implements SessionStream {
  readonly inbox: Element[] = [];
  session!: Session;

  constructor(readonly stage: Dialogue) {}

  get jid(): string {
    return this.session.jid.toString();
  }

  get bare(): string {
    return this.session.jid.bare.toString();
  }

  write(xml: string): void {
    this.inbox.push(parse(xml));
  }

  end(): void {
    // There is no connection to end.
  }

  /** Sends a stanza, and waits until it has had its effect. */
  async sends(xml: string): Promise<void> {
    const stanza = read(xml);
    stanza.attrs['xmlns'] = 'jabber:client';
    stanza.attrs['from'] = this.jid;
    this.stage.stanzas.accept(this.session, stanza);
    await this.stage.settles();
  }

  /** Becomes available; what comes of it is passed over, by everybody. */
  async comesOnline(priority = 0): Promise<this> {
    await this.sends(`<presence><priority>${priority}</priority></presence>`);
    this.stage.everybodyIgnoresAll();
    return this;
  }

  /** Asks for its roster, so that it is told of changes. */
  async asksForRoster(): Promise<this> {
    await this.sends("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>");
    this.ignoresAll();
    return this;
  }

  /** Its session ends, without a word. */
  async vanishes(): Promise<void> {
    this.session.end();
    await this.stage.settles();
  }

  /** The next stanza is like this one. */
  receives(xml: string): Element {
    const next = this.inbox.shift();
    const expected = read(xml);
    if (next === undefined) throw new Error(`${this.jid} received nothing instead of ${xml}`);
    const difference = mismatch(next, expected);
    if (difference !== undefined) throw new Error(`${this.jid} received ${difference}:\n${next.toString()}`);
    return next;
  }

  /** These stanzas, in any order. */
  receivesAll(...stanzas: readonly string[]): void {
    for (const xml of stanzas) {
      const expected = read(xml);
      const at = this.inbox.findIndex((stanza) => mismatch(stanza, expected) === undefined);
      if (at === -1) {
        throw new Error(`${this.jid} did not receive ${xml}, but:\n${this.inbox.join('\n')}`);
      }
      this.inbox.splice(at, 1);
    }
    this.receivesNothing();
  }

  receivesNothing(): void {
    const [next] = this.inbox;
    if (next !== undefined) throw new Error(`${this.jid} received ${next.toString()}`);
  }

  /** Passes over whatever has come. */
  ignoresAll(): void {
    this.inbox.length = 0;
  }
}
