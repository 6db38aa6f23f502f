/** What a screen reader hears of the meeting as it goes on: who came and who went. */
import type { ConferenceState } from '@conclave/client';

export interface Announcement {
  readonly kind: 'joined' | 'left';
  /** Display name; empty when the participant gave none. */
  readonly name: string;
}

/** What changed from one moment to the next; nothing while one is not in the meeting, and nothing of those met on entering. */
export function announcements(before: ConferenceState | undefined, after: ConferenceState): Announcement[] {
  if (before?.status.kind !== 'joined' || after.status.kind !== 'joined') return [];
  if (before.participants === after.participants) return [];
  const was = new Map(before.participants.map((participant) => [participant.id, participant]));
  const is = new Map(after.participants.map((participant) => [participant.id, participant]));
  return [
    ...after.participants
      .filter(({ id }) => !was.has(id))
      .map(({ displayName }): Announcement => ({ kind: 'joined', name: displayName })),
    ...before.participants
      .filter(({ id }) => !is.has(id))
      .map(({ displayName }): Announcement => ({ kind: 'left', name: displayName })),
  ];
}

/** How many messages of others are new. */
export function newMessages(before: ConferenceState | undefined, after: ConferenceState): number {
  if (before?.messages === after.messages) return 0;
  const known = new Set(before?.messages.map(({ id }) => id));
  return after.messages.filter(({ id, own }) => !own && !known.has(id)).length;
}
