import { describe, expect, it } from 'vitest';
import { Bridge } from './bridge.js';
import { LOAD } from './bridge-load.test.support.js';
import { selectBridge, type SelectionRequest, type SelectionRules, STRATEGY_NAMES } from './selection.js';

/** `stats` as `eu 0.3 full draining graceful leaving failed ill silent v2 no-relay`: region, stress, and what is special of it. */
const makeBridge = (name: string, text: string): Bridge => {
  const words = new Set(text.split(' '));
  const stress = [...words].find((word) => /^\d/.test(word)) ?? '0.1';
  const region = [...words].find((word) => /^(eu|us|ap)/.test(word));
  const bridge = new Bridge(name, LOAD);
  bridge.report({
    stress_level: words.has('full') ? '0.9' : stress,
    drain: String(words.has('draining')),
    version: words.has('v2') ? '2' : '1',
    ...(region !== undefined && { region }),
    ...(!words.has('no-relay') && { relay_id: name }),
    ...(words.has('graceful') && { graceful_shutdown: 'true' }),
    ...(words.has('leaving') && { shutting_down: 'true' }),
  });
  if (words.has('failed')) bridge.failed(0);
  if (words.has('ill')) bridge.fellIll(0);
  if (words.has('silent')) bridge.fellSilent(0);
  return bridge;
};

interface Case {
  readonly bridges: Record<string, string>;
  /** Participants on bridges of the conference, and how many of them are new. */
  readonly used?: Record<string, number | [number, number]>;
  readonly region?: string;
  readonly pin?: string;
  readonly unlinkable?: string;
  /** Whether it is for a visitor, and which bridges visitors are on. */
  readonly visitor?: boolean;
  readonly visited?: string;
}

const rulesOf = (rules: Partial<SelectionRules>): SelectionRules => ({
  strategy: 'single',
  regions: { groups: [] },
  relays: true,
  mixedVersions: false,
  maxParticipants: 80,
  maxParticipantsPerInterval: 1_000,
  ...rules,
});

const select = (
  { bridges, used = {}, region, pin, unlinkable, visitor = false, visited }: Case,
  rules: Partial<SelectionRules> = {},
) => {
  const all = new Map(Object.entries(bridges).map(([name, text]) => [name, makeBridge(name, text)]));
  const request: SelectionRequest = {
    bridges: all.values(),
    inUse: Object.entries(used).map(([name, count]) => {
      const [participants, recent] = typeof count === 'number' ? [count, 0] : count;
      return { bridge: all.get(name)!, participants, recent, visitors: name === visited };
    }),
    participantRegion: region,
    visitor,
    pinnedVersion: pin,
    unlinkable: new Set([...all].filter(([name]) => name === unlinkable).map(([, bridge]) => bridge)),
  };
  return selectBridge(request, rulesOf(rules), 0)?.jid;
};

/** What is tried, and which bridge is chosen. */
type Table = [what: string, choice: string | undefined, given: Case][];

