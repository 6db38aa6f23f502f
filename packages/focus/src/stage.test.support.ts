/** The world around the focus in tests: an XMPP server with rooms, bridges in the brewery, and clients that say what the test says. */
import {
  el,
  type Element,
  encodeBridgeStats,
  encodeDiscoInfo,
  encodeJingle,
  firstChild,
  type Jingle,
  type JingleAction,
  NS,
  parseStanzaError,
  type StanzaError,
} from '@conclave/signaling';
import { pino } from 'pino';
import type { RunningConference } from './conference/journal.js';
import { type Focus, runFocus } from './focus.js';
import { focusSettings } from './options.js';
import { type ScriptedAnswer, ScriptedConnection } from './scripted-connection.test.support.js';
import { answerAsBridge, type StageBridge } from './stage-bridge.test.support.js';
import { answerAsClient, JITSI_FEATURES, type StageClient } from './stage-client.test.support.js';
import { BREWERY, DOMAIN, FOCUS_JID, occupantPresence, ownerForm, ROOM } from './stage-room.test.support.js';
import { settled, VirtualClock } from './virtual-clock.test.support.js';

/** What D announces. */
const COMPONENTS = [
  { category: 'server', type: 'im' },
  { category: 'component', type: 'av_moderation', name: `avmoderation.${DOMAIN}` },
  { category: 'component', type: 'room_metadata', name: `metadata.${DOMAIN}` },
  { category: 'component', type: 'visitors', name: `visitors.${DOMAIN}` },
];

export class Stage {
  readonly clock = new VirtualClock();
  readonly connection = new ScriptedConnection(`${FOCUS_JID}/focus`, this.clock);
  readonly focus: Focus;
  readonly clients = new Map<string, StageClient>();
  readonly bridges = new Map<string, StageBridge>();
  /** Rooms that the focus is in. */
  readonly entered = new Set<string>();
  /** What the focus has written down. */
  journal: string | undefined;
  /** Bare JIDs that were made owner. */
  readonly owners: string[] = [];
  /** Overrides answers to what is sent. */
  override: ((iq: Element) => ScriptedAnswer | 'default') | undefined;
  #count = 0;

  /** @param left what a focus before this one has left behind */
  constructor(settings: object = {}, left: readonly RunningConference[] = []) {
    this.connection.answer = (iq) => this.#answer(iq);
    this.connection.onSend = (stanza) => this.#onPresence(stanza);
    this.focus = runFocus(focusSettings.parse({ domain: DOMAIN, ...settings }), {
      connection: this.connection,
      focusJid: FOCUS_JID,
      clock: this.clock,
      random: {
        uuid: () => `uuid-${++this.#count}`,
        sid: () => `sid-${++this.#count}`,
        ssrc: () => 900_000 + ++this.#count,
      },
      log: pino({ level: process.env['FOCUS_TEST_LOG'] ?? 'silent' }),
      left,
      journal: {
        read: () => Promise.resolve(this.journal),
        replace: (text) => Promise.resolve(void (this.journal = text)),
      },
    });
  }

  /** Sends a conference request through the proxy, in the name of `sender`. */
  async request(
    sender: string,
    attributes: Record<string, string> = {},
    properties: Record<string, string> = {},
  ): Promise<{ conference: Element | undefined; error: StanzaError | undefined }> {
    const reply = await this.connection.ask(
      el(
        'iq',
        { type: 'set', id: 'c1', from: `focus.${DOMAIN}/${sender}`, to: `${FOCUS_JID}/focus` },
        el(
          'conference',
          { xmlns: NS.focus, room: ROOM, 'machine-uid': 'machine-1', ...attributes },
          Object.entries(properties).map(([name, value]) => el('property', { name, value })),
        ),
      ),
    );
    return { conference: reply.getChild('conference', NS.focus), error: parseStanzaError(reply) };
  }

  /** A bridge enters the brewery. */
  async addBridge(nick = 'jvb1', stats: Record<string, string> = {}): Promise<StageBridge> {
    const bridge: StageBridge = {
      jid: `${BREWERY}/${nick}`,
      requests: [],
      answer: undefined,
      health: undefined,
    };
    this.bridges.set(bridge.jid, bridge);
    this.reportBridge(bridge, { stress_level: '0.1', drain: 'false', ...stats });
    await settled();
    return bridge;
  }

  reportBridge(bridge: StageBridge, stats: Record<string, string>, realJid = `jvb@auth.${DOMAIN}/1`): void {
    this.connection.deliver(occupantPresence(bridge.jid, realJid, {}, [encodeBridgeStats(stats)]));
  }

  /** A service is in a brewery of `internal.auth.D` and tells how it is; the answer is its occupant JID. */
  async brew(brewery: string, nick: string, status: Element, realJid = `${nick}@auth.${DOMAIN}/1`) {
    const jid = `${brewery}@internal.auth.${DOMAIN}/${nick}`;
    this.connection.deliver(occupantPresence(jid, realJid, {}, [status]));
    await settled();
    return jid;
  }

  /** It is gone. */
  async vanish(jid: string): Promise<void> {
    this.connection.deliver(occupantPresence(jid, undefined, { unavailable: true }));
    await settled();
  }

