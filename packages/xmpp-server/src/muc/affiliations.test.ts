import type { Affiliation, Role } from '@conclave/signaling';
import { affiliations, roles } from '@conclave/signaling';
import { expect, it } from 'vitest';
import {
  affiliationChangeRefused,
  affiliationListRefused,
  roleAllows,
  roleChangeRefused,
  type Privilege,
} from './affiliations.js';
import { compareAffiliations, initialRole, roleAfter } from './ranks.js';

// Rows: what the actor is; columns: what the other is; cells: what the other may be made into.
// o owner, a admin, m member, n none, x outcast; a dash: nothing.
const changes = `
          owner  admin  member  none  outcast
 owner    oamnx  oamnx  oamnx   oamnx oamnx
 admin    -      -      mnx     mnx   mnx
 member   -      -      -       -     -
 none     -      -      -       -     -
 outcast  -      -      -       -     -`;

const letters: Readonly<Record<Affiliation, string>> = {
  owner: 'o',
  admin: 'a',
  member: 'm',
  none: 'n',
  outcast: 'x',
};

function cells(table: string): { actor: Affiliation; from: Affiliation; cell: string }[] {
  const [head = [], ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([actor, ...row]) =>
    row.map((cell, index) => ({ actor: actor as Affiliation, from: head[index] as Affiliation, cell })),
  );
}

it.each(cells(changes))('lets $actor make $from into $cell', ({ actor, from, cell }) => {
  for (const to of affiliations) {
    expect(affiliationChangeRefused(actor, from, to) === undefined).toBe(cell.includes(letters[to]));
  }
});

it('tells the unprivileged forbidden, and an admin not-allowed about his peers and betters', () => {
  expect(affiliationChangeRefused('member', 'none', 'outcast')?.condition).toBe('forbidden');
  expect(affiliationChangeRefused('none', 'none', 'owner')?.condition).toBe('forbidden');
  expect(affiliationChangeRefused('admin', 'none', 'owner')?.condition).toBe('forbidden');
  expect(affiliationChangeRefused('admin', 'owner', 'outcast')?.condition).toBe('not-allowed');
  expect(affiliationChangeRefused('admin', 'admin', 'none')?.condition).toBe('not-allowed');
});

it('leaves roles to moderators', () => {
  const target = { affiliation: 'none', role: 'participant' } as const;
  for (const role of ['visitor', 'participant', 'none'] as const) {
    for (const affiliation of affiliations) {
      for (const to of roles) {
        expect(roleChangeRefused({ affiliation, role }, target, to)?.condition).toBe('forbidden');
      }
    }
  }
});

interface RoleCase {
  readonly actor: Affiliation;
  readonly target: Affiliation;
  readonly from: Role;
  readonly to: Role;
  readonly answer: 'allowed' | 'forbidden' | 'not-allowed';
}

const roleCases: readonly RoleCase[] = [
  { actor: 'none', target: 'none', from: 'participant', to: 'none', answer: 'allowed' },
  { actor: 'none', target: 'member', from: 'participant', to: 'none', answer: 'not-allowed' },
  { actor: 'member', target: 'member', from: 'visitor', to: 'none', answer: 'allowed' },
  { actor: 'admin', target: 'owner', from: 'moderator', to: 'none', answer: 'not-allowed' },
  { actor: 'owner', target: 'owner', from: 'moderator', to: 'none', answer: 'allowed' },
  { actor: 'none', target: 'none', from: 'visitor', to: 'participant', answer: 'allowed' },
  { actor: 'none', target: 'none', from: 'participant', to: 'visitor', answer: 'allowed' },
  { actor: 'owner', target: 'admin', from: 'moderator', to: 'visitor', answer: 'not-allowed' },
  { actor: 'none', target: 'none', from: 'participant', to: 'moderator', answer: 'forbidden' },
  { actor: 'member', target: 'none', from: 'participant', to: 'moderator', answer: 'forbidden' },
  { actor: 'admin', target: 'none', from: 'participant', to: 'moderator', answer: 'allowed' },
  { actor: 'admin', target: 'member', from: 'moderator', to: 'participant', answer: 'allowed' },
  { actor: 'admin', target: 'admin', from: 'moderator', to: 'participant', answer: 'not-allowed' },
  { actor: 'owner', target: 'owner', from: 'moderator', to: 'participant', answer: 'not-allowed' },
];

it.each(roleCases)(
  'answers $answer when a moderator ($actor) makes a $from ($target) $to',
  ({ actor, target, from, to, answer }) => {
    const refused = roleChangeRefused(
      { affiliation: actor, role: 'moderator' },
      { affiliation: target, role: from },
      to,
    );
    expect(refused?.condition ?? 'allowed').toBe(answer);
  },
);

it('shows the lists to owners and admins, and to others those of members and admins where the room lets them', () => {
  const readers = (list: Affiliation, readsMembers: boolean) =>
    affiliations.filter((asker) => affiliationListRefused(asker, list, readsMembers) === undefined);
  expect(readers('owner', false)).toEqual(['owner']);
  expect(readers('member', false)).toEqual(['owner', 'admin']);
  expect(readers('outcast', true)).toEqual(['owner', 'admin']);
  expect(readers('owner', true)).toEqual(['owner']);
  expect(readers('member', true)).toEqual(affiliations);
  expect(readers('admin', true)).toEqual(affiliations);
});

it.each<[Role, readonly Privilege[]]>([
  ['moderator', ['send', 'invite', 'change-subject', 'see-real-jids', 'grant-voice']],
  ['participant', ['send', 'invite']],
  ['visitor', []],
  ['none', []],
])('gives a %s its privileges', (role, privileges) => {
  const all: readonly Privilege[] = ['send', 'invite', 'change-subject', 'see-real-jids', 'grant-voice'];
  expect(all.filter((privilege) => roleAllows(role, privilege))).toEqual(privileges);
});

it('brings people in with the role of their affiliation', () => {
  expect(affiliations.map((each) => initialRole(each, false))).toEqual([
    'moderator',
    'moderator',
    'participant',
    'participant',
    'none',
  ]);
  expect(initialRole('none', true)).toBe('visitor');
  expect(initialRole('member', true)).toBe('participant');
});

it('raises a role with a better affiliation and lowers it only with a worse one', () => {
  expect(roleAfter('participant', 'none', 'owner', false)).toBe('moderator');
  expect(roleAfter('moderator', 'none', 'member', false)).toBe('moderator');
  expect(roleAfter('moderator', 'owner', 'member', false)).toBe('participant');
  expect(roleAfter('visitor', 'member', 'none', false)).toBe('visitor');
  expect(roleAfter('visitor', 'none', 'member', true)).toBe('participant');
  expect(compareAffiliations('outcast', 'none')).toBeLessThan(0);
});
