/**
 * A stage for dialogues in tests: an in-memory component with modules on it, and actors who send stanzas and say which one
 * they receive next. An expected stanza matches when all it says is true of the received one, which may say more.
 */
import { attribute, type Element, parseJid, type Jid } from '@conclave/signaling';
import { parse } from 'ltx';
import { pino } from 'pino';
import type { StanzaEvent } from '../../host/host.js';
import { LocalHost } from '../../host/local-host.js';
import type { ModuleContext, ModuleDefinition } from '../../host/module.js';
import { MemoryStorage } from '../../storage/memory.js';
import { type Storage, storageOf } from '../../storage/storage.js';
import type { TokenIdentity } from '../../accounts/token/identity.js';
import type { ClaimedConference, ClientSession, SerializedStanza } from '../../session/client-session.js';
import { mismatch, read } from '../../testing/stanza-match.js';

interface Role {
  readonly anonymous?: boolean;
  /** What its token says. */
  readonly identity?: TokenIdentity;
  readonly conference?: ClaimedConference;
}

/** A client, with all that it has received and not yet looked at. */
export class Actor implements ClientSession {
  readonly inbox: Element[] = [];
  readonly jid: Jid;
  readonly presence = undefined;
  readonly priority = undefined;
  readonly isAsleep = false;
  readonly anonymous: boolean;
  readonly identity: TokenIdentity | undefined;
  readonly conference: ClaimedConference | undefined;

  constructor(
    readonly stage: Stage,
    jid: string,
    role: Role,
  ) {
    this.jid = parseJid(jid);
    this.anonymous = role.anonymous === true;
    this.identity = role.identity;
    this.conference = role.conference;
  }

  send(stanza: Element): void {
    this.inbox.push(parse(stanza.toString()));
  }

  sendSerialized({ name, xml }: SerializedStanza): void {
    const stanza = parse(xml);
    if (stanza.name !== name || 'to' in stanza.attrs) throw new Error(`not a stanza without \`to\`: ${xml}`);
    stanza.attrs['to'] = this.jid.toString();
    this.inbox.push(stanza);
  }

  renewPresence(): void {
    // It has none.
  }

  hold(): void {
    // Nothing is held back.
  }

  releaseHeld(): void {
    // Nothing was.
  }

  close(): void {
    this.inbox.length = 0;
  }

  /** Sends a stanza; `from` is stamped on it as by the server. */
  sends(xml: string): void {
    const stanza = read(xml);
    stanza.attrs['from'] = this.jid.toString();
    this.stage.deliver(stanza, this);
  }

  /** The next stanza is like this one. */
  receives(xml: string): Element {
    const next = this.inbox.shift();
    const expected = read(xml);
    if (next === undefined) throw new Error(`${this.jid.toString()} received nothing instead of ${xml}`);
    const difference = mismatch(next, expected);
    if (difference !== undefined) {
      throw new Error(`${this.jid.toString()} received ${difference}:\n${next.toString()}`);
    }
    return next;
  }

  receivesNothing(): void {
    const [next] = this.inbox;
    if (next !== undefined) throw new Error(`${this.jid.toString()} received ${next.toString()}`);
  }

  /** Passes over whatever has come. */
  ignoresAll(): void {
    this.inbox.length = 0;
  }

  /** Enters a room, and passes over the welcome. */
  joins(room: string, nick: string, password?: string): void {
    const secret = password === undefined ? '' : `<password>${password}</password>`;
    this.sends(
      `<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'>${secret}</x></presence>`,
    );
    const isError = (stanza: Element) => stanza.attrs['type'] === 'error';
    const error = this.inbox.find(isError);
    if (error !== undefined) throw new Error(`${this.jid.toString()} did not get in: ${error.toString()}`);
    this.stage.everybodyIgnoresAll();
  }

  leaves(room: string): void {
    this.sends(`<presence type='unavailable' to='${room}'/>`);
  }
}

/** A host on the stage, with the modules loaded on it. */
class StageHost {
  readonly host: LocalHost;
  readonly offers = new Map<string, unknown>();

