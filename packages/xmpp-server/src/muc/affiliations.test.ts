import type { Affiliation, Role } from '@conclave/signaling';
import { affiliations, roles } from '@conclave/signaling';
import { expect, it } from 'vitest';
import {
  affiliationChangeRefused,
  affiliationListRefused,
  roleAllows,
  roleChangeRefused,
  type Privilege,
  type Standing,
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

// Rows: what a moderator makes of somebody; columns: the moderator's affiliation; cells: the affiliations of those to whom it may
// happen (s.5.1.1, s.5.1.3, s.8.2 to s.8.4, s.9.6, s.9.7).
const roleTable = `
                           owner  admin  member  none
 visitor->none             oamn   amn    mn      n
 participant->none         oamn   amn    mn      n
 moderator->none           oamn   amn    -       -
 visitor->participant      oamn   oamn   oamn    oamn
 participant->participant  oamn   oamn   oamn    oamn
 participant->visitor      mn     mn     n       n
 visitor->visitor          mn     mn     n       n
 visitor->moderator        oamn   oamn   -       -
 participant->moderator    oamn   oamn   -       -
 moderator->moderator      oamn   oamn   -       -
 moderator->participant    mn     mn     -       -
 moderator->visitor        mn     mn     -       -`;

const roleCells = roleTable
  .trim()
  .split('\n')
  .slice(1)
  .flatMap((line) => {
    const [change = '', ...row] = line.trim().split(/\s+/);
    const [from, to] = change.split('->') as [Role, Role];
    return row.map((cell, column) => ({
      from,
      to,
      actor: (['owner', 'admin', 'member', 'none'] as const)[column] ?? 'none',
      cell,
    }));
  });

it.each(roleCells)(
  'lets a moderator ($actor) make a $from a $to of these: $cell',
  ({ from, to, actor, cell }) => {
    for (const affiliation of affiliations.filter((each) => each !== 'outcast')) {
      const moderator: Standing = { affiliation: actor, role: 'moderator' };
      const refused = roleChangeRefused(moderator, { affiliation, role: from }, to);
      const allowed = cell.includes(letters[affiliation]);
      const refusal = cell === '-' && to !== 'none' ? 'forbidden' : 'not-allowed';
      expect(refused?.condition, affiliation).toBe(allowed ? undefined : refusal);
    }
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
