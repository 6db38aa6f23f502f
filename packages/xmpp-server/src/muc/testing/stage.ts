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
import { storageOf } from '../../storage/storage.js';
import type { ClientSession, SerializedStanza } from '../../session/client-session.js';
import { mismatch, read } from '../../testing/stanza-match.js';

/** A client, with all that it has received and not yet looked at. */
export class Actor implements ClientSession {
  readonly inbox: Element[] = [];
  readonly jid: Jid;
  readonly presence = undefined;
  readonly priority = undefined;
  readonly isAsleep = false;

  constructor(
    readonly stage: Stage,
    jid: string,
    readonly anonymous: boolean,
  ) {
    this.jid = parseJid(jid);
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

export class Stage {
  readonly host: LocalHost;
  /** What the host sends to addresses that are no actor's. */
  readonly routed: Element[] = [];
  readonly #actors = new Map<string, Actor>();
  readonly #undo: (() => void)[] = [];
  readonly #offers = new Map<string, unknown>();
  readonly #storage = new MemoryStorage();

  constructor(name = 'rooms.verona.lit') {
    this.host = new LocalHost({
      name,
      accounts: undefined,
      accessibleFrom: 'anyone',
      trusted: false,
      pendingRequests: 100,
      requestTimeout: 60_000,
      log: pino({ level: 'silent' }),
      route: (stanza) => this.#route(stanza),
      pass: ({ stanza, origin }) => this.deliver(stanza, origin),
      sessions: () => [],
    });
  }

  /** Loads a module with options as an operator would write them. */
  load<Options, Offer>(module: ModuleDefinition<Options, Offer>, options: unknown = {}): Offer {
    const context: ModuleContext = {
      host: this.host,
      storage: storageOf(this.#storage, this.host.name),
      onUnload: (dispose) => this.#undo.unshift(dispose),
      module: (name) => this.#offers.get(name) as never,
    };
    const offer = module.load(context, module.options.parse(options));
    this.#offers.set(module.name, offer);
    return offer;
  }

  /** Unloads all modules, the last first. */
  unload(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  actor(jid: string, options: { readonly anonymous?: boolean } = {}): Actor {
    const actor = new Actor(this, jid, options.anonymous === true);
    this.#actors.set(actor.jid.toString(), actor);
    return actor;
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
    const { hooks, requests } = this.host;
    if (hooks.emit('stanza', event) === true) return;
    const isAnswer = ['result', 'error'].includes(attribute(stanza, 'type') ?? '');
    if (stanza.is('presence')) hooks.emit('presence', event);
    else if (stanza.is('message')) hooks.emit('message', event);
    else if (!isAnswer || !requests.answer(stanza, event.from, event.to)) hooks.emit('iq', event);
  }

  #route(stanza: Element): void {
    const to = String(stanza.attrs['to']);
    const actors = [...this.#actors.values()].filter(
      ({ jid }) => to === jid.toString() || to === jid.bare.toString(),
    );
    for (const actor of actors) actor.send(stanza);
    if (actors.length === 0) this.routed.push(parse(stanza.toString()));
  }
}
