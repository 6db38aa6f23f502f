/**
 * A conference from one participant's side: connects, waits for the host, enters the room, answers the focus's invitations,
 * and comes back by itself after the network broke. What can be seen of it is `state`; what can be done are its methods.
 */
import {
  type BridgeMessage,
  type Element,
  NS,
  type StanzaError,
  attribute,
  stanzaError,
} from '@conclave/signaling';
import { Invitations } from '../jingle/invitations.js';
import type { RemoteTrack } from '../jingle/media-session.js';
import { type Log, silent } from '../log.js';
import { type DeviceKind, isMuted, trackOf } from '../media/local-media.js';
import { Cell, type Observable } from '../observable.js';
import { type ConnectionFailure, type XmppConnection, openConnection } from '../xmpp/connection.js';
import { ExternalServices } from '../xmpp/external-services.js';
import { isConfigurationChange, readChatMessage, roomMessage } from './chat.js';
import { enter } from './entry.js';
import { discoAnswer } from './features.js';
import { Identity, randomHex } from './identity.js';
import type { JoinOptions } from './join-options.js';
import { loginForSession, logout } from './login.js';
import { type RoomPresence, isFocus } from './occupant.js';
import { presenceExtensions } from './own-presence.js';
import { mainPlace } from './place.js';
import { requestConference } from './request.js';
import { Room } from './room.js';
import {
  type ConferenceState,
  initialState,
  participantsOf,
  selfOf,
  visitorsOf,
  withMessage,
} from './state.js';
import { type ConferenceErrorCode, type ConferenceEvent, isFinal, transition } from './status.js';
import {
  type PromotionResponse,
  type Visit,
  type VisitorNotice,
  demotion,
  promotionAnswer,
  readPromotionResponse,
  readVisitorNotice,
  withNotice,
} from './visitors.js';
import { Whereabouts } from './whereabouts.js';

const failureCodes: Readonly<Record<ConnectionFailure, ConferenceErrorCode>> = {
  unreachable: 'server-unreachable',
  'authentication-failed': 'server-refused',
  'no-mechanism': 'server-refused',
  'stream-ended': 'connection-ended',
};

const deviceKinds = { audio: 'microphone', video: 'camera' } as const satisfies Record<string, DeviceKind>;

export class Conference {
  private readonly cell: Cell<ConferenceState>;
  private readonly identity: Identity;
  private readonly log: Log;
  private readonly random: () => number;
  private readonly whereabouts: Whereabouts;
  private connection: XmppConnection;
  private externalServices: ExternalServices;
  private readonly stopWatchingDevices: (() => void) | undefined;
  private room: Room | undefined;
  private invitations: Invitations | undefined;
  private tracks: readonly RemoteTrack[] = [];
  private focusJid: string | undefined;
  private password: string | undefined;
  /** Ends the way in that is under way. */
  private entry = new AbortController();
  private wake = new AbortController();
  private passwordWanted: ((password: string | undefined) => void) | undefined;
  private jid = '';
  /** Since when our hand is raised, in milliseconds since the epoch. */
  private handRaisedAt: number | undefined;

  constructor(private readonly options: JoinOptions) {
    this.cell = new Cell(initialState(options.displayName));
    this.identity = new Identity(options.store);
    this.log = options.log ?? silent;
    this.random = options.random ?? Math.random;
    this.stopWatchingDevices = options.media?.local.state.subscribe(() => this.devicesChanged());
    this.whereabouts = new Whereabouts(options);
    this.connection = this.connect();
    this.externalServices = this.servicesHere();
  }

  get state(): Observable<ConferenceState> {
    return this.cell;
  }

  /** Leaves the room and ends the connection. */
  async leave(): Promise<void> {
    if (isFinal(this.cell.value.status)) return;
    if (this.room?.joined) this.room.leave();
    await this.finish({ kind: 'left' });
  }

