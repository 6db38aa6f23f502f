/** What becomes of tokens when the credentials that they were got by change at the same time; the rest is shown on the wire in sasl2.test.ts. */
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../storage/memory.js';
import { storageOf } from '../storage/storage.js';
import { FastTokens } from './fast-tokens.js';

const use = { client: 'phone', mechanism: 'HT-SHA-256-NONE', count: undefined, invalidate: false };

describe('a token that is asked for while the password changes', () => {
  it.each(['before', 'after'])('is not good, when it is issued %s the others are revoked', async (order) => {
    const tokens = new FastTokens(
      storageOf(new MemoryStorage(), 'meet.example'),
      'meet.example',
      () => 60_000,
    );
    let changed = false;
    const issue = () => tokens.issue('alice', { ...use, inUse: undefined, isCurrent: () => !changed });
    await issue();
    const first = order === 'before' ? issue() : undefined;
    changed = true;
    const revoked = tokens.revoke('alice');
    const last = order === 'after' ? issue() : undefined;
    await Promise.all([first, revoked, last]);
    expect((await tokens.candidates('alice', use)).tokens).toEqual([]);
  });
});
