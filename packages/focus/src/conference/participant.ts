/** A member's part in media: its Jingle session, its endpoint on a bridge, and what it has been told of the others' sources. */
import { el, encodeJingle, type Jingle, type JingleReason } from '@conclave/signaling';
import type { IqOutcome, XmppConnection } from '@conclave/xmpp-connection';
import type { ColibriSession } from '../bridges/colibri-session.js';
import type { ClientFeatures } from '../jingle/features.js';
import { sourceChange } from '../jingle/offer.js';
import type { JingleSession } from '../jingle/session.js';
import { SourceSignaling } from './source-signaling.js';

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

  constructor(parts: {
    endpointId: string;
    occupantJid: string;
    features: ClientFeatures;
    stripSimulcast: boolean;
    ssrcRewriting: boolean;
    connection: XmppConnection;
  }) {
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

  request(jingle: Jingle): Promise<IqOutcome> {
    return this.#connection.request(el('iq', { type: 'set', to: this.#occupantJid }, encodeJingle(jingle)));
  }

  /** Tells the participant what has changed among the others; waits until it has accepted its session. */
  signalSources(): void {
    const { jingle } = this;
    if (jingle?.state !== 'active') return;
    const { add, remove } = this.signaling.update();
    const session = { sid: jingle.sid, initiator: this.initiator, features: this.features };
    if (remove.size > 0) void this.request(sourceChange('source-remove', session, remove));
    if (add.size > 0) void this.request(sourceChange('source-add', session, add));
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
