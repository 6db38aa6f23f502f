/**
 * Lasting membership of a room, as of the bridges' brewery: enters whenever there is a new session, enters again
 * when refused or thrown out, and keeps the extensions of our presence across all that.
 */
import type { Element } from '@conclave/signaling';
import type { Unsubscribe, XmppConnection } from './connection.js';
import { Emitter } from './emitter.js';
import { joinRoom, type JoinOptions, type JoinOutcome, type MucRoom, type RoomEnd } from './room.js';

export interface MembershipEvents {
  /** We are in the room, for the first time or again. */
  readonly entered: MucRoom;
  /** An attempt failed; another follows. */
  readonly failed: Exclude<JoinOutcome, { kind: 'joined' }>;
  readonly ended: RoomEnd;
}

export interface MembershipOptions extends JoinOptions {
  /** Milliseconds between two attempts; 2 s by default. */
  readonly retryMs?: number;
}

export interface RoomMembership {
  /** The room while we are in it. */
  readonly current: MucRoom | undefined;
  /** Replaces the extensions of our presence, now and for later entries. */
  setPresence(extensions: readonly Element[]): void;
  on<E extends keyof MembershipEvents>(
    event: E,
    listener: (payload: MembershipEvents[E]) => void,
  ): Unsubscribe;
  /** Leaves for good. */
  leave(): void;
}

class Membership implements RoomMembership {
  private readonly events: Emitter<MembershipEvents>;
  private readonly unsubscribe: Unsubscribe;
  private extensions: readonly Element[];
  private room: MucRoom | undefined;
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;
  /** The attempt that counts: an older one that settles late is left alone. */
  private attempt = 0;

  constructor(
    private readonly connection: XmppConnection,
    private readonly options: MembershipOptions,
  ) {
    this.events = new Emitter(options.log);
    this.extensions = options.extensions ?? [];
    this.unsubscribe = connection.on('online', ({ resumed }) => {
      if (!resumed) this.enter();
    });
    if (connection.online) this.enter();
  }

  get current(): MucRoom | undefined {
    return this.room;
  }

  on<E extends keyof MembershipEvents>(
    event: E,
    listener: (payload: MembershipEvents[E]) => void,
  ): Unsubscribe {
    return this.events.on(event, listener);
  }

  setPresence(extensions: readonly Element[]): void {
    this.extensions = extensions;
    this.room?.setPresence(extensions);
  }

  leave(): void {
    this.stopped = true;
    this.attempt += 1;
    clearTimeout(this.retry);
    this.unsubscribe();
    this.room?.leave();
  }

  private enter(): void {
    clearTimeout(this.retry);
    this.attempt += 1;
    const attempt = this.attempt;
    void joinRoom(this.connection, { ...this.options, extensions: this.extensions }).then((outcome) => {
      if (attempt === this.attempt) this.entered(outcome);
      else if (outcome.kind === 'joined' && this.stopped) outcome.room.leave();
    });
  }

  private entered(outcome: JoinOutcome): void {
    if (outcome.kind !== 'joined') {
      this.options.log.warn({ room: this.options.room, outcome }, 'cannot enter the room yet');
      this.events.emit('failed', outcome);
      this.enterLater();
      return;
    }
    const { room } = outcome;
    this.room = room;
    room.on('ended', (end) => this.ended(end));
    this.events.emit('entered', room);
    // What was set while we were entering is not in the presence yet; and we may be out of the room already.
    if (room.ended === undefined) room.setPresence(this.extensions);
    else this.ended(room.ended);
  }

  private ended(end: RoomEnd): void {
    this.room = undefined;
    this.events.emit('ended', end);
    // A new session enters by itself.
    if (end !== 'disconnected') this.enterLater();
  }

  private enterLater(): void {
    clearTimeout(this.retry);
    if (this.stopped) return;
    this.retry = setTimeout(() => {
      if (this.connection.online) this.enter();
    }, this.options.retryMs ?? 2000);
  }
}

/** Enters the room and stays in it, whatever happens, until `leave`. Throws a JidError for a malformed address. */
export function stayInRoom(connection: XmppConnection, options: MembershipOptions): RoomMembership {
  return new Membership(connection, options);
}
