/**
 * Answers the focus's Jingle: it invites us into one media session at a time, changes its sources and ends it; we accept, and
 * ask for another when the path to the bridge breaks. Every IQ is acknowledged before anything is done about it.
 */
import {
  type BridgeMessage,
  type Element,
  type Jingle,
  type JingleReason,
  type MediaType,
  NS,
  SignalingError,
  type StanzaError,
  decodeJingle,
  el,
  encodeJingle,
  jingleErrorCondition,
  stanzaError,
} from '@conclave/signaling';
import { BridgeChannel, bridgeRoute } from '../bridge-channel/channel.js';
import { type Log, silent } from '../log.js';
import type { XmppConnection } from '../xmpp/connection.js';
import { localSourceName } from './answer-sdp.js';
import { IceRecovery } from './ice-recovery.js';
import { type MediaConnectionState, MediaSession, type RemoteTrack } from './media-session.js';
import { onNetworkChange } from './network-changes.js';

/** Whether media flows: `none` while nobody else is there and so there is nothing to connect. */
export type MediaState = 'none' | MediaConnectionState;

interface InvitationEvents {
  remoteTracks(tracks: readonly RemoteTrack[]): void;
  mediaState(state: MediaState): void;
  /** The focus wants newcomers to begin muted. */
  startMuted(media: MediaType): void;
  bridgeMessage(message: BridgeMessage): void;
}

export interface InvitationOptions {
  readonly connection: XmppConnection;
  /** Occupant JID of the focus. */
  readonly focus: string;
  /** Our endpoint id. */
  readonly endpoint: string;
  /** Absent where there is no WebRTC: invitations are declined. */
  readonly createPeerConnection: (() => RTCPeerConnection) | undefined;
  /** Names of the codecs that the camera is sent in, the best first; undefined: VP8. */
  readonly videoCodecs?: readonly string[] | undefined;
  /** STUN and TURN servers for a connection that begins now; must not reject. Default: none. */
  readonly iceServers?: () => Promise<readonly RTCIceServer[]>;
  /** For who only looks on: nothing is sent, and no sources are announced. */
  readonly receiveOnly?: boolean;
  readonly tracks: () => Readonly<Record<MediaType, MediaStreamTrack | undefined>>;
  readonly events: InvitationEvents;
  readonly log?: Log;
}

/** Requests for another session in a row, before media counts as failed. */
const maxRestarts = 3;
/** Lines of video that we want from each source. */
const wantedHeight = 720;

export class Invitations {
  private session: MediaSession | undefined;
  private channel: BridgeChannel | undefined;
  private recovery: IceRecovery | undefined;
  private restarts = 0;
  /** Of the last ICE restart in this session. */
  private iceGeneration = 0;
  private forgetNetwork: () => void = () => undefined;
  private readonly log: Log;

  constructor(private readonly options: InvitationOptions) {
    this.log = options.log ?? silent;
  }

  /** The answer to a Jingle IQ of the focus; the caller has made sure that it is from the focus. */
  receive(iq: Element): StanzaError | undefined {
    const element = iq.getChild('jingle', NS.jingle);
    if (!element) return stanzaError('bad-request');
    let jingle: Jingle;
    try {
      jingle = decodeJingle(element);
    } catch (error) {
      if (!(error instanceof SignalingError)) throw error;
      return stanzaError(error.condition, error.message);
    }
    const { action, sid } = jingle;
    if (action === 'session-initiate') return this.invited(jingle);
    if (this.session?.sid !== sid) {
      return stanzaError('item-not-found', undefined, jingleErrorCondition('unknown-session'));
    }
    switch (action) {
      case 'source-add':
        void this.session.addSources(jingle);
        return undefined;
      case 'source-remove':
        void this.session.removeSources(jingle);
        return undefined;
      case 'session-terminate':
        this.end();
        return undefined;
      case 'transport-info':
        void this.iceRestarted(jingle);
        return undefined;
      default:
        return stanzaError('feature-not-implemented');
    }
  }

  setTrack(media: MediaType, track: MediaStreamTrack | undefined): void {
    void this.session?.setTrack(media, track);
    if (media === 'video') this.channel?.send(this.videoType());
  }

  /** These endpoints are in the room; nobody else's sources are kept. */
  keepOwners(owners: ReadonlySet<string>): void {
    void this.session?.keepOwners(owners);
  }

  /** Ends the session on our side, without a word to the focus. */
  end(): void {
    this.forgetNetwork();
    this.recovery?.close();
    this.channel?.close();
    this.session?.close();
    this.channel = undefined;
    this.session = undefined;
    this.options.events.remoteTracks([]);
    this.options.events.mediaState('none');
  }