describe('whatever the strategy, a bridge', () => {
  it.each<[...Table[number], Partial<SelectionRules>?]>([
    ['is none where there is none', undefined, { bridges: {} }],
    ['is never shutting down', undefined, { bridges: { a: 'leaving', b: 'failed leaving' } }],
    ['preferably does not drain', 'busy', { bridges: { draining: 'draining', busy: 'full' } }],
    ['preferably is not in graceful shutdown', 'busy', { bridges: { graceful: 'graceful', busy: 'full' } }],
    ['rather is in graceful shutdown than drains', 'b', { bridges: { a: 'draining', b: 'graceful' } }],
    ['drains where all do', 'a', { bridges: { a: 'draining' } }],
    ['has the version of the pin', 'b', { bridges: { a: '', b: 'v2 full' }, pin: '2' }],
    ['is none where none has the version of the pin', undefined, { bridges: { a: '' }, pin: '2' }],
    [
      'is none where the conference has another version',
      undefined,
      { bridges: { a: '', b: 'v2' }, used: { a: 1 }, pin: '2' },
    ],
    ['of the conference is a second one', 'b', { bridges: { a: '', b: '' }, used: { a: 1 } }],
    [
      'is the one in use where there are no relays',
      'a',
      { bridges: { a: 'full draining', b: '' }, used: { a: 1 } },
      { relays: false },
    ],
    ['is the one in use when that has no relay', 'a', { bridges: { a: 'no-relay', b: '' }, used: { a: 1 } }],
    [
      'without a relay does not join another',
      'c',
      { bridges: { a: '', b: 'no-relay', c: 'full' }, used: { a: 1 } },
    ],
    ['without a relay may be the first', 'b', { bridges: { b: 'no-relay' } }],
    [
      'that can not be linked does not join another',
      'a',
      { bridges: { a: '', b: '' }, used: { a: 1 }, unlinkable: 'b' },
    ],
    ['of another version does not join', 'a', { bridges: { a: '', b: 'v2' }, used: { a: 1 } }],
    [
      'of another version joins where versions may be mixed',
      'b',
      { bridges: { a: '', b: 'v2' }, used: { a: 1 } },
      { mixedVersions: true },
    ],
  ])('%s', (_what, choice, given, rules = {}) => {
    expect(select(given, { strategy: 'split', ...rules })).toBe(choice);
  });
});

describe.each(STRATEGY_NAMES)('where bridges ail, %s', (strategy) => {
  it.each<[...Table[number], Partial<SelectionRules>?]>([
    ['takes one that does not, whatever else', 'b', { bridges: { a: 'eu failed', b: 'us full draining' } }],
    ['begins on one where all do', 'a', { bridges: { a: 'eu silent', b: 'us leaving' } }],
    ['takes what failed before what is ill', 'b', { bridges: { a: 'eu ill', b: 'us full failed' } }],
    ['takes what is ill before what is silent', 'b', { bridges: { a: 'eu silent', b: 'us full ill' } }],
    ['takes the least loaded of those as bad', 'b', { bridges: { a: 'ill 0.3', b: 'ill 0.2' } }],
    ['begins on none that drains', undefined, { bridges: { a: 'failed draining' } }],
    ['begins on none in graceful shutdown', undefined, { bridges: { a: 'failed graceful' } }],
    ['prefers the worse one that stays', 'b', { bridges: { a: 'failed draining', b: 'silent' } }],
    ['minds the pin', 'b', { bridges: { a: '', b: 'v2 ill' }, pin: '2' }],
    ['begins on none without the version of the pin', undefined, { bridges: { a: 'ill' }, pin: '2' }],
    ['goes on where the conference is', 'a', { bridges: { a: 'eu ill', b: 'eu' }, used: { a: 1 } }],
    [
      'goes on there without relays',
      'a',
      { bridges: { a: 'ill', b: '' }, used: { a: 1 } },
      { relays: false },
    ],
    ['goes on there though it drains', 'a', { bridges: { a: 'eu ill draining' }, used: { a: 1 } }],
    ['does not go on where the bridge leaves', undefined, { bridges: { a: 'ill leaving' }, used: { a: 1 } }],
    [
      'does not go on against the pin',
      undefined,
      { bridges: { a: 'ill', b: 'v2' }, used: { a: 1 }, pin: '2' },
    ],
    [
      'goes on on the best one of the conference',
      'b',
      { bridges: { a: 'eu silent', b: 'eu full failed' }, used: { a: 1, b: 1 } },
    ],
    [
      'goes on on none that ails while one of the conference does not',
      'b',
      { bridges: { a: 'eu ill', b: 'eu full', c: 'eu ill' }, used: { a: 1, b: 1 } },
    ],
  ])('%s', (_what, choice, given, rules = {}) => {
    expect(select(given, { strategy, ...rules })).toBe(choice);
    expect(select({ ...given, visitor: true }, { strategy, visitorStrategy: strategy, ...rules })).toBe(
      choice,
    );
  });
});

