/** Accounts: what may be registered, what is stored, and what a stranger learns of them. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { loginContext } from '../testing/login-context.js';
import { MemoryStorage } from '../storage/memory.js';
import { InternalHashedAccounts } from './internal-hashed.js';

const host = 'meet.example';
const channel = loginContext;
let storage: MemoryStorage;
let accounts: InternalHashedAccounts;
const changed = vi.fn();

beforeEach(async () => {
  changed.mockClear();
  storage = new MemoryStorage();
  accounts = await InternalHashedAccounts.open(storage, host, 16, changed);
});

async function plain(name: string, password: string, authzid = ''): Promise<string> {
  const outcome = await accounts
    .authenticate('PLAIN', channel)
    ?.next(Buffer.from(`${authzid}\0${name}\0${password}`));
  return outcome?.kind === 'failure' ? outcome.condition : `${outcome?.kind}`;
}

describe('registering', () => {
  it('makes an account that can log in', async () => {
    await accounts.register('Alice', 'wonderland');
    expect(await accounts.exists('alice')).toBe(true);
    expect(await plain('alice', 'wonderland')).toBe('success');
    expect(await plain('ALICE', 'wonderland')).toBe('success');
    expect(await plain('alice', 'Wonderland')).toBe('not-authorized');
  });

  it('stores salted keys and no password', async () => {
    await accounts.register('alice', 'wonderland');
    await accounts.register('bob', 'wonderland');
    const store = storage.keyval(host, 'accounts', z.json());
    const texts = await Promise.all(
      ['alice', 'bob'].map(async (name) => JSON.stringify(await store.get(name))),
    );
    expect(texts.join()).not.toContain('wonderland');
    const salts = texts.join().match(/"salt":"[^"]+"/g);
    expect(new Set(salts).size).toBe(4);
  });

  it('refuses a name that is taken', async () => {
    await accounts.register('alice', 'a');
    await expect(accounts.register('ALICE', 'b')).rejects.toMatchObject({ code: 'conflict' });
    expect(await plain('alice', 'a')).toBe('success');
  });

  it.each(['', 'a b', 'a@b', 'a/b', 'a:b', '<a>', 'a\0', 'x'.repeat(1024), '\u0221'])(
    'refuses the name %j',
    async (name) => {
      await expect(accounts.register(name, 'secret')).rejects.toMatchObject({ code: 'bad-username' });
    },
  );

  it.each(['', '\u00ad', 'a\u0007b', '\u0627\u0031'])('refuses the password %j', async (password) => {
    await expect(accounts.register('alice', password)).rejects.toMatchObject({ code: 'bad-password' });
  });
});

describe('changing', () => {
  it('sets a password, and tells so', async () => {
    await accounts.register('alice', 'old');
    await accounts.setPassword('alice', 'new');
    expect(await plain('alice', 'old')).toBe('not-authorized');
    expect(await plain('alice', 'new')).toBe('success');
    expect(changed).toHaveBeenCalledExactlyOnceWith('alice', 'password-changed', undefined);
  });

  it('is not undone by a login with the old password that makes the keys stronger meanwhile', async () => {
    await accounts.register('alice', 'old');
    const stronger = await InternalHashedAccounts.open(storage, host, 32, changed);
    const login = stronger.authenticate('PLAIN', channel)?.next(Buffer.from('\0alice\0old'));
    await Promise.all([login, stronger.setPassword('alice', 'new')]);
    expect(await plain('alice', 'old')).toBe('not-authorized');
    expect(await plain('alice', 'new')).toBe('success');
  });

  it('removes an account, and tells so', async () => {
    await accounts.register('alice', 'old');
    await accounts.remove('alice');
    expect(await plain('alice', 'old')).toBe('not-authorized');
    expect(await accounts.list()).toEqual([]);
    expect(changed).toHaveBeenCalledExactlyOnceWith('alice', 'removed');
  });

  it('needs an account', async () => {
    await expect(accounts.setPassword('nobody', 'x')).rejects.toMatchObject({ code: 'unknown-account' });
    await expect(accounts.remove('nobody')).rejects.toMatchObject({ code: 'unknown-account' });
  });

  it('leaves an account alone that is as it should be', async () => {
    await accounts.ensure('focus', 'secret');
    await accounts.ensure('focus', 'secret');
    expect(changed).not.toHaveBeenCalled();
    await accounts.ensure('focus', 'other');
    expect(await plain('focus', 'other')).toBe('success');
  });
});

describe('an account that is disabled', () => {
  it('is told so, stays so over a restart, and can be enabled again', async () => {
    await accounts.register('alice', 'secret');
    await accounts.disable('Alice');
    expect(changed).toHaveBeenCalledExactlyOnceWith('alice', 'disabled');
    accounts = await InternalHashedAccounts.open(storage, host, 16, changed);
    expect(accounts.disabled('alice')).toMatchObject({ since: expect.any(String) as string });
    expect(accounts.listDisabled()).toEqual(['alice']);
    await accounts.enable('alice');
    expect(accounts.disabled('alice')).toBeUndefined();
  });

  it('leaves nothing of that to who has its name next', async () => {
    await accounts.register('alice', 'secret');
    await accounts.disable('alice');
    await accounts.remove('alice');
    await accounts.register('alice', 'other');
    expect(accounts.disabled('alice')).toBeUndefined();
  });

  it('has to be there', async () => {
    await expect(accounts.disable('nobody')).rejects.toMatchObject({ code: 'unknown-account' });
    await expect(accounts.enable('nobody')).rejects.toMatchObject({ code: 'unknown-account' });
  });
});

describe('authentication', () => {
  it.each([
    ['another authorization id', 'invalid-authzid', 'bob@meet.example'],
    ['its own', 'success', 'alice@meet.example'],
  ])('takes %s for what it is', async (_, result, authzid) => {
    await accounts.register('alice', 'secret');
    expect(await plain('alice', 'secret', authzid)).toBe(result);
  });

  it.each(['', 'alice', 'alice\0secret', '\0alice\0', '\0\0secret', '\0alice\0secret\0'])(
    'refuses the PLAIN message %j',
    async (message) => {
      const outcome = await accounts.authenticate('PLAIN', channel)?.next(Buffer.from(message));
      expect(outcome).toMatchObject({ kind: 'failure', condition: 'malformed-request' });
    },
  );

  it('does not tell an account that does not exist from one that does', async () => {
    await accounts.register('alice', 'secret');
    const challenge = async (name: string): Promise<string> => {
      const outcome = await accounts
        .authenticate('SCRAM-SHA-256', channel)
        ?.next(Buffer.from(`n,,n=${name},r=abc`));
      expect(outcome?.kind).toBe('challenge');
      return outcome?.kind === 'challenge' ? outcome.data.toString() : '';
    };
    const shape = /^r=abc[\w-]{24},s=([A-Za-z0-9+/]{22}==),i=16,h=[A-Za-z0-9+/]{43}=$/;
    const [, known] = shape.exec(await challenge('alice')) ?? [];
    const [, unknown] = shape.exec(await challenge('nobody')) ?? [];
    expect(known).toBeDefined();
    expect(unknown).toBeDefined();
    expect(shape.exec(await challenge('nobody'))?.[1]).toBe(unknown);
    accounts = await InternalHashedAccounts.open(storage, host, 16, changed);
    expect(shape.exec(await challenge('nobody'))?.[1]).toBe(unknown);
  });

  it('knows no other mechanism', () => {
    expect(accounts.authenticate('DIGEST-MD5', channel)).toBeUndefined();
    expect(accounts.authenticate('ANONYMOUS', channel)).toBeUndefined();
  });
});
