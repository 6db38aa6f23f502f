/** Accounts move between our storage and directories as Prosody has them, and between us and the Prosody that Debian ships. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { el } from '@conclave/signaling';
import { client } from '@xmpp/client';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InternalHashedAccounts } from '../accounts/internal-hashed.js';
import type { StoredRoster } from '../modules/roster/contact.js';
import { storedRoster } from '../modules/roster/contact.js';
import { comesUp, freePort } from '../testing/loopback.js';
import { loginContext } from '../testing/login-context.js';
import { MemoryStorage } from '../storage/memory.js';
import { ProsodyTransfer } from './transfer.js';

const host = 'verona.lit';
let directory: string;
let storage: MemoryStorage;
let accounts: InternalHashedAccounts;
let transfer: ProsodyTransfer;

async function openStorage(): Promise<void> {
  storage = new MemoryStorage();
  accounts = await InternalHashedAccounts.open(storage, host, 16, () => Promise.resolve());
  transfer = new ProsodyTransfer(storage, new Map([[host, accounts]]), pino({ level: 'silent' }));
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'xmpp-prosody-'));
  await openStorage();
});

afterEach(() => rmSync(directory, { recursive: true }));

const data = () => join(directory, 'data');

function has(path: string, lua: string): void {
  const file = join(data(), path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, lua);
}

const romeo = `return {
	["iteration_count"] = 10000;
	["salt"] = "c95621b2-6672-4a22-939a-bc53358ec877";
	["server_key"] = "2512839a6eb064ab221d5900632765cb070f5a96";
	["stored_key"] = "4a9b5691b05d2542eeb01e837bd04931a8b9d5f7";
};`;

const plain = loginContext;

/** Whether a password opens the account, by PLAIN. */
async function opens(username: string, password: string): Promise<boolean> {
  const exchange = accounts.authenticate('PLAIN', plain);
  const result = await exchange?.next(Buffer.from(`\0${username}\0${password}`));
  return result?.kind === 'success';
}

