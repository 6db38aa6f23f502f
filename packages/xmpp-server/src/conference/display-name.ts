/** The name that an occupant shows (XEP-0172 in its presence), in a form that a screen can show and that looks like no other. */
import { NS } from '@conclave/signaling';
import type { Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';

/** As JavaScript counts. */
const maxLength = 128;

/** What cannot be seen, or turns the text around it: control characters, ends of lines, marks of direction. */
const unseen = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu;

/** A name as others may see it; empty: there is none. */
export function cleanName(text: string): string {
  const line = text.replace(unseen, ' ').replace(/\s+/g, ' ').trim();
  // No half of a character at the end.
  return line.slice(0, maxLength).replace(unseen, '').trimEnd();
}

/** Whether its token says that its name is the token's, and no other (the feature `name-readonly`). */
function hasFixedName({ primary }: Occupant): boolean {
  return primary.origin?.identity?.features?.get('name-readonly') === true;
}

/** Empty: it shows none. */
export function nameOf(occupant: Occupant): string {
  const named = occupant.primary.origin?.identity?.user?.['name'];
  if (hasFixedName(occupant)) return typeof named === 'string' ? cleanName(named) : '';
  return cleanName(occupant.primary.presence.getChildText('nick', NS.nick) ?? '');
}

/** What is told of it to everybody in a room: nothing where some may not know. */
export function shownName(room: Room, occupant: Occupant): string {
  return room.keepsNamesFrom === undefined ? nameOf(occupant) : '';
}
