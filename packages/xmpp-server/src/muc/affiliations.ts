/**
 * Who may do what in a room: the privilege tables of XEP-0045 s.5 as data, and the questions that are asked of them.
 * An answer is undefined when the act is allowed, or the error that refuses it.
 */
import { type Affiliation, type Role, type StanzaError, stanzaError } from '@conclave/signaling';
import { compareAffiliations } from './ranks.js';

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
  readonly to: Role;
  /** The least affiliation of a moderator who may do it. */
  readonly actor: Affiliation;
  /** The highest affiliation of whom it may befall; `own`: no higher than the actor's. */
  readonly target: Affiliation | 'own';
}

/** Role changes that a moderator may make (s.5.1.2, s.8, s.9.6, s.9.7). What is not listed nobody may do. */
const roleChanges: readonly RoleRule[] = [
  { from: ['visitor', 'participant', 'moderator'], to: 'none', actor: 'none', target: 'own' },
  { from: ['visitor', 'participant'], to: 'participant', actor: 'none', target: 'owner' },
  { from: ['visitor', 'participant'], to: 'visitor', actor: 'none', target: 'member' },
  { from: ['visitor', 'participant', 'moderator'], to: 'moderator', actor: 'admin', target: 'owner' },
  { from: ['moderator'], to: 'participant', actor: 'admin', target: 'member' },
  { from: ['moderator'], to: 'visitor', actor: 'admin', target: 'member' },
];

export function roleChangeRefused(actor: Standing, target: Standing, to: Role): StanzaError | undefined {
  if (actor.role !== 'moderator') return stanzaError('forbidden');
  const rule = roleChanges.find((each) => each.to === to && each.from.includes(target.role));
  if (rule === undefined) return stanzaError('not-allowed');
  if (compareAffiliations(actor.affiliation, rule.actor) < 0) return stanzaError('forbidden');
  const ceiling = rule.target === 'own' ? actor.affiliation : rule.target;
  return compareAffiliations(target.affiliation, ceiling) > 0 ? stanzaError('not-allowed') : undefined;
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