describe('what Prosody has', () => {
  it('is taken over with its keys, so that the password stays as it is', async () => {
    has('verona%2elit/accounts/romeo.dat', romeo);
    expect(await transfer.importFrom(data())).toEqual({ accounts: ['romeo@verona.lit'], skipped: [] });
    expect(await accounts.credentials('romeo')).toMatchObject({
      hash: 'SHA-1',
      keys: { iterations: 10_000 },
    });
    expect(await opens('romeo', 'wrong')).toBe(false);
  });

  it('has keys of one hash only: only what everybody can do is offered, until the password is heard', async () => {
    has('verona%2elit/accounts/juliet.dat', 'return { ["password"] = "sec\\226\\130\\172ret" }');
    await transfer.importFrom(data());
    const { keys } = (await accounts.credentials('juliet')) ?? expect.fail();
    await openStorage();
    await accounts.register('nurse', 'other');
    expect(accounts.mechanisms(plain)).toEqual(['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN']);
    await accounts.adopt('juliet', 'SHA-1', keys);
    expect(accounts.mechanisms(plain)).toEqual(['SCRAM-SHA-1', 'PLAIN']);
    const again = await InternalHashedAccounts.open(storage, host, 16, () => Promise.resolve());
    expect(again.mechanisms(plain)).toEqual(['SCRAM-SHA-1', 'PLAIN']);
    expect(await opens('juliet', 'wrong')).toBe(false);
    expect(accounts.mechanisms(plain)).toEqual(['SCRAM-SHA-1', 'PLAIN']);
    expect(await opens('juliet', 'sec€ret')).toBe(true);
    expect(accounts.mechanisms(plain)).toEqual(['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN']);
    expect(await opens('juliet', 'sec€ret')).toBe(true);
    expect((await accounts.credentials('juliet'))?.keys.salt).not.toEqual(keys.salt);
  });

  it('is left alone where an account exists already', async () => {
    await accounts.register('romeo', 'mine');
    await storage.keyval(host, 'vcard', z.string()).set('romeo', '<vCard/>');
    has('verona%2elit/accounts/romeo.dat', romeo);
    has('verona%2elit/vcard/romeo.dat', 'return { name = "vCard"; attr = { xmlns = "vcard-temp" } }');
    const { accounts: imported, skipped } = await transfer.importFrom(data());
    expect([imported, skipped]).toEqual([[], [{ what: 'romeo@verona.lit', why: 'it exists' }]]);
    expect(await opens('romeo', 'mine')).toBe(true);
    expect(await storage.keyval(host, 'vcard', z.string()).get('romeo')).toBe('<vCard/>');
  });

  it.each([
    ['no account', 'x.dat', 'return 1', 'x@verona.lit'],
    ['no credentials', 'x.dat', 'return { a = 1 }', 'x@verona.lit'],
    ['no literal', 'x.dat', 'return os.exit()', 'x@verona.lit'],
    ['too many iterations', 'x.dat', romeo.replace('10000', '99999999999'), 'x@verona.lit'],
    ['keys of odd length', 'x.dat', romeo.replace('4a9b', ''), 'x@verona.lit'],
    ['a name that is none', 'a%40b.dat', romeo, 'verona%2elit/accounts/a%40b.dat'],
    ['a name that leads elsewhere', '%2e%2e%2fx.dat', romeo, 'verona%2elit/accounts/%2e%2e%2fx.dat'],
    ['a name in another spelling', 'ROMEO.dat', romeo, 'verona%2elit/accounts/ROMEO.dat'],
  ])('is skipped where it is %s', async (_, name, lua, what) => {
    has(`verona%2elit/accounts/${name}`, lua);
    has('other%2elit/accounts/y.dat', romeo);
    const { accounts: imported, skipped } = await transfer.importFrom(data());
    expect(imported).toEqual([]);
    expect(skipped.map((each) => each.what)).toEqual([what]);
    expect(await accounts.list()).toEqual([]);
  });

  it('comes with roster, block list, private XML and vCard', async () => {
    has('verona%2elit/accounts/romeo.dat', romeo);
    has(
      'verona%2elit/roster/romeo.dat',
      `return {
        [false] = { version = 7; pending = { ["tybalt@capulet.lit"] = true; ["nurse@verona.lit"] = { name = "presence"; attr = { type = "subscribe"; xmlns="jabber:client" }; { name = "status"; attr = {}; "Please" } } } };
        ["juliet@capulet.lit"] = { subscription = "both"; groups = { Love = true; ["Gr\\195\\188n"] = true }; name = "J" };
        ["nurse@verona.lit"] = { subscription = "to"; groups = {} };
        ["rosaline@capulet.lit"] = { subscription = "none"; ask = "subscribe"; groups = {} };
        ["@"] = { subscription = "both"; groups = {} };
      };`,
    );
    has(
      'verona%2elit/blocklist/romeo.dat',
      'return { [false] = { version = 1 }; ["tybalt@capulet.lit"] = true; ["spam.lit"] = true }',
    );
    has(
      'verona%2elit/private/romeo.dat',
      'return { ["storage:storage:bookmarks"] = { name = "storage"; attr = { xmlns = "storage:bookmarks" }; { name = "conference"; attr = { jid = "garden@rooms.lit"; ["x\\"y"] = "z" } } } }',
    );
    has(
      'verona%2elit/vcard/romeo.dat',
      'return { name = "vCard"; attr = { xmlns = "vcard-temp" }; { name = "FN"; attr = {}; "Romeo & <co>" } }',
    );
    expect(await transfer.importFrom(data())).toEqual({ accounts: ['romeo@verona.lit'], skipped: [] });

    const roster: StoredRoster =
      (await storage.keyval(host, 'roster', storedRoster).get('romeo')) ?? expect.fail();
    const nobody = { listed: true, approved: false, name: '', groups: [], request: '' };
    expect(roster.contacts).toEqual([
      { ...nobody, jid: 'juliet@capulet.lit', state: 'both', name: 'J', groups: ['Love', 'Grün'] },
      {
        ...nobody,
        jid: 'nurse@verona.lit',
        state: 'to+in',
        request:
          '<presence type="subscribe" xmlns="jabber:client" from="nurse@verona.lit" to="romeo@verona.lit"><status>Please</status></presence>',
      },
      { ...nobody, jid: 'rosaline@capulet.lit', state: 'none+out' },
      {
        ...nobody,
        jid: 'tybalt@capulet.lit',
        listed: false,
        state: 'none+in',
        request:
          '<presence xmlns="jabber:client" type="subscribe" from="tybalt@capulet.lit" to="romeo@verona.lit"/>',
      },
    ]);
    expect(await storage.keyval(host, 'blocklist', z.array(z.string())).get('romeo')).toEqual([
      'tybalt@capulet.lit',
      'spam.lit',
    ]);
    expect(await storage.keyval(host, 'vcard', z.string()).get('romeo')).toBe(
      '<vCard xmlns="vcard-temp"><FN>Romeo &amp; &lt;co&gt;</FN></vCard>',
    );
    expect(await storage.keyval(host, 'private', z.unknown()).get('romeo')).toEqual([
      {
        name: 'storage',
        namespace: 'storage:bookmarks',
        xml: '<storage xmlns="storage:bookmarks"><conference jid="garden@rooms.lit"/></storage>',
      },
    ]);

    // And there and back again.
    const copy = join(directory, 'copy');
    const before = await Promise.all(
      ['blocklist', 'private', 'vcard'].map((store) => storage.keyval(host, store, z.unknown()).get('romeo')),
    );
    const credentials = await accounts.credentials('romeo');
    expect(await transfer.exportTo(copy)).toEqual({ accounts: ['romeo@verona.lit'], skipped: [] });
    await openStorage();
    expect(await transfer.importFrom(copy)).toEqual({ accounts: ['romeo@verona.lit'], skipped: [] });
    const after = await Promise.all(
      ['blocklist', 'private', 'vcard'].map((store) => storage.keyval(host, store, z.unknown()).get('romeo')),
    );
    expect(after).toEqual(before);
    expect(await accounts.credentials('romeo')).toEqual(credentials);
    const back = (await storage.keyval(host, 'roster', storedRoster).get('romeo')) ?? expect.fail();
    expect(back.contacts.map(({ jid, state, name, groups }) => ({ jid, state, name, groups }))).toEqual(
      roster.contacts.map(({ jid, state, name, groups }) => ({ jid, state, name, groups })),
    );
    expect(back.version).not.toBe(roster.version);
  });

  it('is left out where it cannot be read, and said', async () => {
    has('verona%2elit/accounts/romeo.dat', romeo);
    has('verona%2elit/roster/romeo.dat', 'return nonsense');
    const { accounts: imported, skipped } = await transfer.importFrom(data());
    expect(imported).toEqual(['romeo@verona.lit']);
    expect(skipped.map(({ what, why }) => [what.slice(data().length), why])).toEqual([
      ['/verona%2elit/roster/romeo.dat', 'line 1: a value was expected'],
    ]);
  });
});

