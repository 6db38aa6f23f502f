/** Logins that were under way when the credentials changed. */
import { describe, expect, it } from 'vitest';
import { CredentialChanges, longestLogin } from './credential-changes.js';

describe('a login', () => {
  it('is overtaken by a change of its own account, and of no other', () => {
    const changes = new CredentialChanges();
    const before = changes.mark;
    expect(changes.hasChanged('alice', before)).toBe(false);
    changes.note('alice');
    expect(changes.hasChanged('alice', before)).toBe(true);
    expect(changes.hasChanged('bob', before)).toBe(false);
    expect(changes.hasChanged('alice', changes.mark)).toBe(false);
  });

  it('may take so long, and changes from before are forgotten', () => {
    let now = 0;
    const changes = new CredentialChanges(() => now);
    changes.note('alice');
    now = longestLogin;
    changes.note('bob');
    expect(changes.hasChanged('alice', 0)).toBe(true);
    now = longestLogin + 1;
    changes.note('bob');
    expect(changes.hasChanged('alice', 0)).toBe(false);
    expect(changes.hasChanged('bob', 0)).toBe(true);
  });
});
