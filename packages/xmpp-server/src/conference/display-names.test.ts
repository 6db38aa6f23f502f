/** The names that people show. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { cleanName } from './display-name.js';
import { displayNames, presenceIdentity } from './index.js';
import { appoints, enters, meeting, room, tokenFor } from './testing/meeting.js';

const scene = (options: object = {}) =>
  meeting(({ stage }) => {
    stage.load(presenceIdentity, { fields: ['id', 'name', 'email', 'avatar', 'role'] });
    stage.load(displayNames, options);
  });
const nick = (text: string, namespace = 'http://jabber.org/protocol/nick') =>
  `<nick xmlns='${namespace}'>${text}</nick>`;
const presenceOf = (actor: Actor, who: string) =>
  actor.inbox.filter((stanza) => stanza.name === 'presence' && stanza.attrs['from'] === `${room}/${who}`);

it('are cleaned of what cannot be seen, turned round, or has no end', () => {
  const { juliet, tybalt } = scene();
  enters(tybalt, 'tybalt', nick(` Ty\u202ebalt\u200f \n  of\u2028Verona ${'x'.repeat(500)}`));
  const shown = presenceOf(juliet, 'tybalt')[0]?.getChildText('nick') ?? '';
  expect(shown).toMatch(/^Ty balt of Verona x+$/);
  expect(shown).toHaveLength(128);
});

it('are one, whatever else a presence says', () => {
  const { juliet, tybalt } = scene();
  enters(tybalt, 'tybalt', `${nick('Romeo', 'x:y')}${nick('Tybalt')}${nick('Juliet')}`);
  const [seen] = presenceOf(juliet, 'tybalt');
  expect(seen?.getChildren('nick').map((each) => each.getText())).toEqual(['Tybalt']);
});

it('are the token’s where it says so, and none if it has none', () => {
  const { stage, juliet } = scene();
  const features = new Map([['name-readonly', true]]);
  for (const [who, user, shown] of [
    ['paris', { name: 'Count Paris' }, 'Count Paris'],
    ['benvolio', {}, undefined],
  ] as const) {
    const actor = stage.actor(`${who}@verona.lit/x`, { identity: tokenFor({ features, user }) });
    enters(actor, who, nick('Romeo'));
    actor.sends(`<presence to='${room}/${who}'>${nick('The Prince')}</presence>`);
    const seen = presenceOf(juliet, who);
    expect(seen).toHaveLength(2);
    for (const each of seen) expect(each.getChildText('nick') ?? undefined).toBe(shown);
  }
});

it('are not claimed by messages, to the group or in private', () => {
  const { stage, romeo, juliet } = scene();
  const claim = `${nick('Romeo')}<display-name xmlns='http://jitsi.org/protocol/display-name' source='visitor'>Romeo</display-name><addresses xmlns='http://jabber.org/protocol/address'><address type='ofrom' jid='${room}/romeo'/></addresses>`;
  stage.everybodyIgnoresAll();
  juliet.sends(`<message type='groupchat' to='${room}'><body>Hi</body>${claim}</message>`);
  juliet.sends(`<message type='chat' to='${room}/romeo'><body>Hi</body>${claim}</message>`);
  for (const type of ['groupchat', 'chat']) {
    const heard = romeo.receives(`<message type='${type}'><body>Hi</body></message>`).toString();
    expect(heard).not.toMatch(/nick |display-name|ofrom/);
  }
});

it('are told with what was said before, also of those who are gone', () => {
  const { stage, romeo, juliet, tybalt } = scene();
  romeo.sends(`<presence to='${room}/romeo'>${nick('Romeo')}</presence>`);
  juliet.sends(`<presence to='${room}/juliet'>${nick('Juliet')}</presence>`);
  for (const actor of [romeo, juliet])
    actor.sends(`<message type='groupchat' to='${room}'><body>Hi</body></message>`);
  juliet.leaves(room);
  stage.everybodyIgnoresAll();
  enters(tybalt, 'tybalt');
  const names = tybalt.inbox.flatMap((stanza) =>
    stanza.getChildren('display-name').map((each) => `${String(each.attrs['source'])} ${each.getText()}`),
  );
  expect(names).toEqual(['token Romeo', 'guest Juliet']);
});

it('are asked of everybody where the operator wants that, but of its own clients', () => {
  const { stage, tybalt } = meeting();
  stage.load(displayNames, { required: true, exempt: ['recorder.verona.lit'] });
  for (const name of ['', nick('  \u200f '), nick('Tybalt', 'x:y')]) {
    enters(tybalt, 'tybalt', name);
    tybalt.receives(refusal('presence', 'modify', 'not-acceptable'));
  }
  enters(tybalt, 'tybalt', nick('Tybalt'));
  tybalt.receives('<presence/>');
  const recorder = stage.actor('recorder@recorder.verona.lit/x');
  enters(recorder, 'recorder');
  recorder.receives(`<presence from='${room}/focus'/>`);
});

function masked() {
  const people = scene({ hideFromGuests: true, exempt: ['recorder.verona.lit'] });
  const user = {
    id: 'u-seven',
    name: 'Paris',
    email: 'p@verona.lit',
    avatar: 'https://x.y/paris',
    role: 'count',
  };
  const paris = people.stage.actor('paris@verona.lit/x', { identity: tokenFor({ user }) });
  const personal = /Paris|u-seven|p@verona\.lit|x\.y|paris@verona/;
  return { ...people, paris, personal };
}
const arrives = (paris: Actor) =>
  enters(paris, 'paris', `${nick('Paris')}<email>p@verona.lit</email><stats-id>u-seven</stats-id>`);

it('are hidden from guests, with whatever else tells who somebody is, and shown to moderators', () => {
  const { juliet, romeo, paris, personal, tybalt } = masked();
  arrives(paris);
  const [seen] = presenceOf(juliet, 'paris');
  expect(seen?.toString()).not.toMatch(personal);
  expect(seen?.toString()).toContain('<role>count</role>');
  expect(presenceOf(romeo, 'paris')[0]?.toString()).toMatch(personal);
  expect(presenceOf(paris, 'paris')[0]?.toString()).toMatch(personal);
  paris.sends(`<message type='groupchat' to='${room}'><body>Hi</body></message>`);
  enters(tybalt, 'tybalt');
  expect(tybalt.inbox.join()).not.toMatch(personal);
  juliet.ignoresAll();
  paris.sends(`<presence type='unavailable' to='${room}/paris'>${nick('Paris')}</presence>`);
  expect(juliet.inbox.join()).not.toMatch(personal);
});

it('shows guests the focus as it is, by whose address they know it', () => {
  const { tybalt } = masked();
  enters(tybalt, 'tybalt');
  expect(presenceOf(tybalt, 'focus')[0]?.toString()).toContain('focus@auth.verona.lit');
});

it('shows names to whoever becomes a moderator, and to recorders', () => {
  const { stage, juliet, romeo, paris, personal } = masked();
  arrives(paris);
  juliet.ignoresAll();
  appoints(romeo, juliet.jid.bare.toString());
  expect(presenceOf(juliet, 'paris')[0]?.toString()).toMatch(personal);
  const recorder = stage.actor('recorder@recorder.verona.lit/x');
  enters(recorder, 'recorder');
  expect(presenceOf(recorder, 'paris')[0]?.toString()).toMatch(personal);
});

it('are well-formed text whatever comes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const name = cleanName(text);
      expect(name.length).toBeLessThanOrEqual(128);
      expect(cleanName(name)).toBe(name);
      expect(name).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u);
    }),
  );
});
