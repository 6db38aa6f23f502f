import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

const rate = { bytesPerSecond: 1000, burst: 2000 };

describe('a byte rate', () => {
  it('lets a burst through, then makes wait for what is owed', () => {
    const bucket = new TokenBucket(rate, 0);
    expect(bucket.take(2000, 0)).toBe(0);
    expect(bucket.take(500, 0)).toBe(500);
    expect(bucket.take(0, 500)).toBe(0);
  });

  it('is kept on average, whatever comes when', () => {
    const read = fc.tuple(fc.nat(5000), fc.nat(3000));
    fc.assert(
      fc.property(fc.array(read, { minLength: 1 }), (reads) => {
        const bucket = new TokenBucket(rate, 0);
        let now = 0;
        let total = 0;
        for (const [bytes, pause] of reads) {
          total += bytes;
          now += pause + bucket.take(bytes, now);
        }
        expect(total).toBeLessThanOrEqual(rate.burst + (now / 1000) * rate.bytesPerSecond + 1);
      }),
    );
  });
});