  /** "I am the host": proves it with an account of the main domain. The outcome stands in `state.login`. */
  async login(username: string, password: string): Promise<void> {
    if (this.cell.value.login.kind === 'pending') return;
    this.patch({ login: { kind: 'pending' } });
    const { serviceUrl, domains, openConnection: open = openConnection } = this.options;
    const result = await loginForSession(
      open,
      { service: serviceUrl, domain: domains.domain, credentials: { username, password }, log: this.log },
      this.target,
      this.identity.machineUid,
    );
    if (isFinal(this.cell.value.status)) return;
    if (result.kind === 'refused') {
      this.patch({ login: result });
      return;
    }
    this.identity.sessionId = result.sessionId;
    this.patch({
      login: { kind: 'accepted', ...(result.identity !== undefined && { identity: result.identity }) },
    });
    // Who is inside already repeats the request with the new session, and becomes a moderator.
    if (this.whereabouts.atNode) {
      this.goBack();
    } else if (this.room?.joined) {
      await requestConference(this.connection, this.target, this.identity.machineUid, result.sessionId);
    } else {
      this.wake.abort();
    }
  }

  /** Forgets the host's session, here and at the focus. The role in the room stays until one leaves. */
  async logout(): Promise<void> {
    const { sessionId } = this.identity;
    if (sessionId === undefined) return;
    this.identity.sessionId = undefined;
    this.patch({ login: { kind: 'idle' } });
    await logout(this.connection, this.options.domains.focus, sessionId);
  }

  /** Answers `password-required`. */
  givePassword(password: string): void {
    this.passwordWanted?.(password);
  }

  /** Says something to everyone; it appears among the messages when the room sends it back. */
  sendMessage(text: string): void {
    const { room } = this;
    if (room?.joined && text.trim() !== '') this.connection.send(roomMessage(room.jid, randomHex(16), text));
  }

  /** Asks to take part, while one looks on: `state.visit` tells what becomes of it. */
  raiseHand(): void {
    if (this.cell.value.visit) this.setHand('raised');
  }

  lowerHand(): void {
    if (this.cell.value.visit) this.setHand('down');
  }

  /** A moderator lets a visitor who asks take part, or does not. */
  answerRequest(id: string, approved: boolean): void {
    const { room } = this;
    if (room?.joined) this.connection.send(promotionAnswer(room.jid, id, approved));
  }

  /** A moderator sends a participant back among the visitors; the server heeds it in a conference that has some. */
  demote(id: string): void {
    const { room } = this;
    if (room?.joined) this.connection.send(demotion(room.jid, id, room.nick));
  }

  setDisplayName(displayName: string): void {
    this.cell.update((state) => ({ ...state, self: { ...state.self, displayName } }));
    this.announce();
  }

  /** Puts a participant out of the room. False when we may not. */
  async kick(id: string, reason?: string): Promise<boolean> {
    return (await this.room?.kick(id, reason)) ?? false;
  }

  /** Sets the room's password, or takes it away. False when we may not. */
  async setPassword(password: string | undefined): Promise<boolean> {
    const done = (await this.room?.setPassword(password)) ?? false;
    if (done) {
      this.password = password;
      this.patch({ locked: password !== undefined });
    }
    return done;
  }

  private get target() {
    return { room: mainPlace(this.options).room, focus: this.options.domains.focus };
  }

  private connect(): XmppConnection {
    const { options } = this;
    const { service, domain } = this.whereabouts.place;
    return (options.openConnection ?? openConnection)(
      { service, domain, log: this.log, random: this.random },
      {
        online: (jid) => {
          this.jid = jid;
          if (options.media) this.externalServices.start();
          void this.goIn();
        },
        resumed: () => this.dispatch({ kind: 'connection-resumed' }),
        lost: () => this.dispatch({ kind: 'connection-lost' }),
        failed: (failure) => {
          void this.finish({ kind: 'failed', error: { code: failureCodes[failure] } });
        },
        stanza: (stanza) => this.receive(stanza),
        iq: (iq) => this.answer(iq),
      },
    );
  }

