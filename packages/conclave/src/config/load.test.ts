import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigErrors, loadConfig } from './load.js';
import { printConfig } from './print.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conclave-config-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const file = (text: string): void => writeFileSync(join(directory, 'conclave.yaml'), text);

/** Code and detail of each error, without the remedy. */
const errorsOf = (environment: NodeJS.ProcessEnv = {}): string[] => {
  try {
    loadConfig(environment, directory);
  } catch (error) {
    if (error instanceof ConfigErrors) {
      return error.errors.map(({ code, detail }) => `${code} ${detail.replace(`${directory}/`, '')}`);
    }
    throw error;
  }
  return [];
};

describe('where a value comes from', () => {
  test('without a file and without variables every setting has its default', () => {
    const { config, file: read } = loadConfig({}, directory);
    expect(read).toBeUndefined();
    expect(config).toMatchObject({ domain: 'localhost', http: { port: 8080 }, media: { port: 10000 } });
    expect(config.data).toBe(join(directory, 'data'));
  });

  test('the file counts more than the default, the environment more than the file', () => {
    file('domain: file.example\nhttp:\n  port: 1111\nmedia: { port: 2222 }\n');
    const { config, effective } = loadConfig({ CONCLAVE_HTTP_PORT: '3333' }, directory);
    expect(config).toMatchObject({ domain: 'file.example', http: { port: 3333 }, media: { port: 2222 } });
    const origin = (env: string) => effective.find(({ setting }) => setting.env === env)?.origin;
    expect(origin('CONCLAVE_DOMAIN')).toMatchObject({ from: 'file', line: 1 });
    expect(origin('CONCLAVE_MEDIA_PORT')).toMatchObject({ from: 'file', line: 4 });
    expect(origin('CONCLAVE_HTTP_PORT')).toEqual({ from: 'environment', variable: 'CONCLAVE_HTTP_PORT' });
    expect(origin('CONCLAVE_C2S_PORT')).toEqual({ from: 'default' });
  });

  test('an empty variable, an empty key and an empty section count as unset', () => {
    file('domain:\nhttp:\n');
    const { config } = loadConfig({ CONCLAVE_HTTP_PORT: '', CONCLAVE_CONFIG: '' }, directory);
    expect(config).toMatchObject({ domain: 'localhost', http: { port: 8080 } });
  });

  test('a variable that is on or off says `true` or `false`', () => {
    const set = { CONCLAVE_S2S_ENABLED: 'true', CONCLAVE_S2S_ALLOW: 'a.example, münchen.example' };
    expect(loadConfig(set, directory).config.xmpp.s2s).toMatchObject({
      enabled: true,
      allow: ['a.example', 'münchen.example'],
      dialback: false,
    });
    expect(errorsOf({ CONCLAVE_S2S_ENABLED: 'yes' })[0]).toContain('must be `true` or `false`');
  });

  test('a relative path starts at what names it: the file, or the working directory', () => {
    writeFileSync(join(directory, 'elsewhere.yaml'), 'data: store\n');
    const inFile = loadConfig({ CONCLAVE_CONFIG: join(directory, 'elsewhere.yaml') }, '/');
    expect(inFile.config.data).toBe(join(directory, 'store'));
    expect(loadConfig({ CONCLAVE_DATA: 'other' }, directory).config.data).toBe(join(directory, 'other'));
  });

  test('lists come from the environment separated by commas', () => {
    const { config } = loadConfig({ CONCLAVE_ADVERTISED_ADDRESSES: '203.0.113.7, 2001:db8::7' }, directory);
    expect(config.media.advertisedAddresses).toEqual(['203.0.113.7', '2001:db8::7']);
  });

  test('addresses of media have a port where a NAT changes it', () => {
    const advertised = (CONCLAVE_ADVERTISED_ADDRESSES: string) => ({ CONCLAVE_ADVERTISED_ADDRESSES });
    const { config } = loadConfig(advertised('203.0.113.7#443,2001:db8::7#20000'), directory);
    expect(config.media.advertisedAddresses).toEqual(['203.0.113.7#443', '2001:db8::7#20000']);
    for (const wrong of ['203.0.113.7#', '#443', '203.0.113.7#0', '203.0.113.7#65536', '203.0.113.7#1#2'])
      expect(errorsOf(advertised(wrong))[0]).toContain('an IP address, or one with a port: ip#port');
  });

  test('conclave config does not print secrets', () => {
    const environment = {
      CONCLAVE_STORAGE_BACKEND: 'postgresql',
      CONCLAVE_STORAGE_URL: 'postgresql://conclave:hunter2@db.example.org/conclave',
    };
    const { config, effective } = loadConfig(environment, directory);
    expect(config.storage).toEqual({ backend: 'postgresql', url: environment.CONCLAVE_STORAGE_URL });
    const printed = printConfig(effective);
    expect(printed).toMatch(/^storage\.url +\(set, not shown\) +environment, CONCLAVE_STORAGE_URL$/m);
    expect(printed).not.toContain('hunter2');
  });

  test.each([
    { CONCLAVE_STORAGE_BACKEND: 'postgresql' },
    { CONCLAVE_STORAGE_URL: 'postgresql://db.example.org/conclave' },
    { CONCLAVE_STORAGE_BACKEND: 'postgresql', CONCLAVE_STORAGE_URL: 'mysql://u:hunter2@db/conclave' },
  ])('storage that cannot be: %j', (environment) => {
    const loading = (): unknown => loadConfig(environment, directory);
    expect(loading).toThrow(/storage\.url|STORAGE_URL/);
    expect(loading).not.toThrow('hunter2');
  });

  test('conclave config prints each key, its value and where it came from', () => {
    file('domain: meet.example\n');
    const printed = printConfig(loadConfig({ CONCLAVE_HTTP_PORT: '81' }, directory).effective);
    expect(printed).toMatch(/^domain +meet\.example +.*conclave\.yaml:1$/m);
    expect(printed).toMatch(/^http\.port +81 +environment, CONCLAVE_HTTP_PORT$/m);
    expect(printed).toMatch(/^xmpp\.c2s\.port +5222 +default$/m);
  });
});

