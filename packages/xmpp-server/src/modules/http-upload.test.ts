import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Element } from '@conclave/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { configured } from '../host/module-set.js';
import type { HostPlan } from '../host-plan.js';
import { uploadHost } from '../layout.js';
import { MemoryStorage } from '../storage/memory.js';
import { Dialogue, type Actor } from '../testing/dialogue.js';
import { httpUpload, type UploadService } from './http-upload.js';
import { rangeOf } from './http-upload/http.js';

const namespace = 'urn:xmpp:http:upload:0';
let directory: string;
let http: Server;
let base: string;
let stage: Dialogue;
let romeo: Actor;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'xmpp-upload-'));
  http = createServer((request, response) => service().handle(request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  base = `http://127.0.0.1:${(http.address() as AddressInfo).port}/upload`;
  await open();
});

afterEach(() => {
  vi.useRealTimers();
  stage.close();
  http.close();
  http.closeAllConnections();
  rmSync(directory, { recursive: true });
});

const service = () => stage.hosts.offered(uploadHost('verona.lit'), 'http-upload') as UploadService;
const storage = new MemoryStorage();

async function open(options: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const upload: HostPlan = {
    name: uploadHost('verona.lit'),
    accounts: 'none',
    accessibleFrom: ['verona.lit', 'guest.verona.lit'],
    trusted: false,
    modules: [configured(httpUpload, { url: base, directory, domains: ['verona.lit'], ...options })],
    items: [],
  };
  stage = await Dialogue.open((hosts) => [...hosts, upload], storage);
  romeo = await stage.client('romeo', 'orchard');
}

async function reopen(options: Readonly<Record<string, unknown>>): Promise<void> {
  stage.close();
  await open(options);
}

/** Asks for a slot; resolves with the answer. */
async function asks(
  attributes: Readonly<Record<string, string | number>> = {},
  who = romeo,
): Promise<Element> {
  const all = { filename: 'très cool.jpg', size: 5, 'content-type': 'image/jpeg', ...attributes };
  const written = Object.entries(all).map(([name, value]) => `${name}='${value}'`);
  who.ignoresAll();
  await who.sends(
    `<iq type='get' id='u' to='upload.verona.lit'><request xmlns='${namespace}' ${written.join(' ')}/></iq>`,
  );
  await expect.poll(() => who.inbox.length).toBe(1);
  return who.inbox.shift() ?? expect.fail();
}

interface SlotOf {
  readonly url: string;
  readonly authorization: string;
}

