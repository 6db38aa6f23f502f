/** What the owner of a room can set (XEP-0045 s.10.2); plain data, copied to try a submission out before it counts. */
import { z } from 'zod';

const presentRoles = ['moderator', 'participant', 'visitor'] as const;
const memberListReaders = [...presentRoles, 'member'] as const;

/** What is not said stands for a room that nobody has configured; so a stored room is read by later versions, too. */
export const roomConfig = z.object({
  name: z.string().default(''),
  description: z.string().default(''),
  language: z.string().default(''),
  /** URI of a publish-subscribe node that belongs to the room; empty: there is none. */
  pubsub: z.string().default(''),
  /** It outlives its last occupant. */
  persistent: z.boolean().default(false),
  /** Listed in service discovery. */
  public: z.boolean().default(false),
  membersOnly: z.boolean().default(false),
  /** Newcomers without affiliation enter as visitors. */
  moderated: z.boolean().default(false),
  /** Whether participants may set the subject. */
  changeSubject: z.boolean().default(false),
  /** Whether those may invite who are no admins. */
  allowInvites: z.boolean().default(true),
  /** Whether members may invite to a members-only room, and so make others members. */
  memberInvites: z.boolean().default(false),
  /** Whether those who do not belong to the room may ask its owners and administrators to be made members. */
  registration: z.boolean().default(false),
  whois: z.enum(['moderators', 'anyone']).default('moderators'),
  /** Who may send private messages. */
  allowPm: z.enum(['anyone', 'participants', 'moderators', 'none']).default('anyone'),
  /** Whose presence the others are shown. */
  presenceBroadcast: z.array(z.enum(presentRoles)).default([...presentRoles]),
  /** Who may read the list of members beside those who keep it: occupants by role, or the members of a members-only room. */
  memberListReaders: z.array(z.enum(memberListReaders)).default(['member']),
  /** Empty: no password. */
  password: z.string().default(''),
  /** Messages kept for newcomers. */
  historyLength: z.int().nonnegative().default(20),
  /** As many of them are sent to newcomers who do not say how many they want. */
  defaultHistory: z.int().nonnegative().default(20),
  /** What is said is kept for as long as the room is there, to be read again. */
  archived: z.boolean().default(false),
  /** 0: as many as the service allows. */
  maxOccupants: z.int().nonnegative().default(0),
});

export type RoomConfig = z.output<typeof roomConfig>;

/** The settings whose values differ. */
export function changedSettings(before: RoomConfig, after: RoomConfig): Set<keyof RoomConfig> {
  const keys = Object.keys(before) as (keyof RoomConfig)[];
  return new Set(keys.filter((key) => String(before[key]) !== String(after[key])));
}