  private servicesHere(): ExternalServices {
    const { atNode, place } = this.whereabouts;
    // A node's host speaks for the services that its visitors may use.
    const asked = atNode ? place.domain : this.options.domains.domain;
    return new ExternalServices(this.connection, asked, this.log);
  }

  /** To where we are to be now, a visitor node or the conference: by another connection, as whoever one is there. */
  private move(): void {
    if (isFinal(this.cell.value.status)) return;
    this.dispatch({ kind: 'moving' });
    this.entry.abort();
    this.externalServices.stop();
    this.invitations?.end();
    if (this.room?.joined) this.room.leave();
    void this.connection.close();
    this.handRaisedAt = undefined;
    // What was said comes again, from the history of the room there, which names messages otherwise.
    this.patch({
      visit: this.whereabouts.atNode ? { hand: 'down' } : undefined,
      promotionRequests: [],
      messages: [],
    });
    this.connection = this.connect();
    this.externalServices = this.servicesHere();
  }

  private redirected(node: string): void {
    if (this.whereabouts.redirected(node)) this.move();
    else void this.finish({ kind: 'failed', error: { code: 'join-refused' } });
  }

  private setHand(hand: Visit['hand']): void {
    this.handRaisedAt = hand === 'raised' ? Date.now() : undefined;
    this.patch({ visit: { hand } });
    this.announce();
  }

  /** A new XMPP session, or a conference that lost its focus: everything from the conference request on. */
  private async goIn(): Promise<void> {
    this.entry.abort();
    this.entry = new AbortController();
    const { signal } = this.entry;
    this.invitations?.end();
    // The server makes the anonymous user's name so that it begins with what Jitsi clients take for a nickname.
    this.openRoom(/^[0-9a-f]{8}/.exec(this.jid)?.[0] ?? randomHex(8));
    const outcome = await enter({
      connection: this.connection,
      target: this.target,
      identity: this.identity,
      properties: this.whereabouts.requestProperties,
      atNode: this.whereabouts.atNode,
      signal,
      random: this.random,
      password: this.password,
      wake: () => {
        this.wake = new AbortController();
        return this.wake.signal;
      },
      onHostMissing: () => this.dispatch({ kind: 'host-missing' }),
      onSessionInvalid: () => {
        const accepted = this.cell.value.login.kind === 'accepted';
        this.patch({ login: accepted ? { kind: 'refused', failure: 'refused' } : { kind: 'idle' } });
      },
      onGranted: ({ focusJid, identity }) => {
        this.focusJid = focusJid;
        if (identity !== undefined) this.patch({ login: { kind: 'accepted', identity } });
      },
      onNicknameTaken: () => this.openRoom(randomHex(8)),
      join: (password) => this.room?.join(password, this.presence()) ?? Promise.resolve({ kind: 'timeout' }),
      askPassword: (wrong, aborted) => this.askPassword(wrong, aborted),
    });
    if (signal.aborted) return;
    if (outcome.kind === 'failed') void this.finish(outcome);
    else if (outcome.kind === 'redirected') this.redirected(outcome.node);
    else if (outcome.kind === 'node-gone') this.goBack();
    if (outcome.kind !== 'entered') return;
    this.whereabouts.entered();
    this.password = outcome.password;
    this.dispatch({ kind: 'entered' });
    // Devices may have changed between our presence and its coming back.
    this.announce();
    await this.readLock();
  }

  private openRoom(nick: string): void {
    const { connection, log } = this;
    const room = new Room(connection, this.whereabouts.place.room, nick);
    this.room = room;
    this.invitations = new Invitations({
      connection,
      focus: `${room.jid}/focus`,
      endpoint: nick,
      createPeerConnection: this.options.media?.createPeerConnection,
      videoCodecs: this.options.media?.videoCodecs,
      receiveOnly: this.whereabouts.atNode,
      iceServers: () => this.externalServices.current(),
      tracks: () => ({ audio: this.localTrack('audio'), video: this.localTrack('video') }),
      log,
      events: {
        remoteTracks: (tracks) => {
          this.tracks = tracks;
          this.refresh();
        },
        mediaState: (media) => this.patch({ media }),
        startMuted: (media) => void this.options.media?.local.setMuted(deviceKinds[media], true),
        bridgeMessage: (message) => this.onBridgeMessage(message),
      },
    });
    this.cell.update((state) => ({ ...state, self: { ...state.self, id: nick } }));
    this.refresh();
  }

