/** Lua patterns as the names of rooms. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roomPattern } from './room-pattern.js';

describe('a pattern', () => {
  it.each([
    ['standup', 'standup', true],
    ['standup', 'standup2', false],
    ['team%-.*', 'team-a', true],
    ['team%-.*', 'team-', true],
    ['team%-.+', 'team-', false],
    ['team%-.*', 'my-team-a', false],
    ['^team.$', 'team1', true],
    ['100%$', '100$', true],
    ['%d%d?', '7', true],
    ['%d%d?', '123', false],
    ['%a+%-%d+', 'class-42', true],
    ['%D+', 'class4', false],
    ['[a-c]-z', 'abcz', true],
    ['[^a-c]+', 'xyz', true],
    ['[^a-c]+', 'xaz', false],
    ['[]x]+', ']x]', true],
    ['[%w_]+', 'room_1', true],
    ['[a-]', '-', true],
    ['(team)(%d+)', 'team12', true],
    ['ré.', 'rés', true],
    ['', '', true],
    ['', 'x', false],
    ['a.c', 'a.c', true],
    ['[.]', 'x', false],
  ])('%j and the name %j: %j', (pattern, name, expected) => {
    expect(roomPattern(pattern)?.(name)).toBe(expected);
  });

  it.each(['[a', '[', '%', 'a%', '(a', 'a)', '%b()', '%f[a]', '(a)%1', '[%', 'x'.repeat(257)])(
    'is not %j',
    (text) => {
      expect(roomPattern(text)).toBeUndefined();
    },
  );

  it('takes no longer for being made to', () => {
    const began = performance.now();
    expect(roomPattern('.*'.repeat(128))?.('x'.repeat(1023))).toBe(true);
    expect(roomPattern(`${'a-'.repeat(120)}b`)?.('a'.repeat(1023))).toBe(false);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('never throws, and finds what it is the name of', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, name) => {
        roomPattern(pattern)?.(name);
        expect(roomPattern(name.replace(/[^A-Za-z0-9]/g, '%$&').slice(0, 250))?.(name)).not.toBe(false);
      }),
    );
  });
});