describe('single', () => {
  it.each<Table[number]>([
    ['is the least loaded', 'b', { bridges: { a: '0.3', b: '0.2' } }],
    ['is in the region of the participant', 'a', { bridges: { a: 'eu full', b: 'us' }, region: 'eu' }],
    ['is anywhere else', 'b', { bridges: { a: 'eu full', b: 'us' }, region: 'ap' }],
    ['is anywhere for a participant without region', 'b', { bridges: { a: 'eu full', b: 'us' } }],
    ['stays the same', 'a', { bridges: { a: 'us full', b: 'eu' }, used: { a: 100 }, region: 'eu' }],
  ])('%s', (_what, choice, given) => {
    expect(select(given)).toBe(choice);
  });
});

describe('split', () => {
  it.each<Table[number]>([
    ['is one that the conference does not use', 'b', { bridges: { a: '', b: 'full' }, used: { a: 1 } }],
    ['is the one with the fewest participants', 'b', { bridges: { a: '', b: 'full' }, used: { a: 2, b: 1 } }],
  ])('%s', (_what, choice, given) => {
    expect(select(given, { strategy: 'split' })).toBe(choice);
  });
});

describe('intra-region', () => {
  it.each<Table[number]>([
    ['begins in the region of the participant', 'b', { bridges: { a: 'us', b: 'eu 0.5' }, region: 'eu' }],
    ['begins elsewhere when the region is full', 'a', { bridges: { a: 'us', b: 'eu full' }, region: 'eu' }],
    ['stays on a bridge with room', 'b', { bridges: { a: 'eu', b: 'eu 0.5' }, used: { b: 3 } }],
    [
      'goes on in the region of the first bridge',
      'c',
      { bridges: { a: 'eu full', b: 'us', c: 'eu' }, used: { a: 3 }, region: 'us' },
    ],
    ['goes on when a bridge has enough of it', 'b', { bridges: { a: 'eu', b: 'eu 0.5' }, used: { a: 80 } }],
    ['takes a full one where all are', 'a', { bridges: { a: 'eu full', b: 'us' }, used: { a: 3 } }],
    ['does not know regions that nobody names', undefined, { bridges: { a: '', b: '' }, used: { a: 3 } }],
  ])('%s', (_what, choice, given) => {
    expect(select(given, { strategy: 'intra-region' })).toBe(choice);
  });
});

