import { expect, it } from 'vitest';
import { Whereabouts } from './whereabouts.js';

const start = () =>
  new Whereabouts({
    serviceUrl: 'wss://meet.example/xmpp-websocket',
    domains: { domain: 'meet.example', muc: 'conference.meet.example', focus: 'focus.meet.example' },
    room: 'Daily',
  });

it('begins in the conference, and says that we know of visitors', () => {
  const where = start();
  expect(where.atNode).toBe(false);
  expect(where.requestProperties).toEqual({ 'visitors-version': '1' });
});

it('follows the focus to a node, and a moderator back with leave', () => {
  const where = start();
  expect(where.redirected('v1')).toBe(true);
  expect(where.atNode).toBe(true);
  expect(where.place.room).toBe('daily@conference.v1.meet.jitsi');
  where.promoted('0a1b-2c3d');
  expect(where.atNode).toBe(false);
  expect(where.place.service).toContain('customusername=0a1b-2c3d');
  // Otherwise the focus would send us to look on again.
  expect(where.requestProperties).toEqual({});
});

it('looks on when it is sent back, without the leave', () => {
  const where = start();
  where.promoted('0a1b-2c3d');
  where.demoted();
  expect(where.requestProperties).toEqual({ 'visitors-version': '1', visitor: 'true' });
  expect(where.place.service).not.toContain('customusername');
});

it('does not follow to what is no node', () => {
  const where = start();
  expect(where.redirected('evil.example')).toBe(false);
  expect(where.atNode).toBe(false);
});

it('does not go to and fro for ever', () => {
  const where = start();
  const tries = () => {
    where.returned();
    return where.redirected('v1');
  };
  expect([tries(), tries(), tries()]).toEqual([true, true, false]);
  where.entered();
  expect(tries()).toBe(true);
});
