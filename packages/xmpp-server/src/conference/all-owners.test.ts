/** Rooms where everybody moderates (acceptance 22). */
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import { allOwners } from './index.js';
import { appoints, enters, hears, meeting, ownPresence, tokenFor } from './testing/meeting.js';

const scene = (options: object = {}) => meeting(({ stage }) => stage.load(allOwners, options));
const roleOf = (people: ReturnType<typeof scene>, nick: string) =>
  people.service.rooms.get('garden@rooms.verona.lit')?.occupant(nick)?.role;

it('makes everybody a moderator from the first presence on, and says that it is so', () => {
  const people = scene();
  enters(people.tybalt, 'tybalt');
  const [first] = people.juliet.inbox;
  expect(first?.getChild('x')?.getChild('item')?.attrs).toMatchObject({
    affiliation: 'owner',
    role: 'moderator',
  });
  expect(roleOf(people, 'juliet')).toBe('moderator');
  expect(hears(people.tybalt, 'metadata.verona.lit')).toMatchObject({ metadata: { allownersEnabled: true } });
});

it.each(['none', 'member', 'outcast', 'admin'])('lets nobody make another %s', (affiliation) => {
  const { juliet, romeo } = scene();
  appoints(juliet, 'romeo@verona.lit', affiliation);
  juliet.receives(refusal('iq', 'auth', 'forbidden'));
  romeo.receivesNothing();
});

it('leaves that to the focus, and to owners where the operator wants it', () => {
  const people = scene();
  appoints(people.focus, 'romeo@verona.lit', 'none');
  expect(roleOf(people, 'romeo')).toBe('participant');
  const others = scene({ revocable: true });
  appoints(others.juliet, 'romeo@verona.lit', 'none');
  expect(roleOf(others, 'romeo')).toBe('participant');
});

it('makes nobody a moderator of a moderated room but who has a token for it', () => {
  const people = scene({ moderatedRooms: ['garden'] });
  expect(roleOf(people, 'juliet')).toBe('participant');
  for (const [name, room, role] of [
    ['paris', 'garden', 'moderator'],
    ['mercutio', 'vault', 'participant'],
  ] as const) {
    const actor = people.stage.actor(`${name}@verona.lit/x`, { identity: tokenFor({ room }) });
    enters(actor, name);
    expect(ownPresence(actor, name)?.getChild('x')?.getChild('item')?.attrs['role']).toBe(role);
  }
});
