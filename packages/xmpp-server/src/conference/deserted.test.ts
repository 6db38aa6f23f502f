/** Conferences in which nobody is left but those who serve them. */
import { NS } from '@conclave/signaling';
import { beforeEach, expect, it, vi } from 'vitest';
import { muc } from '../muc/muc.js';
import { breakoutRooms, deserted } from './index.js';
import { enters, hears, main, meeting, room } from './testing/meeting.js';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  return () => vi.useRealTimers();
});

function scene() {
  const people = meeting(({ stage }) => {
    const breakouts = 'breakout.verona.lit';
    stage.beside(breakouts).load(muc, { admins: ['focus@auth.verona.lit'] });
    stage.load(breakoutRooms, { breakouts, announcedBy: main });
    stage.load(deserted, { services: ['recorder.verona.lit', 'auth.verona.lit'], grace: 20 });
  });
  const recorder = people.stage.actor('recorder@recorder.verona.lit/r');
  enters(recorder, 'recorder');
  const allLeave = () => {
    people.romeo.leaves(room);
    people.juliet.leaves(room);
    people.stage.everybodyIgnoresAll();
  };
  return { ...people, recorder, allLeave };
}

it('end after a while', () => {
  const { service, recorder, allLeave } = scene();
  allLeave();
  vi.advanceTimersByTime(19_999);
  expect(service.rooms.size).toBe(1);
  vi.advanceTimersByTime(1);
  expect(service.rooms.size).toBe(0);
  recorder.receives(
    `<presence type='unavailable'><x xmlns='${NS.mucUser}'><destroy><reason>Empty room with recording and/or transcribing.</reason></destroy></x></presence>`,
  );
});

it('go on when somebody comes back meanwhile', () => {
  const { service, romeo, allLeave } = scene();
  allLeave();
  vi.advanceTimersByTime(10_000);
  enters(romeo, 'romeo');
  vi.advanceTimersByTime(60_000);
  expect(service.rooms.size).toBe(1);
});

it('go on for somebody on the telephone', () => {
  const { stage, service, allLeave } = scene();
  const caller = stage.actor('jigasi@auth.verona.lit/c');
  enters(caller, 'caller', `<initiator xmlns='${NS.jigasi}'/>`);
  allLeave();
  vi.advanceTimersByTime(60_000);
  expect(service.rooms.size).toBe(1);
  caller.leaves(room);
  vi.advanceTimersByTime(20_000);
  expect(service.rooms.size).toBe(0);
});

it('are left to the focus when nobody at all is there', () => {
  const { service, recorder, allLeave } = scene();
  recorder.leaves(room);
  allLeave();
  vi.advanceTimersByTime(60_000);
  expect(service.rooms.size).toBe(1);
});

it('go on while somebody is in a breakout room', () => {
  const { service, focus, romeo, juliet } = scene();
  romeo.sends(
    "<message to='breakout.verona.lit'><breakout_rooms type='features/breakout-rooms/add' subject='Duel'/></message>",
  );
  vi.advanceTimersByTime(300);
  const { rooms } = hears(juliet, 'breakout.verona.lit') as { rooms: Record<string, { jid: string }> };
  const breakout = Object.values(rooms).find(({ jid }) => jid !== room)?.jid ?? '';
  for (const actor of [focus, juliet]) {
    const nick = actor === focus ? 'focus' : 'juliet';
    actor.sends(`<presence to='${breakout}/${nick}'><x xmlns='${NS.muc}'/></presence>`);
  }
  juliet.leaves(room);
  romeo.leaves(room);
  vi.advanceTimersByTime(60_000);
  expect(service.rooms.size).toBe(1);
  juliet.leaves(breakout);
  vi.advanceTimersByTime(60_000);
  expect(service.rooms.size).toBe(0);
});
