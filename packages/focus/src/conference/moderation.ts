/** Sees to it that members send what A/V moderation lets them send, and carries out who mutes whom. */
import type { StanzaError } from '@conclave/signaling';
import type { XmppConnection } from '@conclave/xmpp-connection';
import { AvModeration, type ModeratedMedium, type ModerationNotice } from './av-moderation.js';
import type { Member } from './member.js';
import { answerMute, type MuteRequest, orderMute } from './mute.js';
import type { ConferenceCore, ConferencePart } from './part.js';
import { FOCUS_NICK } from './room-entry.js';

export class Moderation implements ConferencePart {
  readonly #core: ConferenceCore;
  readonly #connection: XmppConnection;
  readonly #restrictAtBridge: (member: Member) => void;
  readonly #moderation = new AvModeration();

  constructor(core: ConferenceCore, connection: XmppConnection, restrictAtBridge: (member: Member) => void) {
    this.#core = core;
    this.#connection = connection;
    this.#restrictAtBridge = restrictAtBridge;
  }

  /** A/V moderation has changed. */
  changed(notice: ModerationNotice): void {
    this.#moderation.apply(notice);
    for (const member of this.#core.members.values()) this.#restrict(member, notice.actor);
  }

  /** Answers a member's wish to have somebody muted. */
  mute(muter: Member, request: MuteRequest): StanzaError | undefined {
    return answerMute(muter, request, this.#core.members, this.#connection);
  }

  memberJoined(member: Member): void {
    if (member.canBeMuted) member.restricted = this.#moderation.restrictionsOf(member);
  }

  memberChanged(member: Member): void {
    this.#restrict(member);
  }

  /** @param actor who wants it so; that one mutes itself */
  #restrict(member: Member, actor = `${this.#core.room}/${FOCUS_NICK}`): void {
    const before = member.restricted;
    member.restricted = member.canBeMuted ? this.#moderation.restrictionsOf(member) : NOTHING;
    if (sameMedia(before, member.restricted)) return;
    this.#restrictAtBridge(member);
    if (!member.participant || actor === member.occupant.jid) return;
    for (const medium of member.restricted) {
      if (!before.has(medium)) orderMute(member, medium, actor, this.#connection);
    }
  }
}

const NOTHING: ReadonlySet<ModeratedMedium> = new Set();

const sameMedia = (one: ReadonlySet<ModeratedMedium>, other: ReadonlySet<ModeratedMedium>): boolean =>
  one.size === other.size && [...one].every((medium) => other.has(medium));
