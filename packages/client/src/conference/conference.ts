/**
 * A conference from one participant's side: connects, waits for the host, enters the room, answers the focus's invitations,
 * and comes back by itself after the network broke. What can be seen of it is `state`; what can be done are its methods.
 * This is its core, the ways in, back and out; the parts do the rest.
 */
import { type Element, NS, type StanzaError, attribute, stanzaError } from '@conclave/signaling';
import { type Log, silent } from '../log.js';
import type { Observable } from '../observable.js';
import type { ConnectionFailure } from '../xmpp/connection.js';
import { chatEntry, isConfigurationChange, readChatMessage, roomMessage } from './chat.js';
import { enter } from './entry.js';
import { discoAnswer } from './features.js';
import { HostSession } from './host-session.js';
import { Identity, randomHex } from './identity.js';
import type { JoinOptions } from './join-options.js';
import type { RoomPresence } from './occupant.js';
import { Participation } from './participation.js';
import { PlaceConnection } from './place-connection.js';
import { mainPlace } from './place.js';
import { type ConferenceTarget, requestConference } from './request.js';
import { RoomPassword } from './room-password.js';
import type { Room } from './room.js';
import { type ConferenceState, withMessage } from './state.js';
import type { ConferenceErrorCode, ConferenceEvent } from './status.js';
import { ConferenceView } from './view.js';
import { Visiting } from './visiting.js';
import { Whereabouts } from './whereabouts.js';

const failureCodes: Readonly<Record<ConnectionFailure, ConferenceErrorCode>> = {
  unreachable: 'server-unreachable',
  'authentication-failed': 'server-refused',
  'no-mechanism': 'server-refused',
  'stream-ended': 'connection-ended',
};

export class Conference {
  private readonly log: Log;
  private readonly view: ConferenceView;
  private readonly identity: Identity;
  private readonly target: ConferenceTarget;
  private readonly whereabouts: Whereabouts;
  private readonly host: HostSession;
  private readonly password: RoomPassword;
  private readonly visiting: Visiting;
  private readonly stopWatchingDevices: (() => void) | undefined;
  private connection: PlaceConnection;
  private participation: Participation | undefined;
  /** Ours, once we are connected. */
  private jid = '';
  private focusJid: string | undefined;
  /** Ends the way in that is under way. */
  private entry = new AbortController();
  /** Lets the focus be asked again at once. */
  private wake = new AbortController();

  constructor(private readonly options: JoinOptions) {
    this.log = options.log ?? silent;
    this.view = new ConferenceView(options.displayName, this.log);
    this.identity = new Identity(options.store);
    this.target = { room: mainPlace(options).room, focus: options.domains.focus };
    this.whereabouts = new Whereabouts(options);
    const { identity, log, target, view, whereabouts } = this;
    const room = () => this.participation?.room;
    this.host = new HostSession({
      options,
      identity,
      target,
      view,
      log,
      onAccepted: (sessionId) => this.becomeHost(sessionId),
    });
    this.password = new RoomPassword(view, room);
    this.visiting = new Visiting({
      component: `visitors.${options.domains.domain}`,
      view,
      whereabouts,
      room,
      connection: () => this.connection.xmpp,
      announce: () => this.participation?.announce(),
      move: () => this.move(),
    });
    this.stopWatchingDevices = options.media?.local.state.subscribe(() =>
      this.participation?.devicesChanged(),
    );
    this.connection = this.connect();
  }

  get state(): Observable<ConferenceState> {
    return this.view.observable;
  }

  /** Leaves the room and ends the connection. */
  async leave(): Promise<void> {
    if (this.view.over) return;
    this.participation?.leave();
    await this.finish({ kind: 'left' });
  }

  /** "I am the host": proves it with an account of the main domain. The outcome stands in `state.login`. */
  login(username: string, password: string): Promise<void> {
    return this.host.login(username, password);
  }

  /** Forgets the host's session, here and at the focus. The role in the room stays until one leaves. */
  logout(): Promise<void> {
    return this.host.logout(this.connection.xmpp);
  }

  /** Answers `password-required`. */
  givePassword(password: string): void {
    this.password.give(password);
  }

  /** Says something to everyone; it appears among the messages when the room sends it back. */
  sendMessage(text: string): void {
    const { room } = this.participation ?? {};
    if (room?.joined && text.trim() !== '') {
      this.connection.xmpp.send(roomMessage(room.jid, randomHex(16), text));
    }
  }

  /** Asks to take part, while one looks on: `state.visit` tells what becomes of it. */
  raiseHand(): void {
    this.visiting.raiseHand();
  }

  lowerHand(): void {
    this.visiting.lowerHand();
  }

  /** A moderator lets a visitor who asks take part, or does not. */
  answerRequest(id: string, approved: boolean): void {
    this.visiting.answerRequest(id, approved);
  }

  /** A moderator sends a participant back among the visitors; the server heeds it in a conference that has some. */
  demote(id: string): void {
    this.visiting.demote(id);
  }

  setDisplayName(displayName: string): void {
    this.view.patch({ self: { ...this.view.state.self, displayName } });
    this.participation?.announce();
  }

  /** Puts a participant out of the room. False when we may not. */
  async kick(id: string, reason?: string): Promise<boolean> {
    return (await this.participation?.room.kick(id, reason)) ?? false;
  }

  /** Sets the room's password, or takes it away. False when we may not. */
  setPassword(password: string | undefined): Promise<boolean> {
    return this.password.set(password);
  }

