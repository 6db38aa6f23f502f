/** Dialback keys (XEP-0220, XEP-0185). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DialbackKeys } from './dialback.js';

const subject = { receiving: 'xmpp.example.com', originating: 'example.org', streamId: 'D60000229F' };

describe('a dialback key', () => {
  it('is made as XEP-0185 shows', () => {
    expect(new DialbackKeys('s3cr3tf0rd14lb4ck').make(subject)).toBe(
      '37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643',
    );
  });

  it('is good for its own stream and domains only', () => {
    const keys = new DialbackKeys();
    const domain = fc.stringMatching(/^[a-c.]{1,6}$/);
    const subjects = fc.record({ receiving: domain, originating: domain, streamId: domain });
    fc.assert(
      fc.property(subjects, subjects, (one, other) => {
        const same =
          JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
        expect(keys.isMine(other, keys.make(one))).toBe(same);
      }),
    );
  });

  it('is good in the process that made it only', () => {
    expect(new DialbackKeys().isMine(subject, new DialbackKeys().make(subject))).toBe(false);
  });

  it.each(['', 'x', 'ü'.repeat(64)])('is never %j', (key) => {
    expect(new DialbackKeys().isMine(subject, key)).toBe(false);
  });
});