describe('who knows the people', () => {
  test('is said in the file or in the environment, and never printed', () => {
    file(
      'xmpp:\n  authentication:\n    provider: token\n    token: { appId: app, appSecret: a-shared-secret }\n',
    );
    const loaded = loadConfig({}, directory);
    expect(loaded.config.xmpp.authentication).toMatchObject({
      provider: 'token',
      token: { appId: 'app', requireRoom: true, allowEmpty: false },
    });
    expect(printConfig(loaded.effective)).not.toContain('a-shared-secret');
    const ldap = { provider: 'ldap', ldap: { url: 'ldaps://ldap.example', base: 'dc=example' } };
    const { config } = loadConfig({ CONCLAVE_XMPP_AUTHENTICATION: JSON.stringify(ldap) }, directory);
    expect(config.xmpp.authentication).toMatchObject(ldap);
  });

  test('is refused when it cannot be', () => {
    file('xmpp:\n  authentication:\n    provider: token\n    token: { appId: app }\n');
    expect(errorsOf().join()).toContain('xmpp.authentication');
    file('xmpp:\n  authentication:\n    provider: magic\n');
    expect(errorsOf().join()).toContain('xmpp.authentication');
  });
});

describe('external components', () => {
  const secret = 'a-secret-of-a-component';

  test('are named with their secrets, which are never printed', () => {
    file(`domain: a.example\nxmpp:\n  component:\n    secrets:\n      irc.a.example: ${secret}\n`);
    const { config, effective } = loadConfig({}, directory);
    expect(config.xmpp.component.secrets).toEqual({ 'irc.a.example': secret });
    expect(printConfig(effective)).not.toContain(secret);
    const set = { CONCLAVE_COMPONENT_SECRETS: JSON.stringify({ 'sms.a.example': secret }) };
    expect(loadConfig(set, directory).config.xmpp.component.secrets).toEqual({ 'sms.a.example': secret });
  });

  test.each(['a.example', 'guest.a.example', 'conference.a.example', 'upload.a.example'])(
    'cannot be %s, which is the service itself',
    (name) => {
      const set = { CONCLAVE_COMPONENT_SECRETS: JSON.stringify({ [name]: secret }) };
      expect(errorsOf({ CONCLAVE_DOMAIN: 'a.example', ...set })).toEqual([
        `CONF-006 \`xmpp.component.secrets\` names ${name}, which is a host of \`domain\` itself`,
      ]);
    },
  );

  test.each([{ 'irc.a.example': '' }, { 'irc.a.example': 'short' }, { 'no domain': secret }, { A: secret }])(
    'have proper names and secrets that cannot be guessed: %j',
    (secrets) => {
      expect(errorsOf({ CONCLAVE_COMPONENT_SECRETS: JSON.stringify(secrets) })).toHaveLength(1);
    },
  );
});