  private connect(): PlaceConnection {
    return new PlaceConnection(this.options, this.whereabouts, this.log, {
      online: (jid) => {
        this.jid = jid;
        void this.goIn();
      },
      resumed: () => this.view.dispatch({ kind: 'connection-resumed' }),
      lost: () => this.view.dispatch({ kind: 'connection-lost' }),
      failed: (failure) => void this.finish({ kind: 'failed', error: { code: failureCodes[failure] } }),
      stanza: (stanza) => this.receive(stanza),
      iq: (iq) => this.answer(iq),
    });
  }

  /** A new XMPP session, or a conference that lost its focus: everything from the conference request on. */
  private async goIn(): Promise<void> {
    this.entry.abort();
    this.entry = new AbortController();
    const { signal } = this.entry;
    this.participation?.endMedia();
    // The server makes the anonymous user's name so that it begins with what Jitsi clients take for a nickname.
    this.participate(/^[0-9a-f]{8}/.exec(this.jid)?.[0] ?? randomHex(8));
    const outcome = await enter({
      connection: this.connection.xmpp,
      target: this.target,
      identity: this.identity,
      properties: this.whereabouts.requestProperties,
      atNode: this.whereabouts.atNode,
      signal,
      random: this.options.random ?? Math.random,
      password: this.password.known,
      wake: () => {
        this.wake = new AbortController();
        return this.wake.signal;
      },
      onHostMissing: () => this.view.dispatch({ kind: 'host-missing' }),
      onSessionInvalid: () => this.host.expired(),
      onGranted: ({ focusJid, identity }) => {
        this.focusJid = focusJid;
        if (identity !== undefined) this.host.recognized(identity);
      },
      onNicknameTaken: () => this.participate(randomHex(8)),
      join: (password) => this.participation?.join(password) ?? Promise.resolve({ kind: 'timeout' }),
      askPassword: (wrong, aborted) => this.password.ask(wrong, aborted),
    });
    if (signal.aborted) return;
    if (outcome.kind === 'failed') void this.finish(outcome);
    else if (outcome.kind === 'redirected') this.redirected(outcome.node);
    else if (outcome.kind === 'node-gone') this.goBack();
    if (outcome.kind !== 'entered') return;
    this.whereabouts.entered();
    this.password.known = outcome.password;
    this.view.dispatch({ kind: 'entered' });
    // Devices may have changed between our presence and its coming back.
    this.participation?.announce();
    await this.password.look();
  }

  private participate(nick: string): void {
    const { connection, whereabouts, view, log } = this;
    const context = { connection, whereabouts, media: this.options.media, view, log };
    this.participation = new Participation(
      { ...context, focusJid: () => this.focusJid, handRaisedAt: () => this.visiting.handRaisedAt },
      nick,
    );
    this.view.patch({ self: { ...view.state.self, id: nick } });
    this.participation.refresh();
  }

  /** There is a session now. Who is inside repeats the request with it, and becomes a moderator. */
  private async becomeHost(sessionId: string): Promise<void> {
    if (this.whereabouts.atNode) {
      this.goBack();
    } else if (this.participation?.room.joined) {
      const { machineUid } = this.identity;
      await requestConference(this.connection.xmpp, this.target, machineUid, sessionId);
    } else {
      this.wake.abort();
    }
  }

  /** To where we are to be now, a visitor node or the conference: by another connection, as whoever one is there. */
  private move(): void {
    if (this.view.over) return;
    this.view.dispatch({ kind: 'moving' });
    this.entry.abort();
    this.participation?.endMedia();
    this.participation?.leave();
    void this.connection.close();
    this.visiting.arrived();
    // What was said comes again, from the history of the room there, which names messages otherwise.
    this.view.patch({ messages: [] });
    this.connection = this.connect();
  }

  private redirected(node: string): void {
    if (this.whereabouts.redirected(node)) this.move();
    else void this.finish({ kind: 'failed', error: { code: 'join-refused' } });
  }

  /** From a node to the conference, where the focus decides anew. */
  private goBack(): void {
    this.whereabouts.returned();
    this.move();
  }

  private async goBackIn(): Promise<void> {
    if (this.whereabouts.atNode) {
      this.goBack();
      return;
    }
    this.view.dispatch({ kind: 'focus-left' });
    await this.goIn();
  }

  private receive(stanza: Element): void {
    const { room } = this.participation ?? {};
    if (!room) return;
    if (stanza.name === 'presence') {
      const read = room.receive(stanza);
      if (read) this.onPresence(room, read);
      return;
    }
    if (isConfigurationChange(stanza, room.jid)) void this.password.look();
    if (this.visiting.hear(stanza, room)) return;
    const message = readChatMessage(stanza, room.jid, Date.now());
    if (!message) return;
    const { messages, self } = this.view.state;
    this.view.patch({ messages: withMessage(messages, chatEntry(message, self, room.occupants)) });
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
    this.participation?.refresh();
    if (read.kind === 'gone') {
      this.participation?.occupantLeft();
      if (read.nick === 'focus' && room.joined) {
        room.leave();
        void this.goBackIn();
      }
    }
  }

  private answer(iq: Element): Element | StanzaError | undefined {
    const query = iq.getChild('query', NS.discoInfo);
    if (query && attribute(iq, 'type') === 'get') return discoAnswer(attribute(query, 'node'));
    if (this.visiting.answered(iq)) return undefined;
    return this.participation ? this.participation.answer(iq) : stanzaError('service-unavailable');
  }

  private async finish(event: ConferenceEvent): Promise<void> {
    if (this.view.over) return;
    this.view.dispatch(event);
    this.entry.abort();
    this.stopWatchingDevices?.();
    this.participation?.endMedia();
    await this.connection.close();
  }
}

/** Joins a conference. What becomes of it stands in the returned conference's `state`. */
export function join(options: JoinOptions): Conference {
  return new Conference(options);
}
