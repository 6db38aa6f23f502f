/** Our membership in the room (XEP-0045): who is in it, how we get in, what we tell it, and what moderators do to it. */
import {
  type Element,
  NS,
  type StanzaError,
  decodeDiscoInfo,
  el,
  encodeMucAdmin,
  encodeMucConfig,
  joinPresence,
} from '@conclave/signaling';
import type { XmppConnection } from '../xmpp/connection.js';
import { type Occupant, type RoomPresence, readRoomPresence } from './occupant.js';

export type JoinOutcome =
  | { readonly kind: 'joined' }
  | { readonly kind: 'refused'; readonly error: StanzaError }
  | { readonly kind: 'timeout' };

const joinTimeout = 15_000;
const historyLength = 50;

export class Room {
  private readonly known = new Map<string, Occupant>();
  private pending: ((outcome: JoinOutcome) => void) | undefined;
  private inside = false;

  constructor(
    private readonly connection: XmppConnection,
    /** Bare JID. */
    readonly jid: string,
    readonly nick: string,
  ) {}

  /** Everyone in the room, ourselves and the focus included, by nickname. */
  get occupants(): ReadonlyMap<string, Occupant> {
    return this.known;
  }

  get joined(): boolean {
    return this.inside;
  }

  /** Asks to be let in; `extensions` are the children of our presence. */
  join(password: string | undefined, extensions: readonly Element[]): Promise<JoinOutcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.pending?.({ kind: 'timeout' }), joinTimeout);
      this.pending = (outcome) => {
        clearTimeout(timer);
        this.pending = undefined;
        resolve(outcome);
      };
      const { jid: room, nick } = this;
      const maxHistory = historyLength;
      this.connection.send(
        joinPresence({ room, nick, maxHistory, extensions, ...(password !== undefined && { password }) }),
      );
    });
  }

  /** Tells the room that something about us changed. */
  update(extensions: readonly Element[]): void {
    if (this.inside) this.connection.send(el('presence', { to: `${this.jid}/${this.nick}` }, extensions));
  }

  leave(): void {
    this.connection.send(el('presence', { to: `${this.jid}/${this.nick}`, type: 'unavailable' }));
    this.inside = false;
  }

  /** Takes in a presence and says what it meant; undefined when it was not for this room. */
  receive(presence: Element): RoomPresence | undefined {
    const read = readRoomPresence(presence, this.jid);
    switch (read?.kind) {
      case 'present':
        this.known.set(read.occupant.nick, read.occupant);
        // Others come first, our own presence last (s.7.2.2): now the list is complete.
        if (read.occupant.nick === this.nick) {
          this.inside = true;
          this.pending?.({ kind: 'joined' });
        }
        break;
      case 'gone':
        this.known.delete(read.nick);
        if (read.nick === this.nick) this.inside = false;
        break;
      case 'refused':
        this.pending?.(read);
        break;
      case undefined:
    }
    return read;
  }

  /** Puts an occupant out (s.8.2). False when the room did not allow it. */
  async kick(nick: string, reason?: string): Promise<boolean> {
    return this.set(encodeMucAdmin({ nick, role: 'none', ...(reason !== undefined && { reason }) }));
  }

  /** Sets the password that newcomers need, or takes it away. False when the room did not allow it. */
  async setPassword(password: string | undefined): Promise<boolean> {
    return this.set(
      encodeMucConfig({
        'muc#roomconfig_roomsecret': password ?? '',
        'muc#roomconfig_passwordprotectedroom': password !== undefined,
        'muc#roomconfig_whois': 'anyone',
      }),
    );
  }

  /** Whether newcomers need a password (s.6.4); undefined when the room does not say. */
  async isLocked(): Promise<boolean | undefined> {
    const query = el('query', { xmlns: NS.discoInfo });
    const answer = await this.connection.request(el('iq', { type: 'get', to: this.jid }, query));
    if (answer.kind !== 'result') return undefined;
    const info = answer.iq.getChild('query', NS.discoInfo);
    try {
      return info && decodeDiscoInfo(info).features.includes('muc_passwordprotected');
    } catch {
      return undefined;
    }
  }

  private async set(payload: Element): Promise<boolean> {
    const answer = await this.connection.request(el('iq', { type: 'set', to: this.jid }, payload));
    return answer.kind === 'result';
  }
}
