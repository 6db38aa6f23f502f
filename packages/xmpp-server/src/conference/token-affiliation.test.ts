/** What a token makes of its bearer in the room (acceptance 75). */
import { expect, it } from 'vitest';
import { tokenAffiliation } from './index.js';
import { appoints, configures, enters, meeting, ownPresence, tokenFor } from './testing/meeting.js';

const scene = () => meeting(({ stage }) => stage.load(tokenAffiliation));

it.each([
  [{ moderator: true }, 'owner', 'moderator'],
  [{ moderator: 'true' }, 'owner', 'moderator'],
  [{ affiliation: 'teacher' }, 'owner', 'moderator'],
  [{ moderator: 'yes' }, 'member', 'participant'],
  [undefined, 'member', 'participant'],
])('by %j one is %s, and enters as %s', (user, affiliation, role) => {
  const { stage } = scene();
  const paris = stage.actor('paris@verona.lit/tomb', { identity: tokenFor({ user }) });
  enters(paris, 'paris');
  expect(ownPresence(paris, 'paris')?.getChild('x')?.getChild('item')?.attrs).toMatchObject({
    affiliation,
    role,
  });
});

it('says nothing of who has none, and takes nothing away', () => {
  const { stage, focus, tybalt } = scene();
  enters(tybalt, 'tybalt');
  expect(ownPresence(tybalt, 'tybalt')?.getChild('x')?.getChild('item')?.attrs['affiliation']).toBe('none');
  const paris = stage.actor('paris@verona.lit/tomb', { identity: tokenFor() });
  appoints(focus, 'paris@verona.lit');
  enters(paris, 'paris');
  expect(ownPresence(paris, 'paris')?.getChild('x')?.getChild('item')?.attrs['affiliation']).toBe('owner');
});

it('is no way around a ban, nor into a room for members', () => {
  const { stage, focus, romeo } = scene();
  const paris = stage.actor('paris@verona.lit/tomb', { identity: tokenFor({ user: { moderator: true } }) });
  appoints(focus, 'paris@verona.lit', 'outcast');
  enters(paris, 'paris');
  expect(ownPresence(paris, 'paris')).toBeUndefined();
  appoints(focus, 'paris@verona.lit', 'none');
  configures(romeo, { 'muc#roomconfig_membersonly': 'true' });
  enters(paris, 'paris');
  expect(ownPresence(paris, 'paris')).toBeUndefined();
});
