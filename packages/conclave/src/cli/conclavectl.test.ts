import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AdminSocket, startAdminSocket } from '../admin/admin-socket.js';
import type { AccountAdministration, Administration, InviteBody } from '../admin/protocol.js';
import { ConfigErrors } from '../config/load.js';
import { ConclaveError } from '../errors/conclave-error.js';
import { conclavectl } from './conclavectl.js';

const log = pino({ level: 'silent' });

/** Accounts of one host in memory, refusing with the codes of the XMPP server. */
class Accounts implements AccountAdministration {
  readonly passwords = new Map<string, string>();
  readonly off = new Set<string>();

  register(username: string, host: string, password: string): Promise<void> {
    return this.#at(username, host, (jid) => {
      if (this.passwords.has(jid)) throw refusal('conflict', `${jid} exists`);
      this.passwords.set(jid, password);
    });
  }
  setPassword(username: string, host: string, password: string): Promise<void> {
    return this.#at(username, host, (jid) => {
      if (!this.passwords.has(jid)) throw refusal('unknown-account', `${jid} does not exist`);
      this.passwords.set(jid, password);
    });
  }
  remove(username: string, host: string): Promise<void> {
    return this.#at(username, host, (jid) => {
      if (!this.passwords.delete(jid)) throw refusal('unknown-account', `${jid} does not exist`);
    });
  }
  disable(username: string, host: string): Promise<void> {
    return this.#at(username, host, (jid) => {
      if (!this.passwords.has(jid)) throw refusal('unknown-account', `${jid} does not exist`);
      this.off.add(jid);
    });
  }
  enable(username: string, host: string): Promise<void> {
    return this.#at(username, host, (jid) => void this.off.delete(jid));
  }
  listDisabled(): readonly string[] {
    return [...this.off];
  }
  async list(host: string): Promise<string[]> {
    await this.#at('', host, () => undefined);
    return [...this.passwords.keys()];
  }
  #at(username: string, host: string, act: (jid: string) => void): Promise<void> {
    if (host !== 'localhost')
      return Promise.reject(refusal('unknown-host', `${host} is no host of this server`));
    return Promise.resolve().then(() => act(`${username}@${host}`));
  }
}

const refusal = (code: string, message: string): Error => Object.assign(new Error(message), { code });

/** A transfer that finds one account, and something else, in whatever directory is not called `full`. */
const transfer = (directory: string) =>
  directory.endsWith('full')
    ? Promise.reject(refusal('bad-directory', `${directory} cannot be made`))
    : Promise.resolve({ accounts: ['ann@localhost'], skipped: [{ what: directory, why: 'it exists' }] });
const prosody = { importFrom: transfer, exportTo: transfer };

const invite = ({ kind, username = '', inviter = username, lifetime, mayRegister }: InviteBody) => {
  const link = `https://meet.example/invite/${kind}-${inviter}-${lifetime}${mayRegister === true ? '-ibr' : ''}`;
  return Promise.resolve({ link, uri: 'xmpp:', expires: 'then' });
};
const there = [
  { jid: 'ann@localhost/web', anonymous: false, state: 'attached' },
  { jid: 'bob@localhost/phone', anonymous: false, state: 'hibernating' },
];
const sessions = {
  list: (host: string | undefined) => (host === 'guest.localhost' ? [] : there),
  end: (jid: string) => there.filter((session) => session.jid.startsWith(jid)).length,
  announce: () => there.length,
};
const administration = (): Administration => ({
  accounts,
  sessions,
  invite,
  invitations: {
    list: () => Promise.resolve([{ id: '4711', kind: 'contact', inviter: 'ann', expires: 'then' }]),
    revoke: (id) => Promise.resolve(id === '4711'),
  },
  reload: () => reload(),
  prosody,
});

let directory: string;
let accounts: Accounts;
let reload: () => Promise<{ changed: string[]; later: string[] }>;
let admin: AdminSocket | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'conclave-ctl-'));
  accounts = new Accounts();
  reload = () => Promise.resolve({ changed: [], later: [] });
  admin = await startAdminSocket(join(directory, 'admin.sock'), administration(), log);
});
afterEach(async () => {
  await admin?.stop();
  rmSync(directory, { recursive: true });
});

const ctl = async (args: string[], stdin = ''): Promise<{ code: number; out: string; err: string }> => {
  const lines = { out: [] as string[], err: [] as string[] };
  const code = await conclavectl(args, {
    environment: { CONCLAVE_DATA: directory },
    directory,
    stdin: Readable.from([stdin]),
    out: (line) => lines.out.push(line),
    err: (line) => lines.err.push(line),
    prompt: () => undefined,
  });
  return { code, out: lines.out.join('\n'), err: lines.err.join('\n') };
};