describe('region-based', () => {
  const groups = [
    ['eu-west', 'eu-central'],
    ['us-east', 'us-west'],
  ];
  const choose = (given: Case, local?: string, limits: Partial<SelectionRules> = {}) =>
    select(given, { strategy: 'region-based', regions: { groups, local }, ...limits });

  it.each<Table[number]>([
    [
      'in the conference and region',
      'c',
      { bridges: { a: 'eu-west', b: 'eu-central 0.5', c: 'eu-west 0.5' }, used: { b: 1, c: 1 } },
    ],
    ['in the conference and group', 'b', { bridges: { a: 'eu-west', b: 'eu-central 0.5' }, used: { b: 1 } }],
    ['in the region', 'b', { bridges: { a: 'eu-central', b: 'eu-west 0.5', c: 'us-east' }, used: { c: 1 } }],
    [
      'in the region, as the one there is full',
      'b',
      { bridges: { a: 'eu-west full', b: 'eu-west 0.5' }, used: { a: 1 } },
    ],
    ['in the group', 'b', { bridges: { a: 'us-east', b: 'eu-central 0.5' }, used: { a: 1 } }],
    [
      'in the conference, wherever',
      'b',
      { bridges: { a: 'ap', b: 'us-east 0.5', c: 'eu-west full' }, used: { b: 1 } },
    ],
    [
      'with room, wherever',
      'a',
      { bridges: { a: 'ap', b: 'us-east full', c: 'eu-west full' }, used: { b: 1 } },
    ],
    [
      'with room, though it has enough of the conference',
      'b',
      { bridges: { b: 'us-east', c: 'eu-west full' }, used: { b: 80 } },
    ],
    [
      'in the conference with few of its participants, as all are full',
      'b',
      { bridges: { a: 'ap 0.85', b: 'us-east full', c: 'eu-west 0.95' }, used: { c: 80, b: 79 } },
    ],
    [
      'that has least to do, as nothing else is left',
      'a',
      { bridges: { a: 'ap 0.85', b: 'us-east full' }, used: { b: 80 } },
    ],
  ])('takes the bridge %s', (_what, choice, given) => {
    expect(choose({ region: 'eu-west', ...given })).toBe(choice);
  });

  it.each<[...Table[number], local?: string]>([
    [
      'where the first participant is',
      'eu',
      { bridges: { us: 'us-east', eu: 'eu-central' }, region: 'eu-west' },
    ],
    [
      'where the focus is, when that is near',
      'local',
      { bridges: { eu: 'eu-west', local: 'eu-central 0.5' }, region: 'eu-west' },
      'eu-central',
    ],
    [
      'where the focus is, when nobody says where',
      'local',
      { bridges: { us: 'us-east', local: 'eu-central' } },
      'eu-central',
    ],
    [
      'where the focus is, when no bridge is near',
      'local',
      { bridges: { us: 'us-east', local: 'eu-central' }, region: 'ap' },
      'eu-central',
    ],
    [
      'where there is least to do, when nobody says where',
      'us',
      { bridges: { us: 'us-east', eu: 'eu-west 0.2' } },
    ],
  ])('begins %s', (_what, choice, given, local) => {
    expect(choose(given, local)).toBe(choice);
  });

  it('begins beside where the focus is when that is full', () => {
    const bridges = { a: 'eu-west 0.5', b: 'eu-central full' };
    expect(choose({ bridges, region: 'eu-west' }, 'eu-central')).toBe('a');
  });

  it('minds the local region only at the beginning', () => {
    const bridges = { a: 'eu-west 0.5', b: 'eu-central' };
    expect(choose({ bridges, region: 'eu-west' }, 'eu-central')).toBe('b');
    expect(choose({ bridges, region: 'eu-west', used: { a: 1, b: 1 } }, 'eu-central')).toBe('a');
  });

  it.each([
    [79, 0, 'a'],
    [80, 0, 'b'],
    [20, 9, 'a'],
    [20, 10, 'b'],
  ])('with %i participants of whom %i are new goes on with %s', (participants, recent, choice) => {
    const given: Case = {
      bridges: { a: 'eu-west', b: 'eu-west 0.5' },
      used: { a: [participants, recent] },
      region: 'eu-west',
    };
    expect(choose(given, undefined, { maxParticipantsPerInterval: 10 })).toBe(choice);
  });
});

describe('visitors', () => {
  const rules = { strategy: 'single', visitorStrategy: 'region-based' } as const;
  it.each<Table[number]>([
    ['have a bridge of their own', 'b', { bridges: { a: '0.1', b: '0.3' }, used: { a: 2 }, visitor: true }],
    [
      'share it',
      'b',
      { bridges: { a: '', b: '', c: '' }, used: { a: 2, b: 9 }, visited: 'b', visitor: true },
    ],
    ['leave participants theirs', 'a', { bridges: { a: '0.5', b: '' }, used: { a: 2, b: 9 }, visited: 'b' }],
    [
      'are with participants where there is no other',
      'a',
      { bridges: { a: '' }, used: { a: 2 }, visitor: true },
    ],
    [
      'have participants with them where there is no other',
      'b',
      { bridges: { b: '' }, used: { b: 9 }, visited: 'b' },
    ],
  ])('%s', (_, choice, given) => expect(select(given, rules)).toBe(choice));

  it('are with participants unless told otherwise', () => {
    expect(
      select({ bridges: { a: '0.5', b: '' }, used: { a: 2 }, visitor: true }, { strategy: 'single' }),
    ).toBe('a');
  });
});