describe('how many videos are sent in conferences of which size', () => {
  test('is said in the file or in the environment, or is usual, or is nothing', () => {
    expect(loadConfig({}, directory).config.media.lastNBySize).toEqual({ 20: 20, 30: 15 });
    file('media:\n  lastNBySize:\n    10: 8\n    50: 0\n');
    expect(loadConfig({}, directory).config.media.lastNBySize).toEqual({ 10: 8, 50: 0 });
    file('media: { lastNBySize: {} }\n');
    expect(loadConfig({}, directory).config.media.lastNBySize).toEqual({});
    const set = { CONCLAVE_LAST_N_BY_SIZE: '{"90":2}' };
    expect(loadConfig(set, directory).config.media.lastNBySize).toEqual({ 90: 2 });
  });

  test.each([
    ['{ many: 5 }', 'must have whole numbers as sizes'],
    ['{ 0: 5 }', 'must have whole numbers as sizes'],
    ['{ 20: -1 }', 'must give each size a whole number'],
    ['{ 20: 1.5 }', 'must give each size a whole number'],
    ['{ 20: few }', 'must give each size a whole number'],
    ['20', 'must be a section of sizes'],
  ])('is refused as %s', (section, why) => {
    file(`media:\n  lastNBySize: ${section}\n`);
    expect(errorsOf()).toEqual([
      expect.stringContaining(`CONF-004 conclave.yaml, line 2: \`media.lastNBySize\` ${why}`),
    ]);
  });
});

describe('what is refused', () => {
  test('a file that is named but not there', () => {
    expect(errorsOf({ CONCLAVE_CONFIG: 'no.yaml' })).toEqual([
      'CONF-001 The configuration file no.yaml does not exist',
    ]);
  });

  test('what is no YAML, with the line', () => {
    file('domain: a.example\nhttp: {port: 1\n');
    expect(errorsOf()[0]).toMatch(/^CONF-002 conclave\.yaml, line [23]: /);
  });

  test('unknown keys, with the line and the key that was probably meant', () => {
    file('domian: a.example\nhttp:\n  prot: 1\nport: 3\nc2s: {}\nzzzzzzzz: 1\n');
    expect(errorsOf()).toEqual([
      'CONF-003 conclave.yaml, line 1: unknown key `domian`; did you mean `domain`?',
      'CONF-003 conclave.yaml, line 3: unknown key `http.prot`; did you mean `http.port`?',
      expect.stringMatching(/^CONF-003 conclave\.yaml, line 4: unknown key `port`/),
      expect.stringMatching(/^CONF-003 conclave\.yaml, line 5: unknown key `c2s`/),
      'CONF-003 conclave.yaml, line 6: unknown key `zzzzzzzz`',
    ]);
  });

  test('wrong types and ranges, with the line, all at once', () => {
    file(
      'domain: Not A Domain\nhttp:\n  port: "80"\nmedia:\n  port: 70000\n  advertisedAddresses: [here]\nlog: info\n',
    );
    const errors = errorsOf();
    expect(errors.map((error) => error.slice(0, 32))).toEqual([
      'CONF-004 conclave.yaml, line 1: ',
      'CONF-004 conclave.yaml, line 3: ',
      'CONF-004 conclave.yaml, line 5: ',
      'CONF-004 conclave.yaml, line 6: ',
      'CONF-004 conclave.yaml, line 7: ',
    ]);
    expect(errors[1]).toContain('`http.port` must be a whole number from 0 to 65535, not "80"');
  });

  test('other servers without names, or with names that are none', () => {
    expect(errorsOf({ CONCLAVE_S2S_ENABLED: 'true' })[0]).toContain('`xmpp.s2s.enabled` needs');
    for (const allow of ['A.example', '*', '*.example', 'x@a.example', 'a..example']) {
      expect(errorsOf({ CONCLAVE_S2S_ALLOW: allow })[0]).toContain('must be a list of domain names');
    }
  });

  test('wrong variables, by their names', () => {
    expect(errorsOf({ CONCLAVE_HTTP_PORT: '80a', CONCLAVE_LOG_LEVEL: 'loud' })).toEqual([
      'CONF-005 CONCLAVE_HTTP_PORT must be a whole number from 0 to 65535, not "80a"',
      'CONF-005 CONCLAVE_LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, not "loud"',
    ]);
  });

  test('a wrong value in the file even where the environment overrides it', () => {
    file('http: { port: x }\n');
    expect(errorsOf({ CONCLAVE_HTTP_PORT: '80' })).toHaveLength(1);
  });

  test('a certificate without its key, and one port for two listeners', () => {
    expect(errorsOf({ CONCLAVE_TLS_CERTIFICATE: 'c.pem', CONCLAVE_HTTP_PORT: '5222' })).toEqual([
      'CONF-006 `tls.certificate` and `tls.key` go together, but only one is set',
      'CONF-006 `http.port` and `xmpp.c2s.port` are both 5222',
    ]);
  });

  test('but an unknown CONCLAVE_ variable is only a warning', () => {
    expect(loadConfig({ CONCLAVE_HTPP_PORT: '1' }, directory).warnings).toEqual([
      'The variable CONCLAVE_HTPP_PORT means nothing to Conclave; did you mean CONCLAVE_HTTP_PORT?',
    ]);
  });
});