  private askPassword(wrong: boolean, signal: AbortSignal): Promise<string | undefined> {
    this.dispatch({ kind: 'password-needed', wrong });
    return new Promise((resolve) => {
      const settle = (password: string | undefined) => {
        this.passwordWanted = undefined;
        if (password !== undefined) this.dispatch({ kind: 'password-given' });
        resolve(password);
      };
      this.passwordWanted = settle;
      signal.addEventListener('abort', () => settle(undefined), { once: true });
    });
  }

  private receive(stanza: Element): void {
    const { room } = this;
    if (!room) return;
    if (stanza.name === 'presence') {
      const read = room.receive(stanza);
      if (read) this.onPresence(room, read);
      return;
    }
    if (isConfigurationChange(stanza, room.jid)) void this.readLock();
    const notice = readVisitorNotice(stanza, {
      room: room.jid,
      component: `visitors.${this.options.domains.domain}`,
      isModerator: (nick) => room.occupants.get(nick)?.role === 'moderator',
    });
    if (notice) {
      this.onVisitorNotice(notice);
      return;
    }
    const message = readChatMessage(stanza, room.jid, Date.now());
    if (!message) return;
    const { nick, id, visitorName, ...rest } = message;
    const { self } = this.cell.value;
    const own = nick === self.id;
    const occupant = room.occupants.get(nick);
    const displayName = own ? self.displayName : ((occupant ? occupant.displayName : visitorName) ?? '');
    const visitor = !own && !occupant && visitorName !== undefined;
    const entry = { ...rest, id: id ?? randomHex(16), from: nick, displayName, own, visitor };
    this.cell.update((state) => ({ ...state, messages: withMessage(state.messages, entry) }));
  }

  private onVisitorNotice(notice: VisitorNotice): void {
    if (this.whereabouts.atNode) return;
    if (notice.kind === 'demoted') {
      if (notice.nick !== this.room?.nick) return;
      this.whereabouts.demoted();
      this.move();
      return;
    }
    this.cell.update((state) => ({
      ...state,
      promotionRequests: withNotice(state.promotionRequests, notice),
    }));
  }

  private onPromotionResponse(response: PromotionResponse): void {
    // What nobody asked for moves nobody.
    if (this.cell.value.visit?.hand !== 'raised') return;
    if (response.kind === 'denied') {
      this.setHand('denied');
      return;
    }
    this.whereabouts.promoted(response.leave);
    this.move();
  }

  private onPresence(room: Room, read: RoomPresence): void {
    if (read.kind === 'refused') return;
    if (read.kind === 'gone' && read.nick === room.nick) {
      const by = read.by === undefined ? undefined : (room.occupants.get(read.by)?.displayName ?? read.by);
      const reason = read.reason === undefined ? {} : { reason: read.reason };
      if (read.how === 'kicked')
        void this.finish({ kind: 'kicked', ...(by !== undefined && { by }), ...reason });
      else if (read.how === 'destroyed') void this.finish({ kind: 'destroyed', ...reason });
      else void this.goBackIn();
      return;
    }
    this.refresh();
    if (read.kind === 'gone') {
      this.invitations?.keepOwners(new Set(room.occupants.keys()));
      if (read.nick === 'focus' && room.joined) {
        room.leave();
        void this.goBackIn();
      }
    }
  }

  private async goBackIn(): Promise<void> {
    if (this.whereabouts.atNode) {
      this.goBack();
      return;
    }
    this.dispatch({ kind: 'focus-left' });
    await this.goIn();
  }