describe('what is written', () => {
  it('is for its owner only, and never over something else', async () => {
    await accounts.register('romeo', 'secret');
    await transfer.exportTo(data());
    const file = join(data(), 'verona%2elit/accounts/romeo.dat');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(data(), 'verona%2elit')).mode & 0o777).toBe(0o700);
    expect(readFileSync(file, 'utf8')).not.toContain('secret');
    await expect(transfer.exportTo(data())).rejects.toThrow(/is there already, and nothing is written over$/);
  });

  it('has names that are escaped byte by byte', async () => {
    await accounts.register('o_brien+ü', 'secret');
    await transfer.exportTo(data());
    expect(existsSync(join(data(), 'verona%2elit/accounts/o%5fbrien%2b%c3%bc.dat'))).toBe(true);
    await openStorage();
    expect((await transfer.importFrom(data())).accounts).toEqual(['o_brien+ü@verona.lit']);
  });
});

const programs = { server: '/usr/bin/prosody', control: '/usr/bin/prosodyctl' };
const whyNoProsody = existsSync(programs.control) ? undefined : 'no Prosody (Debian package: prosody)';

describe.skipIf(whyNoProsody !== undefined)(`Debian's Prosody (${whyNoProsody ?? 'installed'})`, () => {
  /** @returns the arguments that make Prosody work in our directory */
  async function configure(): Promise<{ file: string; port: number }> {
    const port = await freePort();
    const file = join(directory, 'prosody.cfg.lua');
    mkdirSync(data(), { recursive: true });
    writeFileSync(
      file,
      `run_as_root = true
       pidfile = "${directory}/prosody.pid"
       data_path = "${data()}"
       certificates = "${directory}"
       log = { warn = "${directory}/log" }
       authentication = "internal_hashed"
       modules_enabled = { "roster"; "saslauth"; "private"; "disco" }
       modules_disabled = { "s2s"; "tls" }
       c2s_require_encryption = false
       c2s_ports = { ${port} }
       c2s_interfaces = { "127.0.0.1" }
       VirtualHost "verona.lit"`,
    );
    return { file, port };
  }

  it('writes accounts that are taken over', async () => {
    const { file } = await configure();
    for (const [name, password] of [
      ['romeo', 'sec€ret'],
      ['juliet_1', 'other'],
    ] as const) {
      const done = spawnSync(
        programs.control,
        ['--root', '--config', file, 'register', name, host, password],
        {
          encoding: 'utf8',
        },
      );
      expect(done.status, done.stdout + done.stderr).toBe(0);
    }
    expect(await transfer.importFrom(data())).toEqual({
      accounts: ['juliet_1@verona.lit', 'romeo@verona.lit'],
      skipped: [],
    });
    expect(await opens('romeo', 'other')).toBe(false);
    expect(await opens('romeo', 'sec€ret')).toBe(true);
    expect(await opens('juliet_1', 'other')).toBe(true);
  }, 30_000);

  it('lets those in who had an account here, by SCRAM, and knows their contacts', async () => {
    await accounts.register('romeo', 'sec€ret');
    const juliet = {
      jid: 'juliet@capulet.lit',
      state: 'both',
      listed: true,
      approved: false,
      name: 'Jül "J"',
      groups: ['Love'],
      request: '',
    } as const;
    await storage
      .keyval(host, 'roster', storedRoster)
      .set('romeo', { version: 'v', contacts: [{ ...juliet, groups: ['Love'] }] });
    await transfer.exportTo(data());
    const { file, port } = await configure();
    const prosody = spawn(programs.server, ['--root', '--config', file, '-F'], { stdio: 'ignore' });
    const ended = once(prosody, 'exit');
    try {
      await comesUp('prosody', prosody, port);
      const xmpp = client({
        service: `xmpp://127.0.0.1:${port}`,
        domain: host,
        username: 'romeo',
        password: 'sec€ret',
      });
      xmpp.on('error', () => undefined);
      await xmpp.start();
      const query = el('iq', { type: 'get' }, el('query', { xmlns: 'jabber:iq:roster' }));
      const roster = (await xmpp.iqCaller.request(query)).getChild('query');
      expect(roster?.getChild('item')?.attrs).toMatchObject({
        jid: 'juliet@capulet.lit',
        subscription: 'both',
        name: 'Jül "J"',
      });
      await xmpp.stop();
    } finally {
      prosody.kill('SIGTERM');
      await ended;
    }
  }, 60_000);
});