  constructor(
    readonly stage: Stage,
    name: string,
    readonly storage: Storage,
  ) {
    this.host = new LocalHost({
      name,
      accounts: undefined,
      accessibleFrom: 'anyone',
      trusted: false,
      limits: { pendingRequests: 100, requestTimeout: 60_000 },
      log: pino({ level: 'silent' }),
      route: (stanza) => stage.route(stanza),
      pass: ({ stanza, origin }) => stage.deliver(stanza, origin),
      sessions: (account) => stage.actors(account),
    });
  }

  /** Loads a module with options as an operator would write them. */
  load<Options, Offer>(module: ModuleDefinition<Options, Offer>, options: unknown = {}): Offer {
    const context: ModuleContext = {
      host: this.host,
      storage: storageOf(this.storage, this.host.name),
      onUnload: (dispose) => this.stage.undo.unshift(dispose),
      module: (name) => this.offers.get(name) as never,
      neighbour: (name) => {
        const there = this.stage.beside(name);
        return { host: there.host, offered: (offered) => there.offers.get(offered) as never };
      },
    };
    const offer = module.load(context, module.options.parse(options));
    this.offers.set(module.name, offer);
    return offer;
  }
}

export class Stage {
  /** What the host sends to addresses that are no actor's. */
  readonly routed: Element[] = [];
  readonly undo: (() => void)[] = [];
  readonly #main: StageHost;
  readonly #hosts = new Map<string, StageHost>();
  readonly #actors = new Map<string, Actor>();

  constructor(
    name = 'rooms.verona.lit',
    readonly storage: Storage = new MemoryStorage(),
  ) {
    this.#main = this.beside(name);
  }

  get host(): LocalHost {
    return this.#main.host;
  }

  /** Another host of the same server. */
  beside(name: string): StageHost {
    const host = this.#hosts.get(name) ?? new StageHost(this, name, this.storage);
    this.#hosts.set(name, host);
    return host;
  }

  /** Loads a module with options as an operator would write them. */
  load<Options, Offer>(module: ModuleDefinition<Options, Offer>, options: unknown = {}): Offer {
    return this.#main.load(module, options);
  }

  /** Unloads all modules, the last first. */
  unload(): void {
    for (const undo of this.undo.splice(0)) undo();
  }

  actor(jid: string, role: Role = {}): Actor {
    const actor = new Actor(this, jid, role);
    this.#actors.set(actor.jid.toString(), actor);
    return actor;
  }

  actors(account: Jid): Actor[] {
    return [...this.#actors.values()].filter(({ jid }) => jid.bare.equals(account));
  }

  /** It is not there any more, and nobody has been told. */
  vanish(actor: Actor): void {
    this.#actors.delete(actor.jid.toString());
  }

  everybodyIgnoresAll(): void {
    for (const actor of this.#actors.values()) actor.ignoresAll();
  }

  deliver(stanza: Element, origin: ClientSession | undefined): void {
    const event: StanzaEvent = {
      stanza,
      from: parseJid(String(stanza.attrs['from'])),
      to: parseJid(String(stanza.attrs['to'])),
      origin,
    };
    const { hooks, requests } = (this.#hosts.get(event.to.domain) ?? this.#main).host;
    if (hooks.emit('stanza', event) === true) return;
    const isAnswer = ['result', 'error'].includes(attribute(stanza, 'type') ?? '');
    if (stanza.is('presence')) hooks.emit('presence', event);
    else if (stanza.is('message')) hooks.emit('message', event);
    else if (!isAnswer || !requests.answer(stanza, event.from, event.to)) hooks.emit('iq', event);
  }

  /** Takes what a host sends to an actor, or to another host. */
  route(stanza: Element): void {
    const to = String(stanza.attrs['to']);
    const actors = [...this.#actors.values()].filter(
      ({ jid }) => to === jid.toString() || to === jid.bare.toString(),
    );
    for (const actor of actors) actor.send(stanza);
    if (actors.length > 0) return;
    const { domain } = parseJid(to);
    const isOwn = domain === this.host.name && parseJid(String(stanza.attrs['from'])).domain === domain;
    if (!isOwn && this.#hosts.has(domain)) this.deliver(stanza, undefined);
    else this.routed.push(parse(stanza.toString()));
  }
}
