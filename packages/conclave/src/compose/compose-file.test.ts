import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load.js';
import { settings } from '../config/schema.js';
import { accountsOfOthers, recorderAccount } from '../data/service-passwords.js';
import { clientConfigScript } from '../http/client-config.js';
import { serviceNames } from '../services/split.js';
import { type ComposeService, readComposeFile } from './compose-file.js';

const file = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../../${name}`, import.meta.url)), 'utf8');
const services = (variables: Record<string, string> = {}): ComposeService[] =>
  readComposeFile(file('docker-compose.yml'), variables);
const known = new Set(settings.map(({ env }) => env));

describe('docker-compose.yml', () => {
  test('has the four services, each the same image with another command', () => {
    expect(services().map(({ name }) => name)).toEqual([...serviceNames]);
    for (const { name, command } of services()) expect(command).toEqual(['conclave', name]);
    expect(new Set(services().map(({ image }) => image)).size).toBe(1);
  });

  test.each(serviceNames)('%s gets an environment that Conclave understands', (name) => {
    const { environment } = services().find((service) => service.name === name)!;
    expect(loadConfig(environment, '/nowhere').warnings).toEqual([]);
  });

  test('publishes the page, XMPP clients and media, and nothing else', () => {
    expect(services().flatMap(({ ports }) => ports)).toEqual([
      '5222:5222/tcp',
      '10000:10000/udp',
      '8080:8080/tcp',
    ]);
  });

  test('is configured by .env', () => {
    const changed = services({
      CONCLAVE_DOMAIN: 'meet.example',
      CONCLAVE_MEDIA_PORT: '3478',
      CONCLAVE_HTTP_PORT: '80',
      CONCLAVE_ADVERTISED_ADDRESSES: '203.0.113.7',
    });
    expect(changed.every(({ environment }) => environment['CONCLAVE_DOMAIN'] === 'meet.example')).toBe(true);
    const bridge = changed.find(({ name }) => name === 'videobridge');
    expect(bridge).toMatchObject({
      ports: ['3478:3478/udp'],
      environment: { CONCLAVE_MEDIA_PORT: '3478', CONCLAVE_ADVERTISED_ADDRESSES: '203.0.113.7' },
    });
    expect(changed.find(({ name }) => name === 'web')?.ports).toEqual(['80:8080/tcp']);
  });

  test('publishes a port for each of several bridges', () => {
    const bridge = services({ CONCLAVE_BRIDGE_PROCESSES: '4', MEDIA_PORTS: '10000-10003' }).find(
      ({ name }) => name === 'videobridge',
    );
    expect(bridge).toMatchObject({
      ports: ['10000-10003:10000-10003/udp'],
      environment: { CONCLAVE_BRIDGE_PROCESSES: '4' },
    });
  });

  test('gives no service more than it needs', () => {
    for (const service of services()) {
      expect(service).toMatchObject({ readOnly: true, dropsAllCapabilities: true, noNewPrivileges: true });
    }
    const volumes = Object.fromEntries(services().map(({ name, volumes: mounted }) => [name, mounted]));
    expect(volumes).toEqual({
      'xmpp-server': ['accounts:/data', 'secrets:/data/secrets'],
      focus: ['secrets:/data/secrets', 'focus:/data/focus'],
      videobridge: ['secrets:/data/secrets'],
      web: [],
    });
  });
});

describe('the services of others', () => {
  const secrets = {
    CONCLAVE_DOMAIN: 'meet.example',
    CONCLAVE_JIBRI_PASSWORD: 'a password for jibri',
    CONCLAVE_RECORDER_PASSWORD: 'one for its browser',
    CONCLAVE_JIGASI_PASSWORD: 'and one for jigasi',
  };
  const byProfile = (profile: string): ComposeService =>
    readComposeFile(file('docker-compose.yml'), secrets, [profile]).find(({ profiles }) =>
      profiles.includes(profile),
    )!;

  test('come when they are asked for, in versions that stay what they are', () => {
    for (const profile of ['recording', 'telephony', 'jitsi-web']) {
      expect(byProfile(profile).image).toMatch(/^jitsi\/[a-z]+:stable-\d+$/);
    }
  });

  test('log in with the accounts that the XMPP server and the page are told of', () => {
    const { config } = loadConfig(
      services(secrets).find(({ name }) => name === 'xmpp-server')!.environment,
      '/',
    );
    expect(accountsOfOthers(config).map(({ username, password }) => `${username} ${password}`)).toEqual([
      `${byProfile('recording').environment['JIBRI_XMPP_USER']} ${secrets.CONCLAVE_JIBRI_PASSWORD}`,
      `${byProfile('telephony').environment['JIGASI_XMPP_USER']} ${secrets.CONCLAVE_JIGASI_PASSWORD}`,
    ]);
    expect(byProfile('recording').environment).toMatchObject({
      JIBRI_XMPP_PASSWORD: secrets.CONCLAVE_JIBRI_PASSWORD,
      JIBRI_RECORDER_USER: recorderAccount(config).recorderAccount!.username,
      JIBRI_RECORDER_PASSWORD: secrets.CONCLAVE_RECORDER_PASSWORD,
      XMPP_HIDDEN_DOMAIN: 'recorder.meet.example',
      XMPP_INTERNAL_MUC_DOMAIN: 'internal.auth.meet.example',
    });
    expect(byProfile('telephony').environment).toMatchObject({
      JIGASI_XMPP_PASSWORD: secrets.CONCLAVE_JIGASI_PASSWORD,
    });
    const web = loadConfig(services(secrets).find(({ name }) => name === 'web')!.environment, '/');
    expect(clientConfigScript(web.config)).toContain('"hiddenDomain": "recorder.meet.example"');
    expect(clientConfigScript(loadConfig({}, '/').config)).not.toContain('hiddenDomain');
  });

  test('need a password each: there is none by default', () => {
    const { config } = loadConfig(services()[0]!.environment, '/');
    expect([accountsOfOthers(config), recorderAccount(config)]).toEqual([[], {}]);
  });
});

describe('.env.example', () => {
  test('names settings only, with the defaults that docker-compose.yml has', () => {
    const lines = [...file('.env.example').matchAll(/^(#?)(CONCLAVE_[A-Z_]+)=(.*)$/gm)];
    expect(lines.length).toBeGreaterThan(5);
    for (const [, , name] of lines) expect(known).toContain(name);
    const active: Record<string, string> = {};
    for (const [, off, name, value] of lines) if (off === '' && name) active[name] = value ?? '';
    expect(services(active)).toEqual(services());
  });
});
