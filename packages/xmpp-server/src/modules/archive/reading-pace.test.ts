import { beforeEach, describe, expect, it } from 'vitest';
import { ReadingPace } from './reading-pace.js';

describe('who reads archives', () => {
  let now: number;
  let pace: ReadingPace;

  beforeEach(() => {
    now = 0;
    pace = new ReadingPace({ bytesPerSecond: 100, burst: 1000 }, 10, () => now);
  });

  it('waits after a long answer, as long as it takes to make up for it', () => {
    expect(pace.admits('romeo')).toBe(true);
    pace.sent('romeo', 1200);
    expect(pace.admits('romeo')).toBe(false);
    expect(pace.admits('juliet')).toBe(true);
    now = 2_000;
    expect(pace.admits('romeo')).toBe(false);
    now = 2_200;
    expect(pace.admits('romeo')).toBe(true);
  });

  it('waits after many questions, whatever the answers', () => {
    const admitted = Array.from({ length: 200 }, () => pace.admits('romeo')).filter(Boolean);
    expect(admitted.length).toBeLessThan(110);
  });
});
