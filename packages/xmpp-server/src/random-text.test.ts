import { describe, expect, it } from 'vitest';
import { randomText } from './random-text.js';

describe('random text', () => {
  it('has as much entropy as was asked for, in characters that need no escaping', () => {
    for (const octets of [1, 9, 18, 24, 64]) {
      expect(randomText(octets)).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(Buffer.from(randomText(octets), 'base64url')).toHaveLength(octets);
    }
  });

  it('never comes twice, however often the pool is drawn from', () => {
    const made = Array.from({ length: 20_000 }, () => randomText(9));
    expect(new Set(made).size).toBe(made.length);
    // Nothing that has been given out, nor the zeros that take its place.
    expect(made).not.toContain('AAAAAAAAAAAA');
  });
});
