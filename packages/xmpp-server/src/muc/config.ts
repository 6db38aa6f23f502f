/** What the owner of a room can set (XEP-0045 s.10.2); plain data, copied to try a submission out before it counts. */

type Whois = 'moderators' | 'anyone';
/** Who may send private messages. */
export type AllowPm = 'anyone' | 'participants' | 'moderators' | 'none';

export interface RoomConfig {
  name: string;
  description: string;
  language: string;
  /** Listed in service discovery. */
  public: boolean;
  membersOnly: boolean;
  /** Newcomers without affiliation enter as visitors. */
  moderated: boolean;
  /** Whether participants may set the subject. */
  changeSubject: boolean;
  /** Whether members may invite to a members-only room. */
  memberInvites: boolean;
  whois: Whois;
  allowPm: AllowPm;
  /** Empty: no password. */
  password: string;
  /** Messages kept for newcomers. */
  historyLength: number;
  /** What is said is kept for as long as the room is there, to be read again. */
  archived: boolean;
  /** 0: as many as the service allows. */
  maxOccupants: number;
}

export const defaultConfig: RoomConfig = {
  name: '',
  description: '',
  language: '',
  public: false,
  membersOnly: false,
  moderated: false,
  changeSubject: false,
  memberInvites: false,
  whois: 'moderators',
  allowPm: 'anyone',
  password: '',
  historyLength: 20,
  archived: false,
  maxOccupants: 0,
};

/** The settings whose values differ. */
export function changedSettings(before: RoomConfig, after: RoomConfig): Set<keyof RoomConfig> {
  const keys = Object.keys(before) as (keyof RoomConfig)[];
  return new Set(keys.filter((key) => before[key] !== after[key]));
}
