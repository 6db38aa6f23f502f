/** What a presence from the room says (XEP-0045), with what Jitsi clients put into it: name, sources and their mute state. */
import {
  type Element,
  NS,
  type Role,
  type StanzaError,
  attribute,
  decodeConferenceProperties,
  parseMucUser,
  parseStanzaError,
} from '@conclave/signaling';

/** One source of an occupant, as its presence announces it. */
interface SourceState {
  readonly muted: boolean;
  readonly videoType: 'camera' | 'desktop';
}

export interface Occupant {
  /** Nickname in the room, which is the endpoint id too. */
  readonly nick: string;
  /** Real full JID, where the room shows it. */
  readonly jid?: string;
  readonly role: Role;
  readonly displayName?: string;
  /** By source name. */
  readonly sources: ReadonlyMap<string, SourceState>;
  /** How many look on, where the focus says it. */
  readonly visitors?: number;
}

export type RoomPresence =
  | { readonly kind: 'present'; readonly occupant: Occupant; readonly statusCodes: ReadonlySet<number> }
  | {
      readonly kind: 'gone';
      readonly nick: string;
      readonly how: 'left' | 'kicked' | 'destroyed';
      /** Nickname of who kicked. */
      readonly by?: string;
      readonly reason?: string;
    }
  /** We were not let in (error from our own address in the room). */
  | { readonly kind: 'refused'; readonly error: StanzaError };

/** Kicked (307), banned (301), out of a members-only room (321, 322), or the service goes down (332). */
const putOut = [301, 307, 321, 322, 332];

const maxName = 100;
/** Controls, and marks that turn the direction of the text around a name. */
const notInNames = /[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** A name that somebody gave, without what could disguise it. */
export function shownName(name: string): string {
  return name.replace(notInNames, '').trim().slice(0, maxName);
}

function readSources(presence: Element, nick: string): Map<string, SourceState> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(presence.getChildText('SourceInfo') ?? '{}');
  } catch {
    return new Map();
  }
  if (typeof parsed !== 'object' || parsed === null) return new Map();
  return new Map(
    Object.entries(parsed as Record<string, unknown>)
      // A source belongs to the endpoint that its name begins with: nobody speaks for another.
      .filter(([name, state]) => name.startsWith(`${nick}-`) && typeof state === 'object' && state !== null)
      .map(([name, state]) => {
        const { muted, videoType } = state as { muted?: unknown; videoType?: unknown };
        return [name, { muted: muted === true, videoType: videoType === 'desktop' ? 'desktop' : 'camera' }];
      }),
  );
}

/** Reads a presence that came from `room` (bare JID); undefined when it is from elsewhere or says nothing of an occupant. */
export function readRoomPresence(presence: Element, room: string): RoomPresence | undefined {
  const from = attribute(presence, 'from') ?? '';
  if (!from.startsWith(`${room}/`) && from !== room) return undefined;
  const nick = from.slice(room.length + 1);
  const type = attribute(presence, 'type');
  if (type === 'error') {
    const error = parseStanzaError(presence);
    return error && { kind: 'refused', error };
  }
  const user = parseMucUser(presence);
  if (!user || nick === '') return undefined;
  if (type === 'unavailable') {
    const reason = user.destroy ? user.destroy.reason : user.reason;
    return {
      kind: 'gone',
      nick,
      how: user.destroy ? 'destroyed' : putOut.some((code) => user.statusCodes.has(code)) ? 'kicked' : 'left',
      ...(user.actor?.nick !== undefined && { by: user.actor.nick }),
      ...(reason !== undefined && reason !== '' && { reason }),
    };
  }
  if (type !== undefined) return undefined;
  const displayName = shownName(presence.getChildText('nick', NS.nick) ?? '');
  const visitors = Number(decodeConferenceProperties(presence)?.['visitor-count']);
  return {
    kind: 'present',
    statusCodes: user.statusCodes,
    occupant: {
      nick,
      ...(user.jid !== undefined && { jid: user.jid }),
      role: user.role,
      ...(displayName && { displayName }),
      sources: readSources(presence, nick),
      ...(Number.isSafeInteger(visitors) && visitors >= 0 && { visitors }),
    },
  };
}

/** The occupant is the focus: its nickname is fixed, and its real address is the one that the conference request named. */
export function isFocus(occupant: Occupant, focusJid: string | undefined): boolean {
  return (
    occupant.nick === 'focus' && focusJid !== undefined && occupant.jid?.startsWith(`${focusJid}/`) === true
  );
}

/** Whether all of an occupant's sources of this medium are muted; one that announces none is muted. */
export function mutedIn(occupant: Occupant, media: 'audio' | 'video'): boolean {
  const prefix = `${occupant.nick}-${media === 'audio' ? 'a' : 'v'}`;
  return ![...occupant.sources].some(([name, { muted }]) => name.startsWith(prefix) && !muted);
}
