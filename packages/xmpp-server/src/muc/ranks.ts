/** The two ladders of a room (XEP-0045 s.5): affiliation lasts, role is for the stay. */
import type { Affiliation, Role } from '@conclave/signaling';

const affiliationRank: Readonly<Record<Affiliation, number>> = {
  outcast: -1,
  none: 0,
  member: 1,
  admin: 2,
  owner: 3,
};

const roleRank: Readonly<Record<Role, number>> = { none: 0, visitor: 1, participant: 2, moderator: 3 };

/** Negative, zero or positive as `a` stands below, level with or above `b`. */
export function compareAffiliations(a: Affiliation, b: Affiliation): number {
  return affiliationRank[a] - affiliationRank[b];
}

export function compareRoles(a: Role, b: Role): number {
  return roleRank[a] - roleRank[b];
}

/** The role that an affiliation brings into the room (s.5.1.2). */
export function initialRole(affiliation: Affiliation, moderated: boolean): Role {
  switch (affiliation) {
    case 'owner':
    case 'admin':
      return 'moderator';
    case 'member':
      return 'participant';
    case 'none':
      return moderated ? 'visitor' : 'participant';
    case 'outcast':
      return 'none';
  }
}

/**
 * The role after an affiliation has changed while its holder is in the room: raised to what a better affiliation
 * brings, lowered only by a worse one.
 */
export function roleAfter(role: Role, before: Affiliation, after: Affiliation, moderated: boolean): Role {
  const brought = initialRole(after, moderated);
  const rises = compareAffiliations(after, before) > 0;
  const differs = rises ? compareRoles(brought, role) > 0 : compareRoles(brought, role) < 0;
  return differs ? brought : role;
}