async function slot(attributes: Readonly<Record<string, string | number>> = {}): Promise<SlotOf> {
  const given = (await asks(attributes)).getChild('slot', namespace);
  const put = given?.getChild('put');
  expect(given?.getChild('get')?.attrs['url']).toBe(put?.attrs['url']);
  return { url: String(put?.attrs['url']), authorization: put?.getChildText('header') ?? '' };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function http1(
  method: string,
  url: string,
  headers: Record<string, string | number> = {},
  body = '',
): Promise<Answer> {
  const sent = httpRequest(url, { method, headers, agent: false });
  sent.on('error', () => undefined);
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

const puts = (
  { url, authorization }: SlotOf,
  body: string,
  headers: Record<string, string | number> = {},
): Promise<Answer> =>
  http1('PUT', url, { authorization, 'content-length': Buffer.byteLength(body), ...headers }, body);

describe('a slot (XEP-0363 s.4)', () => {
  it('is for a file, which can then be uploaded once and downloaded', async () => {
    const granted = await slot();
    expect(granted.url).toMatch(/\/upload\/[\w-]{58}\/tr%C3%A8s%20cool\.jpg$/);
    expect((await http1('GET', granted.url)).status).toBe(404);
    expect((await puts(granted, 'Hello')).status).toBe(201);
    const { status, body, headers } = await http1('GET', granted.url);
    expect([status, body]).toEqual([200, 'Hello']);
    expect(headers).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': '5',
      'content-disposition': "inline; filename*=UTF-8''tr%C3%A8s%20cool.jpg",
      'x-content-type-options': 'nosniff',
    });
    expect((await puts(granted, 'World')).status).toBe(409);
    expect((await http1('GET', granted.url)).body).toBe('Hello');
    expect((await http1('HEAD', granted.url)).headers['content-length']).toBe('5');
    expect(
      statSync(join(directory, readdirSync(directory).find((name) => name !== 'incoming') ?? '')).mode &
        0o777,
    ).toBe(0o600);
    expect(readdirSync(join(directory, 'incoming'))).toEqual([]);
  });

  it.each([
    ['without a name', { filename: '' }, 'bad-request'],
    ['with a path', { filename: '../../etc/passwd' }, 'bad-request'],
    ['with another path', { filename: '..\\x' }, 'bad-request'],
    ['with dots', { filename: '..' }, 'bad-request'],
    ['with a line end', { filename: 'a&#13;&#10;b' }, 'bad-request'],
    ['without size', { size: 0 }, 'bad-request'],
    ['with a negative size', { size: -1 }, 'bad-request'],
    ['with a broken size', { size: '1.5' }, 'bad-request'],
    ['with no media type', { 'content-type': 'x' }, 'bad-request'],
    ['with a header in its type', { 'content-type': 'image/png&#13;&#10;X: y' }, 'bad-request'],
    ['with parameters of nothing', { 'content-type': '; charset=utf-8' }, 'bad-request'],
    ['that is too large', { size: 100 * 1024 * 1024 }, 'not-acceptable'],
  ])('is not for a file %s', async (_, attributes, condition) => {
    const error = (await asks(attributes)).getChild('error');
    expect(error?.getChild(condition)).toBeDefined();
    if (condition === 'not-acceptable') {
      expect(error?.getChild('file-too-large', namespace)?.getChildText('max-file-size')).toBe(
        String(10 * 1024 * 1024),
      );
    }
  });

  it('is for accounts, not for guests', async () => {
    const guest = stage.stranger('x@guest.verona.lit/y');
    expect((await asks({}, guest)).getChild('error')?.getChild('forbidden')).toBeDefined();
  });

  it('is for types that are taken', async () => {
    await reopen({ types: ['image/*', 'text/plain'] });
    expect((await asks()).attrs['type']).toBe('result');
    expect((await asks({ 'content-type': 'text/plain' })).attrs['type']).toBe('result');
    // As go-sendxmpp says it.
    expect((await asks({ 'content-type': 'text/plain; charset=utf-8' })).attrs['type']).toBe('result');
    expect(
      (await asks({ 'content-type': 'text/html' })).getChild('error')?.getChild('not-acceptable'),
    ).toBeDefined();
  });

  it('is within what an account may keep, however many are asked for at once', async () => {
    await reopen({ quota: 20, maxSlots: 100 });
    await stage.account('juliet');
    const juliet = await stage.client('juliet', 'balcony');
    const ask = `<iq type='get' id='u' to='upload.verona.lit'><request xmlns='${namespace}' filename='a' size='5'/></iq>`;
    await Promise.all(Array.from({ length: 10 }, () => juliet.sends(ask)));
    await expect.poll(() => juliet.inbox.length).toBe(10);
    const granted = juliet.inbox.filter(({ attrs }) => attrs['type'] === 'result');
    expect(granted).toHaveLength(4);
    expect(juliet.inbox.at(-1)?.getChild('error')?.attrs['type']).toBe('wait');
  });
});