  async removeBridge(bridge: StageBridge): Promise<void> {
    this.bridges.delete(bridge.jid);
    this.connection.deliver(occupantPresence(bridge.jid, undefined, { unavailable: true }));
    await settled();
  }

  /** A client enters the room and everything that follows happens. */
  async join(
    nick: string,
    options: {
      realJid?: string;
      features?: string[];
      children?: Element[];
      room?: string;
      role?: string;
    } = {},
  ) {
    const client: StageClient = {
      nick,
      jid: `${options.room ?? ROOM}/${nick}`,
      realJid: options.realJid ?? `${nick}@guest.${DOMAIN}/r`,
      features: options.features ?? JITSI_FEATURES,
      answer: undefined,
      jingles: [],
      iqs: [],
    };
    this.clients.set(client.jid, client);
    const { role = 'participant', children } = options;
    this.connection.deliver(occupantPresence(client.jid, client.realJid, { role }, children));
    await settled();
    return client;
  }

  /** @param status what the client says on leaving */
  async leave(client: StageClient, status?: string): Promise<void> {
    this.clients.delete(client.jid);
    const said = status === undefined ? [] : [el('status', {}, status)];
    this.connection.deliver(occupantPresence(client.jid, undefined, { unavailable: true }, said));
    await settled();
  }

  /** The client's role or affiliation changes. */
  promote(client: StageClient, affiliation: string, role: string): void {
    this.connection.deliver(occupantPresence(client.jid, client.realJid, { affiliation, role }));
  }

  /** The client updates its presence. */
  present(client: StageClient, ...children: Element[]): void {
    this.connection.deliver(occupantPresence(client.jid, client.realJid, {}, children));
  }

  /** A component of the XMPP server says something to the focus. */
  async notice(from: string, json: unknown, attributes: Record<string, string> = {}): Promise<void> {
    const text = typeof json === 'string' ? json : JSON.stringify(json);
    const envelope = el('json-message', { xmlns: NS.jitmeet, ...attributes }, text);
    this.connection.deliver(el('message', { from, to: `${FOCUS_JID}/focus` }, envelope));
    await settled();
  }

  /** The client sends a Jingle action; the answer is its error, if it is one. */
  async jingle(client: StageClient, action: JingleAction, parts: Partial<Jingle> = {}) {
    const sid =
      parts.sid ?? client.jingles.findLast((jingle) => jingle.action === 'session-initiate')?.sid ?? '';
    const payload = encodeJingle({ action, sid, contents: [], bundle: [], ...parts });
    return parseStanzaError(await this.ask(client, payload));
  }

  /** The client, or a service, sends an IQ set to the focus. */
  async ask(client: { readonly jid: string }, payload: Element): Promise<Element> {
    const to = `${FOCUS_JID}/focus`;
    const reply = await this.connection.ask(
      el('iq', { type: 'set', id: 'q1', from: client.jid, to }, payload),
    );
    await settled();
    return reply;
  }

  /** The children of the focus's latest presence in the room. */
  get focusPresence(): Element | undefined {
    return this.connection.sent.findLast(
      (stanza) => stanza.name === 'presence' && stanza.attrs['to'] === `${ROOM}/focus`,
    );
  }

  #onPresence(stanza: Element): void {
    if (stanza.name !== 'presence') return;
    const to = String(stanza.attrs['to']);
    const room = to.slice(0, to.indexOf('/'));
    if (stanza.attrs['type'] === 'unavailable') this.entered.delete(room);
    else if (stanza.getChild('x', NS.muc)) {
      queueMicrotask(() => {
        const others = [...this.clients.values()].filter(({ jid }) => jid.startsWith(`${room}/`));
        for (const { jid, realJid } of others) this.connection.deliver(occupantPresence(jid, realJid));
        if (room === BREWERY) for (const bridge of this.bridges.values()) this.reportBridge(bridge, {});
        const codes = others.length > 0 || this.entered.has(room) ? [110] : [110, 201];
        this.entered.add(room);
        this.connection.deliver(
          occupantPresence(to, undefined, { affiliation: 'owner', role: 'moderator', codes }),
        );
      });
    }
  }

  #answer(iq: Element): ScriptedAnswer {
    const overridden = this.override?.(iq) ?? 'default';
    if (overridden !== 'default') return overridden;
    const to = String(iq.attrs['to']);
    const payload = firstChild(iq) ?? iq;
    const client = this.clients.get(to);
    if (client) return answerAsClient(client, iq, payload);
    const bridge = this.bridges.get(to);
    if (bridge) return answerAsBridge(bridge, payload);
    if (to === DOMAIN) return encodeDiscoInfo({ identities: COMPONENTS, features: [], forms: [] });
    if (payload.is('query', NS.mucOwner)) return iq.attrs['type'] === 'get' ? ownerForm(to) : undefined;
    const item = payload.is('query', NS.mucAdmin) ? payload.getChild('item') : undefined;
    if (item?.attrs['affiliation'] === 'owner') this.owners.push(String(item.attrs['jid']));
    return undefined;
  }
}
