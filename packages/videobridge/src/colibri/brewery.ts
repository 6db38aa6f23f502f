/**
 * The bridge on the wire: an occupant of the brewery room that tells its load in its presence and answers the IQs of the
 * focus: Colibri2, health checks and version. The focus is known by its account, which the room shows.
 */
import {
  type Element,
  attribute,
  decodeConferenceModify,
  el,
  encodeBridgeStats,
  encodeConferenceModified,
  firstChild,
  NS,
  type StanzaError,
  stanzaError,
  tryParseJid,
} from '@conclave/signaling';
import { type RoomMembership, stayInRoom, type XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';

import type { Bridge } from '../conference/bridge.js';
import type { Health } from '../operation/health.js';
import { modifyConference, type WebSocketUrls } from './conference-modify.js';
import { type BridgeStatistics, VERSION } from './stats.js';

export interface BreweryOptions {
  /** Bare JID of the brewery. */
  readonly room: string;
  /** Unique among the bridges. */
  readonly nick: string;
  /** Bare JID of the focus's account. */
  readonly focus: string;
  readonly webSocketUrls: WebSocketUrls;
  readonly statistics: () => BridgeStatistics;
  readonly health: () => Health;
}

/** Between two presences, in ms. */
const PRESENCE_INTERVAL = 5000;

export class Brewery {
  readonly #membership: RoomMembership;
  readonly #timer: NodeJS.Timeout;
  readonly #undo: (() => void)[];

  constructor(
    connection: XmppConnection,
    private readonly bridge: Bridge,
    private readonly options: BreweryOptions,
    private readonly log: Logger,
  ) {
    const { room, nick } = options;
    this.#undo = [
      connection.handleIq({ name: 'conference-modify', xmlns: NS.colibri2 }, (iq) =>
        this.#fromFocus(iq, (request) => this.#modify(request)),
      ),
      connection.handleIq({ name: 'healthcheck', xmlns: NS.healthcheck }, (iq) =>
        this.#fromFocus(iq, () => {
          const { healthy, reason } = this.options.health();
          return healthy ? undefined : stanzaError('internal-server-error', reason);
        }),
      ),
      connection.handleIq({ name: 'query', xmlns: NS.version }, (iq) => this.#fromFocus(iq, version)),
    ];
    this.#membership = stayInRoom(connection, { room, nick, extensions: [this.#presence()], log });
    this.#membership.on('entered', () => log.info({ room, nick }, 'in the brewery'));
    this.#membership.on('failed', (outcome) =>
      log.warn({ room, outcome: outcome.kind }, 'the brewery refuses us'),
    );
    this.#timer = setInterval(() => this.#membership.setPresence([this.#presence()]), PRESENCE_INTERVAL);
  }

  /** Calls `listener` each time the bridge has entered the brewery. */
  onEntered(listener: () => void): void {
    this.#membership.on('entered', listener);
  }

  /** Whether the bridge is in the brewery, where the focus finds it. */
  get entered(): boolean {
    return this.#membership.current !== undefined;
  }

  #presence(): Element {
    return encodeBridgeStats(this.options.statistics());
  }

  /** Runs `handler` if the sender is an occupant of the brewery whose real address is the focus's. */
  #fromFocus(
    iq: Element,
    handler: (payload: Element) => Element | StanzaError | undefined,
  ): Element | StanzaError | undefined {
    const from = tryParseJid(attribute(iq, 'from'));
    const room = this.#membership.current;
    const occupant =
      room !== undefined && from?.bare.toString() === room.jid
        ? room.occupants.get(from.resource ?? '')
        : undefined;
    const account = tryParseJid(occupant?.realJid)?.bare.toString();
    if (account !== this.options.focus) {
      this.log.warn({ from: attribute(iq, 'from') }, 'refused a request that is not from the focus');
      return stanzaError('forbidden');
    }
    const payload = firstChild(iq);
    return payload === undefined ? stanzaError('bad-request') : handler(payload);
  }

  #modify(payload: Element): Element | StanzaError {
    const answer = modifyConference(this.bridge, decodeConferenceModify(payload), this.options.webSocketUrls);
    return 'condition' in answer ? answer : encodeConferenceModified(answer);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const undo of this.#undo) undo();
    this.#membership.leave();
  }
}

function version(): Element {
  return el(
    'query',
    { xmlns: NS.version },
    el('name', {}, 'Conclave videobridge'),
    el('version', {}, VERSION),
    el('os', {}, process.platform),
  );
}