describe('an account', () => {
  it('has so many slots, however small the files', async () => {
    await reopen({ maxSlots: 3 });
    await stage.account('benvolio');
    const benvolio = await stage.client('benvolio', 'street');
    for (let i = 0; i < 3; i++) expect((await asks({}, benvolio)).attrs['type']).toBe('result');
    expect((await asks({}, benvolio)).getChild('error')?.attrs['type']).toBe('wait');
  });

  it('is told when it may send more', async () => {
    await reopen({ dailyQuota: 7 });
    await stage.account('mercutio');
    const mercutio = await stage.client('mercutio', 'street');
    expect((await asks({}, mercutio)).attrs['type']).toBe('result');
    const error = (await asks({}, mercutio)).getChild('error');
    expect(error?.attrs['type']).toBe('wait');
    const stamp = String(error?.getChild('retry', namespace)?.attrs['stamp']);
    expect(Date.parse(stamp) - Date.now()).toBeGreaterThan(86_000_000);
  });

  it('leaves no file behind when it is removed', async () => {
    const granted = await slot();
    await puts(granted, 'Hello');
    const juliet = await stage.client('juliet', 'balcony');
    await asks({}, juliet);
    await stage.hosts.accounts.get('verona.lit')?.remove('romeo');
    expect((await http1('GET', granted.url)).status).toBe(404);
    expect(readdirSync(directory)).toEqual(['incoming']);
    const kept = storage.keyval(uploadHost('verona.lit'), 'upload_slots', z.object({ owner: z.string() }));
    const owners = await Promise.all((await kept.users()).map(async (id) => (await kept.get(id))?.owner));
    expect(owners).toContain('juliet@verona.lit');
    expect(owners).not.toContain('romeo@verona.lit');
  });
});

describe('an upload (XEP-0363 s.6)', () => {
  it('needs the token of its slot', async () => {
    const one = await slot();
    const other = await slot();
    const [header = '', payload = '', signature = ''] = one.authorization.slice('Bearer '.length).split('.');
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    for (const [authorization, status] of [
      ['', 401],
      ['Basic eDp5', 401],
      [other.authorization, 403],
      [`Bearer ${header}.${payload}.`, 403],
      [`Bearer ${encode({ alg: 'none' })}.${payload}.`, 403],
      [`Bearer ${encode({ alg: 'none' })}.${payload}.${signature}`, 403],
      [`Bearer ${header}.${encode({ ...claims, size: 6 })}.${signature}`, 403],
      [`Bearer ${header}.${payload}.${signature}.x`, 403],
      [`Bearer x`, 403],
    ] as const) {
      expect((await puts({ ...one, authorization }, 'Hello')).status, authorization).toBe(status);
    }
    expect((await puts({ ...one, url: one.url.replace('cool', 'evil') }, 'Hello')).status).toBe(403);
    expect((await puts(one, 'Hello')).status).toBe(201);
  });

  it('has its time', async () => {
    const granted = await slot();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 });
    expect((await puts(granted, 'Hello')).status).toBe(403);
  });

  it('has exactly the size that it was to have', async () => {
    const granted = await slot();
    expect((await puts(granted, 'Hell')).status).toBe(413);
    expect((await puts(granted, 'Hello!')).status).toBe(413);
    expect(
      (await http1('PUT', granted.url, { ...granted, 'transfer-encoding': 'chunked' }, 'Hello')).status,
    ).toBe(413);
  });

  it('that breaks off leaves nothing, and can be begun again', async () => {
    const granted = await slot();
    const broken = httpRequest(granted.url, {
      method: 'PUT',
      headers: { authorization: granted.authorization, 'content-length': 5 },
      agent: false,
    });
    broken.on('error', () => undefined);
    broken.write('Hel');
    await expect.poll(() => readdirSync(join(directory, 'incoming')).length).toBe(1);
    broken.destroy();
    await expect.poll(() => readdirSync(join(directory, 'incoming'))).toEqual([]);
    expect((await puts(granted, 'Hello')).status).toBe(201);
  });

  it('is given up when it stalls', async () => {
    await reopen({ stall: 50 });
    const granted = await slot();
    const slow = httpRequest(granted.url, {
      method: 'PUT',
      headers: { authorization: granted.authorization, 'content-length': 5 },
      agent: false,
    });
    slow.write('Hel');
    const [error] = (await once(slow, 'error')) as [Error];
    expect(error).toBeDefined();
    await expect.poll(() => readdirSync(join(directory, 'incoming'))).toEqual([]);
  });

  it('takes no more room than there is', async () => {
    await reopen({ maxBytes: 7 });
    const [one, two] = [await slot(), await slot()];
    expect((await puts(one, 'Hello')).status).toBe(201);
    expect((await puts(two, 'World')).status).toBe(507);
  });
});