describe('the administration socket', () => {
  test('is for its owner only', () => {
    expect(statSync(join(directory, 'admin.sock')).mode & 0o777).toBe(0o600);
  });

  test('is not taken from a running instance (DATA-003), but from a dead one', async () => {
    const path = join(directory, 'admin.sock');
    await expect(startAdminSocket(path, administration(), log)).rejects.toMatchObject({
      code: 'DATA-003',
    });
    await admin?.stop();
    admin = await startAdminSocket(path, administration(), log);
  });

  test('has a path that fits (DATA-004)', async () => {
    const path = join(directory, 'x'.repeat(108));
    await expect(startAdminSocket(path, administration(), log)).rejects.toMatchObject({
      code: 'DATA-004',
    });
  });
});

describe('conclavectl', () => {
  test('reload says what has changed, what waits, and what is wrong', async () => {
    expect(await ctl(['reload'])).toMatchObject({ code: 0, out: 'Nothing has changed.' });
    reload = () => Promise.resolve({ changed: ['log.level: debug'], later: ['http.port'] });
    expect((await ctl(['reload'])).out).toBe(
      'log.level: debug\nhttp.port (when the service is started again)',
    );
    reload = () => Promise.reject(new ConfigErrors([new ConclaveError('CONF-003', 'x.yaml, line 3: no')]));
    expect(await ctl(['reload'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/bad-configuration: CONF-003 x.yaml, line 3: no\./) as string,
    });
  });

  test('invite prints a link, and nothing else, on the standard output', async () => {
    expect(await ctl(['invite'])).toMatchObject({
      code: 0,
      out: `https://meet.example/invite/account--${7 * 86_400}`,
      err: expect.stringContaining('Good once, until then.') as string,
    });
    const named = await ctl(['invite', '--user', 'ann', '--expires', '12h']);
    expect(named.out).toBe(`https://meet.example/invite/account-ann-${12 * 3600}`);
    const reset = await ctl(['invite', '--reset', 'ann@localhost']);
    expect(reset.out).toBe(`https://meet.example/invite/reset-ann-86400`);
    const contact = await ctl(['invite', '--contact', 'ann@localhost', '--expires', '1h']);
    expect(contact.out).toBe(`https://meet.example/invite/contact-ann-3600`);
    const both = await ctl(['invite', '--contact', 'ann@localhost', '--expires', '1h', '--account']);
    expect(both.out).toBe(`https://meet.example/invite/contact-ann-3600-ibr`);
  });

  test('invitations are listed, and revoked by their ids', async () => {
    expect((await ctl(['invitations'])).out).toBe('4711 contact by ann until then');
    expect(await ctl(['revoke', '4711'])).toMatchObject({ code: 0, out: 'Revoked 4711.' });
    expect(await ctl(['revoke', '0815'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no-such-invitation') as string,
    });
  });

  test.each([
    ['a time that is none', ['--expires', 'soon']],
    ['less than a minute', ['--expires', '0m']],
    ['an account elsewhere', ['--reset', 'ann@elsewhere.example']],
    ['both at once', ['--user', 'ann', '--reset', 'ann@localhost']],
  ])('invite refuses %s', async (_, args) => {
    const { code, out } = await ctl(['invite', ...args]);
    expect([code === 1 || code === 2, out]).toEqual([true, '']);
  });

  test('import and export name what was moved, and what was not', async () => {
    expect(await ctl(['import', 'prosody'])).toEqual({
      code: 0,
      out: 'Imported 1 accounts.',
      err: `Skipped ${join(directory, 'prosody')}: it exists`,
    });
    expect(await ctl(['export', '/var/backups/prosody'])).toEqual({
      code: 0,
      out: 'Exported 1 accounts.',
      err: '',
    });
    expect(await ctl(['export', 'full'])).toEqual({
      code: 1,
      out: '',
      err: `conclavectl: bad-directory: ${join(directory, 'full')} cannot be made`,
    });
    expect(await ctl(['import'])).toMatchObject({ code: 2 });
  });

  test('register makes an account at once: exit 0 and one line', async () => {
    expect(await ctl(['register', 'ann', 'localhost', 'secret'])).toEqual({
      code: 0,
      out: 'Registered ann@localhost.',
      err: '',
    });
    expect(accounts.passwords.get('ann@localhost')).toBe('secret');
  });

  test('register never overwrites: exit 1 and a word for scripts', async () => {
    await ctl(['register', 'ann', 'localhost', 'first']);
    const again = await ctl(['register', 'ann', 'localhost', 'second']);
    expect(again).toMatchObject({ code: 1, out: '', err: 'conclavectl: exists: ann@localhost exists' });
    expect(accounts.passwords.get('ann@localhost')).toBe('first');
  });

  test('adduser asks twice, and takes nothing when the answers differ', async () => {
    expect((await ctl(['adduser', 'ann@localhost'], 'one\none\n')).code).toBe(0);
    expect(accounts.passwords.get('ann@localhost')).toBe('one');
    expect((await ctl(['adduser', 'bob@localhost'], 'one\ntwo\n')).code).toBe(2);
    expect((await ctl(['adduser', 'bob@localhost'], '')).code).toBe(2);
    expect(accounts.passwords.has('bob@localhost')).toBe(false);
  });

  test('passwords come from the standard input where asked: no trace in the process list', async () => {
    expect((await ctl(['register', 'ann', 'localhost', '--password-stdin'], 's p a c e\n')).code).toBe(0);
    expect(accounts.passwords.get('ann@localhost')).toBe('s p a c e');
    expect((await ctl(['passwd', 'ann@localhost', '--password-stdin'], 'other\r\n')).code).toBe(0);
    expect(accounts.passwords.get('ann@localhost')).toBe('other');
    expect((await ctl(['register', 'bob', 'localhost', '--password-stdin'], '\n')).code).toBe(2);
  });

  test('a password of digits stays what was typed', async () => {
    await ctl(['register', '007', 'localhost', '0123']);
    expect(accounts.passwords.get('007@localhost')).toBe('0123');
  });

  test('passwd and deluser refuse who does not exist: exit 1', async () => {
    const unknown = { code: 1, err: 'conclavectl: no-such-account: ann@localhost does not exist' };
    expect(await ctl(['passwd', 'ann@localhost', '--password-stdin'], 'x\n')).toMatchObject(unknown);
    expect(await ctl(['deluser', 'ann@localhost'])).toMatchObject(unknown);
  });

  test('deluser removes, list lists', async () => {
    await ctl(['register', 'ann', 'localhost', 'x']);
    await ctl(['register', 'bob', 'localhost', 'x']);
    expect(await ctl(['deluser', 'ann@localhost'])).toMatchObject({ code: 0, out: 'Removed ann@localhost.' });
    expect(await ctl(['list'])).toEqual({ code: 0, out: 'bob@localhost', err: '' });
    expect(await ctl(['list', 'localhost'])).toMatchObject({ code: 0, out: 'bob@localhost' });
  });

  test('disable and enable an account, and list those that are disabled', async () => {
    await ctl(['register', 'ann', 'localhost', 'secret']);
    await ctl(['register', 'bob', 'localhost', 'secret']);
    expect(await ctl(['disable', 'ann@localhost'])).toMatchObject({
      code: 0,
      out: 'Disabled ann@localhost.',
    });
    expect((await ctl(['list', 'localhost', '--disabled'])).out).toBe('ann@localhost');
    expect((await ctl(['enable', 'ann@localhost'])).code).toBe(0);
    expect((await ctl(['list', 'localhost', '--disabled'])).out).toBe('');
    expect(await ctl(['disable', 'nobody@localhost'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no-such-account') as string,
    });
  });

  test('sessions, kick and announce are about those who are logged in', async () => {
    expect((await ctl(['sessions'])).out).toBe('ann@localhost/web\nbob@localhost/phone (hibernating)');
    expect((await ctl(['sessions', 'guest.localhost'])).out).toBe('');
    expect(await ctl(['kick', 'ann@localhost/web'])).toMatchObject({ code: 0, out: 'Ended 1.' });
    expect(await ctl(['kick', 'eve@localhost'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no-such-session') as string,
    });
    expect(await ctl(['announce', 'Back at ten'])).toMatchObject({ code: 0, out: 'Told 2.' });
    expect((await ctl(['announce', ' '])).code).toBe(1);
  });

  test('a host that the server does not have is refused: exit 1', async () => {
    const unknown = { code: 1, err: expect.stringContaining('no-such-host') as string };
    expect(await ctl(['register', 'ann', 'example.org', 'x'])).toMatchObject(unknown);
    expect(await ctl(['list', 'example.org'])).toMatchObject(unknown);
  });

  test.each([
    [[]],
    [['fly']],
    [['register', 'ann']],
    [['deluser']],
    [['deluser', 'ann']],
    [['list', 'a', 'b']],
    [['list', '--loud']],
  ])('wrong usage %j: exit 2, one line', async (args) => {
    const { code, out, err } = await ctl(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.split('\n')).toHaveLength(1);
  });

  test('a wrong configuration: exit 2', async () => {
    const { code, err } = await ctl(['list', '--config', 'nowhere.yaml']);
    expect(code).toBe(2);
    expect(err).toContain('CONF-001');
  });

  test('without a running server: exit 3 and CTL-001', async () => {
    await admin?.stop();
    admin = undefined;
    const { code, err } = await ctl(['list']);
    expect(code).toBe(3);
    expect(err).toMatch(/^conclavectl: CTL-001 /);
  });
});