  /** From a node to the conference, where the focus decides anew. */
  private goBack(): void {
    this.whereabouts.returned();
    this.move();
  }

  private answer(iq: Element): Element | StanzaError | undefined {
    const query = iq.getChild('query', NS.discoInfo);
    if (query && attribute(iq, 'type') === 'get') return discoAnswer(attribute(query, 'node'));
    const { atNode, place } = this.whereabouts;
    const response = atNode ? readPromotionResponse(iq, place.room) : undefined;
    if (response) {
      this.onPromotionResponse(response);
      return undefined;
    }
    if (attribute(iq, 'type') !== 'set' || !this.isFromFocus(iq)) return stanzaError('service-unavailable');
    for (const media of ['audio', 'video'] as const) {
      const mute = iq.getChild('mute', `${NS.jitmeet}/${media}`);
      if (!mute) continue;
      if (mute.getText() === 'true') void this.options.media?.local.setMuted(deviceKinds[media], true);
      return undefined;
    }
    return this.invitations ? this.invitations.receive(iq) : stanzaError('service-unavailable');
  }

  private isFromFocus(iq: Element): boolean {
    const focus = this.room?.occupants.get('focus');
    return (
      focus !== undefined &&
      attribute(iq, 'from') === `${this.whereabouts.place.room}/focus` &&
      isFocus(focus, this.focusJid)
    );
  }

  private onBridgeMessage(message: BridgeMessage): void {
    if (message.colibriClass === 'DominantSpeakerEndpointChangeEvent') {
      this.patch({ dominantSpeaker: message.dominantSpeakerEndpoint });
    }
  }

  private async readLock(): Promise<void> {
    const locked = await this.room?.isLocked();
    if (locked !== undefined) this.patch({ locked });
  }

  private localTrack(media: 'audio' | 'video'): MediaStreamTrack | undefined {
    const local = this.cell.value.visit ? undefined : this.options.media?.local.state.value;
    return local && trackOf(local[deviceKinds[media]]);
  }

  private devicesChanged(): void {
    if (this.cell.value.visit) return;
    for (const media of ['audio', 'video'] as const)
      this.invitations?.setTrack(media, this.localTrack(media));
    this.announce();
  }

  private announce(): void {
    this.room?.update(this.presence());
  }

  private presence(): Element[] {
    const local = this.options.media?.local.state.value;
    const { self, visit } = this.cell.value;
    const { id: nick, displayName } = self;
    const sources = {
      audioMuted: !local || isMuted(local.microphone),
      videoMuted: !local || isMuted(local.camera),
    };
    const { handRaisedAt } = this;
    return presenceExtensions({ nick, displayName, handRaisedAt, sources: visit ? undefined : sources });
  }

  private refresh(): void {
    const occupants = this.room?.occupants ?? new Map();
    this.cell.update((state) => ({
      ...state,
      self: selfOf(state.self, occupants),
      participants: participantsOf(occupants, state.self.id, this.focusJid, this.tracks),
      visitors: visitorsOf(occupants, this.focusJid),
    }));
  }

  private async finish(event: ConferenceEvent): Promise<void> {
    if (isFinal(this.cell.value.status)) return;
    this.dispatch(event);
    this.entry.abort();
    this.stopWatchingDevices?.();
    this.externalServices.stop();
    this.invitations?.end();
    await this.connection.close();
  }

  private dispatch(event: ConferenceEvent): void {
    this.cell.update((state) => {
      const status = transition(state.status, event);
      if (status !== state.status) this.log.debug('conference status', { status: status.kind });
      return status === state.status ? state : { ...state, status };
    });
  }

  private patch(change: Partial<ConferenceState>): void {
    this.cell.update((state) => ({ ...state, ...change }));
  }
}

/** Joins a conference. What becomes of it stands in the returned conference's `state`. */
export function join(options: JoinOptions): Conference {
  return new Conference(options);
}