  private invited(offer: Jingle): StanzaError | undefined {
    if (this.session?.sid === offer.sid) return stanzaError('service-unavailable');
    const { createPeerConnection, events, endpoint, videoCodecs, iceServers } = this.options;
    if (this.session) this.end();
    if (!createPeerConnection) {
      void this.terminate(offer, { condition: 'unsupported-applications' }, false);
      return undefined;
    }
    let session: MediaSession;
    const current = () => this.session === session;
    try {
      session = new MediaSession({
        offer,
        endpoint,
        ...(videoCodecs && { videoCodecs }),
        peerConnection: createPeerConnection(),
        ...(iceServers && { iceServers: iceServers() }),
        tracks: this.options.tracks(),
        receiveOnly: this.options.receiveOnly === true,
        events: {
          accept: (contents) => this.accept(offer, contents),
          remoteTracks: (tracks) => current() && events.remoteTracks(tracks),
          connectionState: (state) => current() && this.onConnectionState(state),
          failed: (error) => {
            this.log.warn('media session failed', { error: String(error) });
            if (current()) this.restart(offer, { condition: 'failed-application' });
          },
        },
      });
    } catch (error) {
      return stanzaError('not-acceptable', error instanceof Error ? error.message : undefined);
    }
    this.session = session;
    this.iceGeneration = 0;
    const recovery = new IceRecovery({
      ask: () => this.askIceRestart(offer),
      giveUp: () => this.restart(offer, { condition: 'connectivity-error', text: 'ICE FAILED' }),
    });
    this.recovery = recovery;
    this.forgetNetwork = onNetworkChange(() => recovery.networkChanged());
    events.mediaState('connecting');
    if (offer.startMuted?.audio) events.startMuted('audio');
    if (offer.startMuted?.video) events.startMuted('video');
    this.openChannel(session, offer);
    return undefined;
  }

  private openChannel(session: MediaSession, offer: Jingle): void {
    const webSockets = offer.contents.flatMap(({ transport }) => transport?.webSockets ?? []);
    const route = bridgeRoute(session.dataChannel, webSockets);
    if (!route) return;
    this.channel = new BridgeChannel({
      route,
      greeting: () => [
        {
          colibriClass: 'ReceiverVideoConstraints',
          lastN: -1,
          defaultConstraints: { maxHeight: wantedHeight },
        },
        ...(this.options.receiveOnly ? [] : [this.videoType()]),
      ],
      onMessage: (message) => this.onBridgeMessage(message),
      log: this.log,
    });
  }

  private onBridgeMessage(message: BridgeMessage): void {
    const { endpoint, events } = this.options;
    if (message.colibriClass === 'SenderSourceConstraints') {
      if (message.sourceName === localSourceName(endpoint, 'video'))
        void this.session?.limitVideo(message.maxHeight);
      return;
    }
    events.bridgeMessage(message);
  }

  private onConnectionState(state: MediaConnectionState): void {
    if (state === 'connected') this.restarts = 0;
    this.options.events.mediaState(state === 'failed' ? 'interrupted' : state);
    this.recovery?.pathIs(state);
  }

  /** Asks for other ICE credentials in this session; they come in a transport-info. */
  private async askIceRestart({ sid, bridgeSession }: Jingle): Promise<boolean> {
    if (!bridgeSession) return false;
    return this.send({
      action: 'session-info',
      sid,
      contents: [],
      bundle: [],
      bridgeSession: { id: bridgeSession.id, iceRestart: true },
    });
  }

  /**
   * Candidates of a bridge are complete in its offer: a transport-info is about an ICE restart, and is answered with our side's
   * credentials and the same generation.
   */
  private async iceRestarted({ sid, contents }: Jingle): Promise<void> {
    const transport = contents.find((content) => content.transport?.iceGeneration !== undefined)?.transport;
    const { session } = this;
    const { ufrag, pwd, iceGeneration = 0 } = transport ?? {};
    if (!session || !transport || ufrag === undefined || pwd === undefined) return;
    if (iceGeneration <= this.iceGeneration) return;
    this.iceGeneration = iceGeneration;
    const [content] = await session.restartIce({ ufrag, pwd, candidates: transport.candidates });
    if (!content?.transport || this.session !== session) return;
    const { name, creator, senders } = content;
    const answer = { name, creator, senders, transport: { ...content.transport, iceGeneration } };
    await this.send({ action: 'transport-info', sid, contents: [answer], bundle: [] });
  }

  private restart(offer: Jingle, reason: JingleReason): void {
    this.end();
    const again = this.restarts < maxRestarts;
    this.restarts += 1;
    this.options.events.mediaState(again ? 'interrupted' : 'failed');
    void this.terminate(offer, reason, again).then((done) => {
      if (!done && !this.session) this.options.events.mediaState('failed');
    });
  }

  private async accept(offer: Jingle, contents: Jingle['contents']): Promise<void> {
    const accepted = await this.send({
      action: 'session-accept',
      sid: offer.sid,
      ...(offer.initiator !== undefined && { initiator: offer.initiator }),
      contents,
      bundle: contents.map(({ name }) => name),
    });
    if (!accepted) throw new Error('the focus did not take our session-accept');
  }

  private terminate(offer: Jingle, reason: JingleReason, restart: boolean): Promise<boolean> {
    const { sid, bridgeSession } = offer;
    return this.send({
      action: 'session-terminate',
      sid,
      contents: [],
      bundle: [],
      reason,
      ...(bridgeSession && { bridgeSession: { id: bridgeSession.id, restart } }),
    });
  }

  private async send(jingle: Jingle): Promise<boolean> {
    const iq = el('iq', { type: 'set', to: this.options.focus }, encodeJingle(jingle));
    const answer = await this.options.connection.request(iq, 10_000);
    return answer.kind === 'result';
  }

  private videoType(): BridgeMessage {
    const sourceName = localSourceName(this.options.endpoint, 'video');
    const videoType = this.options.tracks().video ? 'camera' : 'none';
    return { colibriClass: 'SourceVideoTypeMessage', sourceName, videoType };
  }
}
