/** Breakout rooms: conferences of their own, which keep the main one alive and need no host to be opened. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ROOM } from '../stage-room.test.support.js';
import type { Stage } from '../stage.test.support.js';
import { actions, openConference } from './scene.test.support.js';

const GUEST = 'guest@guest.meet.example/g';
const BREAKOUT = '9f@breakout.meet.example';

let stage: Stage;

beforeEach(async () => {
  ({ stage } = await openConference());
});

/** Both members of the main room move. */
const move = async () => {
  const inMain = [await stage.join('aaaa'), await stage.join('bbbb')];
  for (const client of inMain) await stage.leave(client, 'switch_room');
  expect((await stage.request(GUEST, { room: BREAKOUT })).error).toBeUndefined();
  return [await stage.join('aaaa', { room: BREAKOUT }), await stage.join('bbbb', { room: BREAKOUT })];
};

describe('a breakout room', () => {
  it('needs no login to be opened, and its people get media', async () => {
    const people = await move();
    for (const client of people) expect(actions(client)).toEqual(['session-initiate']);
    expect(stage.focus.stats()).toMatchObject({ conferences: 2, participants: 2 });
    expect(stage.owners).not.toContain('aaaa@guest.meet.example');
  });

  it('keeps the main room open for those who come back, guests included', async () => {
    await move();
    await stage.clock.advance(120_000);
    expect((await stage.request(GUEST)).error).toBeUndefined();
    expect(actions(await stage.join('cccc'))).toEqual([]);
    expect(stage.focus.stats().conferences).toBe(2);
  });

  it('ends when it is empty, and the main room a while after it when nobody comes back', async () => {
    for (const client of await move()) await stage.leave(client, 'switch_room');
    expect(stage.focus.stats().conferences).toBe(2);
    await stage.clock.advance(30_000);
    expect(stage.focus.stats().conferences).toBe(0);
    expect((await stage.request(GUEST)).error?.condition).toBe('not-authorized');
  });

  it('that the last one moves to has time to be opened', async () => {
    const last = await stage.join('aaaa');
    await stage.leave(last, 'switch_room');
    expect(stage.entered).toContain(ROOM);
    await stage.clock.advance(15_000);
    expect(stage.entered).not.toContain(ROOM);
  });
});
