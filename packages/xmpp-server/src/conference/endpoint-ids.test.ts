import { expect, it } from 'vitest';
import { garden, join, refusal, room, verona } from '../muc/testing/verona.js';
import { endpointIds } from './index.js';

it.each(['a-v0', 'a b', '_a', 'ä', 'a/b'])('refuses the id %s, and creates nothing', (nick) => {
  const { stage, romeo, service } = verona();
  stage.load(endpointIds);
  romeo.sends(join(nick));
  romeo.receives(refusal('presence', 'cancel', 'not-allowed'));
  expect(service.rooms.size).toBe(0);
});

it.each(['1a2b3c4d', 'focus', 'jvb_1'])('lets the id %s in', (nick) => {
  const { stage, romeo } = verona();
  stage.load(endpointIds);
  romeo.joins(room, nick);
});

it('keeps an endpoint to its id', () => {
  const { stage, juliet, romeo } = garden();
  stage.load(endpointIds);
  juliet.sends(`<presence to='${room}/capulet'/>`);
  juliet.receives(refusal('presence', 'cancel', 'not-allowed'));
  romeo.receivesNothing();
  juliet.sends(`<presence to='${room}/juliet'><status>Here</status></presence>`);
  romeo.receives(`<presence from='${room}/juliet'><status>Here</status></presence>`);
});
