/** That names without an account look like those with one, also where accounts differ in what they can log in by. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MemoryStorage } from '../storage/memory.js';
import { loginContext } from '../testing/login-context.js';
import { InternalHashedAccounts } from './internal-hashed.js';
import { deriveKeys } from './sasl/scram-keys.js';

const host = 'meet.example';
const strangers = Array.from({ length: 60 }, (_, i) => `stranger${i}`);
let storage: MemoryStorage;
let accounts: InternalHashedAccounts;

async function open(iterations: number): Promise<void> {
  accounts = await InternalHashedAccounts.open(storage, host, iterations, () => Promise.resolve());
}

/** As an account that comes from Prosody has it. */
async function adopt(name: string): Promise<void> {
  await accounts.adopt(name, 'SHA-1', await deriveKeys('SHA-1', 'secret', Buffer.from(randomUUID()), 20));
}

/** What is shown to somebody who gives a name: iterations and kind of salt. */
async function shown(name: string, hash = 'SHA-1'): Promise<string> {
  const exchange = accounts.authenticate(`SCRAM-${hash}`, loginContext);
  const outcome = await exchange?.next(Buffer.from(`n,,n=${name},r=abc`));
  const text = outcome?.kind === 'challenge' ? outcome.data.toString() : '';
  const [, salt = '', iterations] = /,s=([^,]*),i=(\d+)/.exec(text) ?? expect.fail(text);
  const bytes = Buffer.from(salt, 'base64');
  const isUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(
    bytes.toString(),
  );
  return `${iterations} ${isUuid ? 'uuid' : bytes.length}`;
}

async function challengeOf(name: string): Promise<string> {
  const outcome = await accounts
    .authenticate('SCRAM-SHA-1', loginContext)
    ?.next(Buffer.from(`n,,n=${name},r=abc`));
  return outcome?.kind === 'challenge' ? outcome.data.toString().replace(/^[^,]*,/, '') : '';
}

async function offered(name: string): Promise<string> {
  const claim = await accounts.claim(name);
  return accounts.mechanisms({ ...loginContext, claim }).join(' ');
}

const both = 'SCRAM-SHA-256 SCRAM-SHA-1 PLAIN';
const oneOnly = 'SCRAM-SHA-1 PLAIN';

async function allShown(): Promise<string[]> {
  return [...new Set(await Promise.all(strangers.map((name) => shown(name))))].sort();
}

beforeEach(async () => {
  storage = new MemoryStorage();
  await open(10);
});

describe('where accounts come from elsewhere', () => {
  beforeEach(async () => {
    for (const name of ['romeo', 'juliet']) await adopt(name);
    for (const name of ['nurse', 'tybalt']) await accounts.register(name, 'secret');
  });

  it('names without an account show what some account shows, and nothing else', async () => {
    expect(await shown('romeo')).toBe('20 uuid');
    expect(await shown('nurse')).toBe('10 16');
    expect(await allShown()).toEqual(['10 16', '20 uuid']);
  });

  it('those who say whom they come as are offered what that account has', async () => {
    expect(await offered('romeo')).toBe(oneOnly);
    expect(await offered('nurse')).toBe(both);
  });

  it('those who do not say so are offered what everybody has', () => {
    expect(accounts.mechanisms(loginContext).join(' ')).toBe(oneOnly);
  });

  it('what is offered to a name without an account is what fits its keys', async () => {
    const kinds = new Set<string>();
    for (const name of strangers) kinds.add(`${await shown(name)}: ${await offered(name)}`);
    expect([...kinds].sort()).toEqual([`10 16: ${both}`, `20 uuid: ${oneOnly}`]);
  });

  it('all of that is the same the next time, and after a restart', async () => {
    const look = (): Promise<string[]> =>
      Promise.all(strangers.map(async (name) => `${await challengeOf(name)} ${await offered(name)}`));
    const before = (await look()).map((text) => text.replace(/,h=\S*/, ''));
    await open(10);
    expect((await look()).map((text) => text.replace(/,h=\S*/, ''))).toEqual(before);
  });

  it('a hash that an account has no keys of looks like one that a name without an account has none of', async () => {
    expect(await shown('romeo', 'SHA-256')).toBe('10 16');
    expect(new Set(await Promise.all(strangers.map((name) => shown(name, 'SHA-256'))))).toEqual(
      new Set(['10 16']),
    );
  });

  it('whoever says a password gets all keys; in the end everybody is offered everything', async () => {
    for (const name of ['romeo', 'juliet']) {
      const outcome = await accounts
        .authenticate('PLAIN', loginContext)
        ?.next(Buffer.from(`\0${name}\0secret`));
      expect(outcome?.kind).toBe('success');
      expect(await offered(name)).toBe(both);
    }
    expect(accounts.mechanisms(loginContext).join(' ')).toBe(both);
    expect(await allShown()).toEqual(['10 16']);
  });

  it('an account that goes leaves nothing behind', async () => {
    for (const name of ['romeo', 'juliet']) await accounts.remove(name);
    expect(accounts.mechanisms(loginContext).join(' ')).toBe(both);
    expect(await allShown()).toEqual(['10 16']);
  });

  it('a name that is taken changes nothing', async () => {
    await expect(adopt('nurse')).rejects.toMatchObject({ code: 'conflict' });
    for (const name of ['romeo', 'juliet']) await accounts.remove(name);
    expect(accounts.mechanisms(loginContext).join(' ')).toBe(both);
  });

  it('is counted anew if accounts have come without being counted', async () => {
    await storage.keyval(host, 'accounts_shapes', z.json()).set('', {});
    await open(10);
    expect(await offered('romeo')).toBe(oneOnly);
    expect(await allShown()).toEqual(['10 16', '20 uuid']);
  });
});

describe('where the number of iterations is changed', () => {
  it('names without an account go on showing what accounts show', async () => {
    await accounts.register('romeo', 'secret');
    await open(30);
    expect(await shown('romeo')).toBe('10 16');
    expect(await allShown()).toEqual(['10 16']);
    await accounts.register('juliet', 'secret');
    expect(await allShown()).toEqual(['10 16', '30 16']);
    await accounts.setPassword('romeo', 'other');
    expect(await allShown()).toEqual(['30 16']);
  });

  it('they show what new accounts would have where there are none', async () => {
    expect(await allShown()).toEqual(['10 16']);
    expect(accounts.mechanisms(loginContext).join(' ')).toBe(both);
    expect(await offered('nobody')).toBe(both);
  });
});
