/** One occupant of a conference's room besides the focus, for as long as it stays. */
import type { MediaType } from '@conclave/signaling';
import type { Occupant } from '@conclave/xmpp-connection';
import { type RateLimit, RateLimiter } from '../rate-limit.js';
import type { ModeratedMedium } from './av-moderation.js';
import type { Participant } from './participant.js';
import { sendingMedia } from './senders.js';
import type { Service } from './services.js';
import { BRIDGE_OWNER } from './source-set.js';

/** Ended Jingle sessions remembered a member, so that late requests about them are told so. */
const REMEMBERED_SESSIONS = 8;

export class Member {
  readonly nick: string;
  /** Budget for restarts that its client asks for. */
  readonly restarts: RateLimiter;
  /** The same for restarts of ICE alone. */
  readonly iceRestarts: RateLimiter;
  /** Its part in media; absent before it is invited and after its session has ended for good. */
  participant: Participant | undefined;
  /** Media that moderation keeps it from sending. */
  restricted: ReadonlySet<ModeratedMedium> = new Set();
  /** What it is, if it is no person. */
  services: ReadonlySet<Service> = new Set();
  #occupant: Occupant;
  #sending: ReadonlySet<MediaType>;
  #invitation = 0;
  #endedSids: string[] = [];

  constructor(occupant: Occupant, restarts: RateLimit) {
    this.nick = occupant.nick;
    this.restarts = new RateLimiter(restarts);
    this.iceRestarts = new RateLimiter(restarts);
    this.#occupant = occupant;
    this.#sending = sendingMedia(occupant.presence);
  }

  /** The member as last seen. */
  get occupant(): Occupant {
    return this.#occupant;
  }

  /** Media in which it says it sends. */
  get sending(): ReadonlySet<MediaType> {
    return this.#sending;
  }

  changed(occupant: Occupant): void {
    this.#occupant = occupant;
    this.#sending = sendingMedia(occupant.presence);
  }

  /** Begins an invitation; every earlier one is superseded. The answer tells whether this one still counts. */
  beginInvitation(): () => boolean {
    const invitation = ++this.#invitation;
    return () => this.#invitation === invitation;
  }

  /** No invitation that has begun counts any more. */
  cancelInvitation(): void {
    this.#invitation += 1;
  }

  sessionEnded(sid: string): void {
    this.#endedSids = [...this.#endedSids, sid].slice(-REMEMBERED_SESSIONS);
  }

  get hasHadSession(): boolean {
    return this.#endedSids.length > 0;
  }

  hasEnded(sid: string): boolean {
    return this.#endedSids.includes(sid);
  }

  /** Recorders and gateways run beside the bridges. */
  get isLocal(): boolean {
    return this.services.has('jibri') || this.services.has('jigasi');
  }

  /** Whether others may mute it: recorders send nothing, and gateways must know how. */
  get canBeMuted(): boolean {
    if (this.services.has('jibri') || this.occupant.role === 'visitor') return false;
    return !this.services.has('jigasi') || this.participant?.features.mutedByOthers === true;
  }

  get isModerator(): boolean {
    const { affiliation, role } = this.occupant;
    return affiliation === 'owner' || affiliation === 'admin' || role === 'moderator';
  }
}

/** Nicknames become endpoint ids, in stanzas, session descriptions and URLs. Others stay without media. */
export const isEndpointId = (nick: string): boolean =>
  /^[\p{L}\p{N}_.-]{1,64}$/u.test(nick) && !RESERVED.has(nick.toLowerCase());

/** Owners that clients believe to be the bridge and the focus. */
const RESERVED: ReadonlySet<string> = new Set([BRIDGE_OWNER, 'focus']);