describe('a download', () => {
  it.each([
    ['image/png', 'inline'],
    ['video/mp4', 'inline'],
    ['text/plain', 'inline'],
    ['image/svg+xml', 'attachment'],
    ['text/html', 'attachment'],
    ['application/javascript', 'attachment'],
  ])('of %s is %s, and never a page of ours', async (type, disposition) => {
    const granted = await slot({ 'content-type': type, filename: 'a&apos;b.html' });
    await puts(granted, 'Hello', { 'content-type': 'text/html' });
    const { headers } = await http1('GET', granted.url);
    expect(headers['content-type']).toMatch(new RegExp(`^${type.replace('+', '\\+')}(; charset=utf-8)?$`));
    expect(headers['content-disposition']).toBe(`${disposition}; filename*=UTF-8''a%27b.html`);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain('sandbox');
  });

  it('may be of a part', async () => {
    const granted = await slot();
    await puts(granted, 'Hello');
    const part = await http1('GET', granted.url, { range: 'bytes=1-2' });
    expect([part.status, part.body, part.headers['content-range']]).toEqual([206, 'el', 'bytes 1-2/5']);
    const none = await http1('GET', granted.url, { range: 'bytes=9-' });
    expect([none.status, none.headers['content-range']]).toEqual([416, 'bytes */5']);
  });

  it.each([
    [undefined, [0, 9]],
    ['bytes=0-', [0, 9]],
    ['bytes=3-99', [3, 9]],
    ['bytes=-4', [6, 9]],
    ['bytes=-99', [0, 9]],
    ['bytes=-0', undefined],
    ['bytes=10-', undefined],
    ['bytes=5-3', undefined],
    ['bytes=0-1,4-5', [0, 9]],
    ['lines=1-2', [0, 9]],
    ['bytes=-', [0, 9]],
  ])('of %j is %j', (header, expected) => {
    const range = rangeOf(header, 10);
    expect(range && [range.start, range.end]).toEqual(expected);
  });

  it('is of nothing but slots', async () => {
    const granted = await slot();
    await puts(granted, 'Hello');
    writeFileSync(join(directory, 'secret'), 'x');
    const id = granted.url.split('/').at(-2) ?? '';
    for (const path of [
      '',
      '/secret',
      '/secret/x',
      '/../secret',
      `/${id}`,
      `/${id}/`,
      `/${id}/other.jpg`,
      `/${id}/%`,
      '/incoming/x',
      `/..%2f${id}/x`,
    ]) {
      expect((await http1('GET', base + path)).status, path).toBe(404);
    }
    expect((await http1('DELETE', granted.url)).status).toBe(405);
    const preflight = await http1('OPTIONS', granted.url);
    expect([preflight.status, preflight.headers['access-control-allow-headers']]).toEqual([
      204,
      'Authorization, Content-Type',
    ]);
  });

  it('ends with the time of the file, and so does the file', async () => {
    const granted = await slot();
    await puts(granted, 'Hello');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 8 * 86_400_000 });
    expect((await http1('GET', granted.url)).status).toBe(410);
    await reopen({});
    await expect.poll(() => readdirSync(directory)).toEqual(['incoming']);
    expect((await http1('GET', granted.url)).status).toBe(410);
  });
});

it('tells what it is, and how large files may be', async () => {
  await romeo.sends(
    "<iq type='get' id='d' to='verona.lit'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
  );
  expect(existsSync(directory)).toBe(true);
  const host = stage.router.host(uploadHost('verona.lit'));
  expect(host?.disco.features).toContain(namespace);
  expect(host?.disco.identities).toContainEqual({ category: 'store', type: 'file', name: 'File upload' });
  expect(host?.disco.forms[0]?.fields.find((field) => field.var === 'max-file-size')?.values).toEqual([
    String(10 * 1024 * 1024),
  ]);
});
