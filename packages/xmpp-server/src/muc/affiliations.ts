/**
 * Who may do what in a room: the privilege tables of XEP-0045 s.5 as data, and the questions that are asked of them.
 * An answer is undefined when the act is allowed, or the error that refuses it.
 */
import { type Affiliation, type Role, type StanzaError, stanzaError } from '@conclave/signaling';

/** What somebody is in the room at the moment; a person outside has the role `none`. */
export interface Standing {
  readonly affiliation: Affiliation;
  readonly role: Role;
}

type Choices<T extends string, U> = Readonly<Record<T, readonly U[]>>;

const everyAffiliation: readonly Affiliation[] = ['owner', 'admin', 'member', 'none', 'outcast'];
const belowAdmin: readonly Affiliation[] = ['member', 'none', 'outcast'];
const nobody: Choices<Affiliation, Affiliation> = { owner: [], admin: [], member: [], none: [], outcast: [] };

/** `affiliationChanges[actor][from]` lists what the actor may turn an affiliation of `from` into (s.5.2.1). */
const affiliationChanges: Readonly<Record<Affiliation, Choices<Affiliation, Affiliation>>> = {
  owner: {
    owner: everyAffiliation,
    admin: everyAffiliation,
    member: everyAffiliation,
    none: everyAffiliation,
    outcast: everyAffiliation,
  },
  admin: { owner: [], admin: [], member: belowAdmin, none: belowAdmin, outcast: belowAdmin },
  member: nobody,
  none: nobody,
  outcast: nobody,
};

export function affiliationChangeRefused(
  actor: Affiliation,
  from: Affiliation,
  to: Affiliation,
): StanzaError | undefined {
  const changes = affiliationChanges[actor];
  if (changes[from].includes(to)) return undefined;
  // s.9.1: an admin who bans somebody not below is told not-allowed; whoever lacks the privilege as such, forbidden (s.9, s.10).
  const hasPrivilege = Object.values(changes).some((choices) => choices.includes(to));
  return stanzaError(hasPrivilege ? 'not-allowed' : 'forbidden');
}

interface RoleRule {
  readonly from: readonly Role[];
  readonly to: readonly Role[];
  /** `over[actor]`: whom, by affiliation, a moderator of such an affiliation may do it to. */
  readonly over: Choices<Affiliation, Affiliation>;
}

const unranked: readonly Affiliation[] = ['member', 'none'];
const anyone: readonly Affiliation[] = ['owner', 'admin', ...unranked];
/** Nobody is moved by whom stands lower. */
const notAbove: Choices<Affiliation, Affiliation> = {
  ...nobody,
  owner: anyone,
  admin: ['admin', ...unranked],
  member: unranked,
  none: ['none'],
};

/** Role changes that moderators may make (s.5.1.1, s.5.1.3, s.8, s.9.6, s.9.7). What is not listed nobody may do. */
const roleChanges: readonly RoleRule[] = [
  // Kicks: of moderators by admins and owners only (s.5.1.3).
  { from: ['visitor', 'participant'], to: ['none'], over: notAbove },
  { from: ['moderator'], to: ['none'], over: { ...nobody, owner: notAbove.owner, admin: notAbove.admin } },
  // Voice: given to anyone, and taken from those below (s.8.4), among whom nobody without affiliation stands above another.
  {
    from: ['visitor', 'participant'],
    to: ['participant'],
    over: { owner: anyone, admin: anyone, member: anyone, none: anyone, outcast: [] },
  },
  {
    from: ['visitor', 'participant'],
    to: ['visitor'],
    over: { ...nobody, owner: unranked, admin: unranked, member: ['none'], none: ['none'] },
  },
  // Moderators: made by admins and owners, and unmade unless they are admins or owners themselves (s.9.7).
  {
    from: ['visitor', 'participant', 'moderator'],
    to: ['moderator'],
    over: { ...nobody, owner: anyone, admin: anyone },
  },
  {
    from: ['moderator'],
    to: ['participant', 'visitor'],
    over: { ...nobody, owner: unranked, admin: unranked },
  },
];

export function roleChangeRefused(actor: Standing, target: Standing, to: Role): StanzaError | undefined {
  if (actor.role !== 'moderator') return stanzaError('forbidden');
  const rule = roleChanges.find((each) => each.to.includes(to) && each.from.includes(target.role));
  const over = rule?.over[actor.affiliation];
  if (over?.includes(target.affiliation) === true) return undefined;
  // s.8.2: moderators may kick, though not this one; to make moderators is no privilege of theirs (s.9.6, s.9.7).
  return stanzaError(over?.length === 0 && to !== 'none' ? 'forbidden' : 'not-allowed');
}

/** `affiliationLists[asker]`: whose lists that affiliation may read (s.9, s.10). */
const affiliationLists: Choices<Affiliation, Affiliation> = {
  owner: everyAffiliation,
  admin: ['admin', ...belowAdmin],
  member: [],
  none: [],
  outcast: [],
};

/** @param readsMembers whether the room lets this asker read who its members are (s.9.5), whatever the asker's affiliation */
export function affiliationListRefused(
  asker: Affiliation,
  list: Affiliation,
  readsMembers: boolean,
): StanzaError | undefined {
  if (affiliationLists[asker].includes(list)) return undefined;
  const open = readsMembers && (list === 'member' || list === 'admin');
  return open ? undefined : stanzaError('forbidden');
}

export type Privilege = 'send' | 'invite' | 'change-subject' | 'see-real-jids' | 'grant-voice';

/** What a role brings whatever the room's configuration (s.5.1.1); a room may grant more. */
const rolePrivileges: Choices<Role, Privilege> = {
  moderator: ['send', 'invite', 'change-subject', 'see-real-jids', 'grant-voice'],
  participant: ['send', 'invite'],
  visitor: [],
  none: [],
};

export function roleAllows(role: Role, privilege: Privilege): boolean {
  return rolePrivileges[role].includes(privilege);
}
