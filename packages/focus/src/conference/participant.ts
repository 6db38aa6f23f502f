/** A member's part in media: its Jingle session, its endpoint on a bridge, and what it has been told of the others' sources. */
import { el, encodeJingle, type IceTransport, type Jingle, type JingleReason } from '@conclave/signaling';
import type { IqOutcome, XmppConnection } from '@conclave/xmpp-connection';
import type { ColibriSession } from '../bridges/colibri-session.js';
import type { ClientFeatures } from '../jingle/features.js';
import { sourceChange } from '../jingle/offer.js';
import { jingled, type Tally } from '../tally.js';
import type { JingleSession } from '../jingle/session.js';
import { SourceSignaling, type SourcesByOwner } from './source-signaling.js';

export class Participant {
  /** Nickname = endpoint id. */
  readonly endpointId: string;
  readonly features: ClientFeatures;
  readonly signaling: SourceSignaling;
  /** Whether the bridge sends it everything on few SSRCs, and tells it what is on which. */
  readonly ssrcRewriting: boolean;
  /** Where its endpoint is allocated or being allocated; absent while no bridge is available. */
  bridge: ColibriSession | undefined;
  /** Its session with the focus, from the offer on. */
  jingle: JingleSession | undefined;
  readonly #occupantJid: string;
  readonly #connection: XmppConnection;
  readonly #tally: Tally;
  /** Sources that it was told of and has not confirmed: they may be on their way still. */
  readonly #onTheWay = new Set<SourcesByOwner>();

  constructor(parts: {
    endpointId: string;
    occupantJid: string;
    features: ClientFeatures;
    stripSimulcast: boolean;
    ssrcRewriting: boolean;
    connection: XmppConnection;
    tally: Tally;
  }) {
    this.#tally = parts.tally;
    this.endpointId = parts.endpointId;
    this.features = parts.features;
    this.ssrcRewriting = parts.ssrcRewriting;
    this.signaling = new SourceSignaling({
      media: parts.features.media,
      stripSimulcast: parts.stripSimulcast,
      ssrcRewriting: parts.ssrcRewriting,
    });
    this.#occupantJid = parts.occupantJid;
    this.#connection = parts.connection;
  }

  /** Full JID of the focus, the initiator of every session. */
  get initiator(): string {
    return this.#connection.jid ?? '';
  }

  /** @param told the sources of others in it */
  async request(jingle: Jingle, told?: SourcesByOwner): Promise<IqOutcome> {
    this.#tally.add(jingled(jingle.action, 'sent'));
    if (told) this.#onTheWay.add(told);
    const iq = el('iq', { type: 'set', to: this.#occupantJid }, encodeJingle(jingle));
    const outcome = await this.#connection.request(iq);
    if (told) this.#onTheWay.delete(told);
    return outcome;
  }

  /**
   * `owner` has left the room. The participant learns that from presence and forgets what it was told; but what is still on
   * its way may arrive after that presence, and then only we can take it back.
   */
  ownerLeft(owner: string): void {
    if (![...this.#onTheWay].some((told) => told.has(owner))) {
      this.signaling.forget(owner);
      return;
    }
    this.signaling.removeAll(owner);
    this.signalSources();
  }

  /** Tells the participant what has changed among the others; waits until it has accepted its session. */
  signalSources(): void {
    const { jingle } = this;
    if (jingle?.state !== 'active') return;
    const { add, remove } = this.signaling.update();
    const session = { sid: jingle.sid, initiator: this.initiator, features: this.features };
    if (remove.size > 0) void this.request(sourceChange('source-remove', session, remove));
    if (add.size > 0) void this.request(sourceChange('source-add', session, add), add);
  }

  /** Tells the participant the bridge's new transport, once for each restart of ICE; says whether there is one to tell. */
  signalTransport(transport: IceTransport): boolean {
    const { jingle } = this;
    const { iceGeneration } = transport;
    if (jingle?.state !== 'active' || iceGeneration === undefined) return false;
    if (iceGeneration <= jingle.iceGeneration) return false;
    jingle.iceGeneration = iceGeneration;
    void this.request({
      action: 'transport-info',
      sid: jingle.sid,
      initiator: this.initiator,
      contents: [{ name: 'audio', creator: 'initiator', senders: 'both', transport }],
      bundle: [],
    });
    return true;
  }

  /** Ends the Jingle session by telling the participant why. */
  terminate(reason: JingleReason): void {
    const { jingle } = this;
    if (!jingle?.on('end')) return;
    void this.request({
      action: 'session-terminate',
      sid: jingle.sid,
      initiator: this.initiator,
      contents: [],
      bundle: [],
      reason,
    });
  }
}
