import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cryptoRandom, roomName, roomOf, roomPath, suggestRoomName } from './room-name.js';

describe('a room name', () => {
  it.each([
    ['Team Meeting', 'team-meeting'],
    ['  Überraschung!  ', 'überraschung'],
    ['a.b/c@d', 'a-b-c-d'],
    ['--', ''],
  ])('typed as %j is %j', (typed, name) => expect(roomName(typed)).toBe(name));

  it('stays itself, and survives the way through an address', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
        const name = roomName(text);
        expect(roomName(name)).toBe(name);
        expect(name).not.toMatch(/[.\s/@"&'<>:A-Z]/);
        if (name !== '')
          expect(roomOf({ pathname: roomPath(name, { pathname: '/' }), search: '' })).toBe(name);
      }),
    );
  });

  it.each([
    ['/', '', undefined],
    ['/daily', '', 'daily'],
    ['/', '?room=Daily', 'daily'],
    ['/sub/daily', '', 'daily'],
    ['/%', '', undefined],
  ])('in %s%s is %s', (pathname, search, room) => expect(roomOf({ pathname, search })).toBe(room));

  it.each([
    ['/', '/daily'],
    ['/other', '/daily'],
    ['/acme/other', '/acme/daily'],
    ['/a%20b/other', '/a%20b/daily'],
    ['/a/b/c', '/daily'],
  ])('seen from %s is at %s', (pathname, path) => expect(roomPath('daily', { pathname })).toBe(path));

  it('is suggested as words and digits that are a room name already', () => {
    const name = suggestRoomName(cryptoRandom);
    expect(name).toMatch(/^[a-z]+-[a-z]+-[a-z]+-[a-z]+-\d{4}$/);
    expect(roomName(name)).toBe(name);
    expect(suggestRoomName(() => 0)).toBe('amber-acorn-amber-acorn-0000');
  });
});
