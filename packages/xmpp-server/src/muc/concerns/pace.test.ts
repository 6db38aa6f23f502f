import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { garden, join, refusal, room } from '../testing/verona.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const limits = { broadcasts: { perSecond: 2, burst: 3 } };
const says = `<message type='groupchat' to='${room}'><body>Hark</body></message>`;
const moves = `<presence to='${room}/juliet'><status>Here</status></presence>`;

it('lets a person speak in bursts, then at a pace, whether by message or presence', () => {
  const { romeo, juliet } = garden({ limits });
  juliet.sends(says);
  juliet.sends(moves);
  romeo.receives(`<message><body>Hark</body></message>`);
  romeo.receives(`<presence><status>Here</status></presence>`);
  juliet.ignoresAll();
  juliet.sends(says);
  juliet.receives(refusal('message', 'wait', 'resource-constraint'));
  juliet.sends(moves);
  juliet.receives(refusal('presence', 'wait', 'resource-constraint'));
  romeo.receivesNothing();
  vi.advanceTimersByTime(500);
  juliet.sends(moves);
  romeo.receives(`<presence><status>Here</status></presence>`);
  juliet.ignoresAll();
  juliet.sends(says);
  juliet.receives(refusal('message', 'wait', 'resource-constraint'));
});

it('counts coming and going, but lets everybody go', () => {
  const { romeo, juliet } = garden({ limits });
  for (let times = 0; times < 2; times += 1) {
    juliet.leaves(room);
    juliet.ignoresAll();
    juliet.joins(room, 'juliet');
  }
  juliet.leaves(room);
  romeo.receives(`<presence type='unavailable'/>`);
  juliet.ignoresAll();
  juliet.sends(join('juliet'));
  juliet.receives(refusal('presence', 'wait', 'resource-constraint'));
});

it('does not slow the focus, nor one person for another', () => {
  const { stage, romeo, juliet } = garden({ limits, admins: ['focus@auth.verona.lit'] });
  const focus = stage.actor('focus@auth.verona.lit/focus');
  focus.joins(room, 'focus');
  for (let times = 0; times < 20; times += 1) focus.sends(`<presence to='${room}/focus'/>`);
  expect(focus.inbox.every((stanza) => stanza.attrs['type'] !== 'error')).toBe(true);
  juliet.sends(says);
  juliet.sends(says);
  juliet.sends(says);
  romeo.ignoresAll();
  romeo.sends(says);
  romeo.receives(`<message><body>Hark</body></message>`);
});
