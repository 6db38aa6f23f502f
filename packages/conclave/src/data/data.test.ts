import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../config/schema.js';
import { loadConfig } from '../config/load.js';
import { createOnce, type DataPaths, dataPaths, privateDirectory } from './data-directory.js';
import { makeSelfSigned } from './self-signed-certificate.js';
import { publishedCertificate, serverCertificate } from './server-certificate.js';
import { servicePassword } from './service-passwords.js';

let directory: string;
let config: Config;
let paths: DataPaths;

const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-data-'));
  config = loadConfig({ CONCLAVE_DATA: 'data', CONCLAVE_DOMAIN: 'meet.example' }, directory).config;
  paths = dataPaths(config);
  for (const path of [paths.root, paths.xmppServer, paths.secrets]) await privateDirectory(path);
});
afterEach(() => rm(directory, { recursive: true }));

describe('the data directory', () => {
  test('lets nobody in but its owner', async () => {
    expect(await mode(paths.root)).toBe(0o700);
    expect(await mode(paths.secrets)).toBe(0o700);
  });

  test('is refused with DATA-001 where a file stands in its place', async () => {
    await writeFile(join(directory, 'file'), '');
    await expect(privateDirectory(join(directory, 'file', 'data'))).rejects.toMatchObject({ code: 'DATA-001' });
  });

  test('gives two writers of one file the same text, and leaves no draft behind', async () => {
    const path = join(paths.root, 'once');
    let count = 0;
    const texts = await Promise.all(Array.from({ length: 20 }, () => createOnce(path, () => `text ${(count += 1)}`)));
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toBe(await readFile(path, 'utf8'));
    expect(await readdir(paths.root)).toEqual(['once', 'secrets', 'xmpp-server']);
  });
});

describe('service passwords', () => {
  test('agree between services that start at once, are long, and are readable for the owner only', async () => {
    const passwords = await Promise.all(Array.from({ length: 10 }, () => servicePassword(paths.secrets, 'focus')));
    expect(new Set(passwords).size).toBe(1);
    expect(passwords[0]).toMatch(/^[\w-]{43}$/);
    expect(await mode(join(paths.secrets, 'focus-password'))).toBe(0o600);
  });

  test('differ from account to account', async () => {
    expect(await servicePassword(paths.secrets, 'focus')).not.toBe(await servicePassword(paths.secrets, 'jvb'));
  });

  test('are never replaced silently: a damaged file is DATA-002', async () => {
    await writeFile(join(paths.secrets, 'focus-password'), '');
    await expect(servicePassword(paths.secrets, 'focus')).rejects.toMatchObject({ code: 'DATA-002' });
  });
});

describe('the certificate of the XMPP server', () => {
  test('is made on the first start, kept on the next, and private', async () => {
    const first = await serverCertificate(config, paths, new Date());
    expect(first.selfSigned).toBe(true);
    expect(await mode(paths.selfSigned)).toBe(0o600);
    expect(await serverCertificate(config, paths, new Date())).toEqual(first);
    expect(publishedCertificate(paths)).toBe(first.cert);
    expect(publishedCertificate(paths)).not.toContain('PRIVATE KEY');
  });

  test('is trusted by a TLS client that pins it, under each name of the installation', async () => {
    const { cert, key } = await serverCertificate(config, paths, new Date());
    const server = createServer({ cert, key }, (socket) => socket.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    for (const servername of ['meet.example', 'guest.meet.example', 'internal.auth.meet.example']) {
      const socket = connect({ port, host: '127.0.0.1', servername, ca: publishedCertificate(paths) });
      await once(socket, 'secureConnect');
      expect(socket.authorized).toBe(true);
      socket.destroy();
    }
    server.close();
  });

  test('is renewed when it is about to expire, when the domain changes, and when the file is damaged', async () => {
    const { cert } = await serverCertificate(config, paths, new Date());
    const soon = new Date(Date.now() + 3640 * 24 * 60 * 60 * 1000);
    const renewed = await serverCertificate(config, paths, soon);
    expect(renewed.cert).not.toBe(cert);
    const other = await serverCertificate({ ...config, domain: 'other.example' }, paths, new Date());
    expect(other.cert).not.toBe(renewed.cert);
    await writeFile(paths.selfSigned, 'garbage');
    const again = await serverCertificate(config, paths, new Date());
    expect(again.cert).not.toBe(other.cert);
    expect(publishedCertificate(paths)).toBe(again.cert);
  });

  describe("may be the operator's own", () => {
    const own = async (text: string, keyText = text): Promise<Config> => {
      const [certificate, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
      await writeFile(certificate, text.slice(0, text.indexOf('-----BEGIN PRIVATE')));
      await writeFile(key, keyText.slice(keyText.indexOf('-----BEGIN PRIVATE')));
      return { ...config, tls: { certificate, key } };
    };

    test('which is then used and published', async () => {
      const pem = await makeSelfSigned('meet.example', new Date());
      const used = await serverCertificate(await own(pem), paths, new Date());
      expect(used.selfSigned).toBe(false);
      expect(publishedCertificate(paths)).toBe(used.cert);
    });

    test('but not with the key of another (TLS-002)', async () => {
      const mixed = await own(await makeSelfSigned('a.example', new Date()), await makeSelfSigned('b.example', new Date()));
      await expect(serverCertificate(mixed, paths, new Date())).rejects.toMatchObject({ code: 'TLS-002' });
    });

    test('nor after its last day (TLS-003)', async () => {
      const old = await own(await makeSelfSigned('meet.example', new Date('2001-01-01')));
      await expect(serverCertificate(old, paths, new Date())).rejects.toMatchObject({ code: 'TLS-003' });
    });

    test('with authorities that clients are certified by, if they are any (TLS-004)', async () => {
      const file = join(directory, 'clients.pem');
      const trusting = { ...config, tls: { clientAuthorities: file } };
      await expect(serverCertificate(trusting, paths, new Date())).rejects.toMatchObject({ code: 'TLS-004' });
      await writeFile(file, 'garbage');
      await expect(serverCertificate(trusting, paths, new Date())).rejects.toMatchObject({ code: 'TLS-004' });
      const [authority = ''] = (await makeSelfSigned('clients', new Date())).split('-----BEGIN PRIVATE');
      await writeFile(file, `An authority\n${authority}`);
      expect((await serverCertificate(trusting, paths, new Date())).clientAuthorities).toBe(authority.trim());
    });

    test('nor from a file that is not there (TLS-001)', async () => {
      const gone = { ...config, tls: { certificate: join(directory, 'x'), key: join(directory, 'y') } };
      await expect(serverCertificate(gone, paths, new Date())).rejects.toMatchObject({ code: 'TLS-001' });
    });
  });
});
