/** Who somebody is, as only the server can say. */
import { expect, it } from 'vitest';
import { presenceIdentity } from './index.js';
import { enters, meeting, ownPresence, room, tokenFor } from './testing/meeting.js';

const scene = (options: object = {}) => meeting(({ stage }) => stage.load(presenceIdentity, options));

it('shows what the token says, as far as everybody may know it', () => {
  const { stage, juliet } = scene();
  const user = { id: 'u7', name: 'Paris & Co', email: 'p@verona.lit', admin: { a: 1 } };
  const paris = stage.actor('paris@verona.lit/x', { identity: tokenFor({ user, group: 'counts' }) });
  enters(paris, 'paris');
  const seen = juliet.receives(
    `<presence from='${room}/paris'><identity><user><id>u7</id><name>Paris &amp; Co</name></user><group>counts</group></identity></presence>`,
  );
  expect(seen.toString()).not.toContain('p@verona.lit');
});

it('believes nobody who says it itself', () => {
  const { tybalt, juliet, romeo } = scene();
  enters(tybalt, 'tybalt', `<identity><user><id>u7</id></user></identity>`);
  expect(juliet.receives('<presence/>').toString()).not.toContain('>u7<');
  expect(ownPresence(tybalt, 'tybalt')?.toString()).not.toContain('>u7<');
  romeo.ignoresAll();
  tybalt.sends(
    `<presence to='${room}/tybalt'><identity xmlns='x:y'><user><id>u7</id></user></identity></presence>`,
  );
  expect(romeo.receives('<presence/>').toString()).not.toContain('>u7<');
});

it('shows what the operator chooses', () => {
  const { stage, juliet } = scene({ fields: ['email'], group: false });
  const user = { id: 'u7', email: 'p@verona.lit' };
  const paris = stage.actor('paris@verona.lit/x', { identity: tokenFor({ user, group: 'counts' }) });
  enters(paris, 'paris');
  const seen = juliet.receives(
    `<presence><identity><user><email>p@verona.lit</email></user></identity></presence>`,
  );
  expect(seen.toString()).not.toMatch(/>u7<|counts/);
});
