/** What can be seen of a conference at one moment: immutable, so that a page can tell what changed by comparing. */
import type { MediaState } from '../jingle/invitations.js';
import type { RemoteTrack } from '../jingle/media-session.js';
import type { ChatMessage } from './chat.js';
import type { LoginState } from './login.js';
import { type Occupant, isFocus, mutedIn } from './occupant.js';
import type { ConferenceStatus } from './status.js';
import type { PromotionRequest, Visit } from './visitors.js';

export interface Participant {
  /** Nickname in the room and endpoint id. */
  readonly id: string;
  /** Empty when the participant gave none. */
  readonly displayName: string;
  readonly role: 'moderator' | 'participant';
  readonly audioMuted: boolean;
  readonly videoMuted: boolean;
  readonly tracks: readonly RemoteTrack[];
}

export interface Self {
  /** Empty before the room was entered. */
  readonly id: string;
  readonly displayName: string;
  readonly role: 'moderator' | 'participant';
}

export interface ConferenceState {
  readonly status: ConferenceStatus;
  readonly login: LoginState;
  readonly self: Self;
  /** The others, in the order of their coming. */
  readonly participants: readonly Participant[];
  /** Oldest first. */
  readonly messages: readonly ChatMessage[];
  /** Newcomers need a password. */
  readonly locked: boolean;
  readonly media: MediaState;
  /** Endpoint id of who speaks, or spoke last. */
  readonly dominantSpeaker: string | undefined;
  /** Set while we only look on. */
  readonly visit: Visit | undefined;
  /** How many look on. */
  readonly visitors: number;
  /** Told to moderators: visitors who ask to take part, in the order of their asking. */
  readonly promotionRequests: readonly PromotionRequest[];
}

export function initialState(displayName: string): ConferenceState {
  return {
    status: { kind: 'connecting' },
    login: { kind: 'idle' },
    self: { id: '', displayName, role: 'participant' },
    participants: [],
    messages: [],
    locked: false,
    media: 'none',
    dominantSpeaker: undefined,
    visit: undefined,
    visitors: 0,
    promotionRequests: [],
  };
}

const roleOf = (occupant: Occupant) => (occupant.role === 'moderator' ? 'moderator' : 'participant');

/** The room's occupants without ourselves and the focus, each with what the bridge brings of it. */
export function participantsOf(
  occupants: ReadonlyMap<string, Occupant>,
  self: string,
  focusJid: string | undefined,
  tracks: readonly RemoteTrack[],
): Participant[] {
  return [...occupants.values()]
    .filter((occupant) => occupant.nick !== self && !isFocus(occupant, focusJid))
    .map((occupant) => ({
      id: occupant.nick,
      displayName: occupant.displayName ?? '',
      role: roleOf(occupant),
      audioMuted: mutedIn(occupant, 'audio'),
      videoMuted: mutedIn(occupant, 'video'),
      tracks: tracks.filter(({ owner }) => owner === occupant.nick),
    }));
}

/** How many look on, as the focus says. */
export function visitorsOf(occupants: ReadonlyMap<string, Occupant>, focusJid: string | undefined): number {
  const focus = occupants.get('focus');
  return focus && isFocus(focus, focusJid) ? (focus.visitors ?? 0) : 0;
}

/** Ourselves as the room sees us. */
export function selfOf(self: Self, occupants: ReadonlyMap<string, Occupant>): Self {
  const occupant = occupants.get(self.id);
  return occupant ? { ...self, role: roleOf(occupant) } : self;
}

const maxMessages = 500;

/** Adds a message unless it is known: the room's history comes again after every rejoin. */
export function withMessage(messages: readonly ChatMessage[], message: ChatMessage): readonly ChatMessage[] {
  if (messages.some(({ id }) => id === message.id)) return messages;
  const later = messages.findIndex(({ sentAt }) => sentAt > message.sentAt);
  const at = later === -1 ? messages.length : later;
  return [...messages.slice(0, at), message, ...messages.slice(at)].slice(-maxMessages);
}
