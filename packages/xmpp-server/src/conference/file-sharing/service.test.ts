/** The service that keeps the files which people share (acceptance 87), as Jitsi's clients use it, and as somebody does who means it harm. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { externalServices } from '../../modules/external-services.js';
import type { Actor } from '../../muc/testing/stage.js';
import type { FileService } from '../file-sharing.js';
import { fileSharing, meetingId, permissions, shortLivedTokens } from '../index.js';
import {
  appoints,
  asksHost,
  at,
  enters,
  hears,
  hearsNothing,
  main,
  meeting,
  room,
} from '../testing/meeting.js';

let directory: string;
let http: Server;
let base: string;
let service: FileService | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'shared-files-'));
  http = createServer((request, response) => service?.handle(request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  base = `http://127.0.0.1:${(http.address() as AddressInfo).port}/file-sharing/v1`;
});

afterEach(() => {
  vi.useRealTimers();
  http.close();
  http.closeAllConnections();
  rmSync(directory, { recursive: true });
});

function scene(options: object = {}, everybody = false) {
  let idOf = (): string => '';
  const people = meeting(({ stage, service: muc }) => {
    const host = stage.beside(main);
    host.load(externalServices, { clientsOf: ['guest.verona.lit'] });
    host.load(shortLivedTokens, { rooms: 'rooms.verona.lit' });
    const ids = stage.load(meetingId);
    if (everybody) stage.load(permissions, { participants: { 'file-upload': true } });
    service = stage.load(fileSharing, at('filesharing', { service: { directory, ...options } }));
    idOf = () => ids(muc.rooms.get(room) ?? expect.fail());
  });
  return { ...people, session: idOf() };
}

/** Asks for a token as Jitsi's client does. */
async function tokenOf(actor: Actor): Promise<string> {
  const answer = await asksHost(
    actor,
    main,
    `<credentials xmlns='urn:xmpp:extdisco:2'><service host='file-sharing' type='short-lived-token'/></credentials>`,
  );
  return answer !== null && 'getChild' in answer
    ? String(answer.getChild('service')?.attrs['password'])
    : expect.fail();
}

interface Upload {
  readonly fileId?: string;
  readonly fileName?: string;
  readonly content?: string | Uint8Array<ArrayBuffer>;
  readonly more?: object;
}

async function brings(
  token: string,
  session: string,
  { fileId = 'f1', fileName = 'a.pdf', content = 'Wherefore', more }: Upload = {},
) {
  const form = new FormData();
  const metadata = { fileId, fileName, fileSize: 1, fileType: 'pdf', timestamp: 1, ...more };
  form.append('metadata', JSON.stringify(metadata));
  form.append('file', new Blob([content]), fileName);
  const response = await fetch(`${base}/sessions/${session}/files`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${token}` },
  });
  await response.arrayBuffer();
  return response.status;
}

const asks = (token: string, session: string, fileId = 'f1', method = 'GET') =>
  fetch(`${base}/sessions/${session}/files/${fileId}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });

async function address(token: string, session: string, fileId = 'f1'): Promise<string> {
  const told = (await (await asks(token, session, fileId)).json()) as { presignedUrl: string };
  return `http:${told.presignedUrl}`;
}
const kept = () => readdirSync(directory);

it('takes a file of a moderator, tells the others, and gives it to everybody in the room', async () => {
  const { romeo, juliet, session } = scene();
  expect(await brings(await tokenOf(romeo), session)).toBe(200);
  expect(hears(juliet)).toMatchObject({
    event: 'add',
    file: { fileId: 'f1', fileName: 'a.pdf', fileSize: 9, fileType: 'pdf', authorParticipantId: 'romeo' },
  });
  const where = await address(await tokenOf(juliet), session);
  const response = await fetch(where);
  expect(await response.text()).toBe('Wherefore');
});

it('serves nothing that a browser would run, whatever it is called', async () => {
  const { romeo, juliet, session } = scene();
  const token = await tokenOf(romeo);
  await brings(token, session, {
    fileName: '../../evil"\r\nX: <svg onload>.html',
    content: '<script>1</script>',
  });
  expect(hears(juliet)).toMatchObject({
    file: { fileName: expect.not.stringMatching(/[/\\"<>\r\n]|\.\./) as string },
  });
  const { headers } = await fetch(await address(token, session));
  expect(headers.get('content-type')).toBe('application/octet-stream');
  expect(headers.get('content-disposition')).toMatch(/^attachment; filename\*=UTF-8''[\w.%-]+$/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain('sandbox');
  expect(headers.get('cache-control')).toContain('no-store');
});

it('takes none of participants, unless everybody shares', async () => {
  const { juliet, session } = scene();
  expect(await brings(await tokenOf(juliet), session)).toBe(403);
  expect(kept()).toEqual([]);
});

it('takes one of everybody where everybody shares', async () => {
  const { juliet, session } = scene({}, true);
  expect(await brings(await tokenOf(juliet), session)).toBe(200);
});

it('is closed to whoever has no token, a bad one, or one of another meeting', async () => {
  const { romeo, session } = scene();
  const token = await tokenOf(romeo);
  await brings(token, session);
  const [header = '', payload = ''] = token.split('.');
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
  for (const bad of ['', 'x', `${header}.${payload}.`, `${none}.${payload}.`, token.slice(0, -4) + 'AAAA']) {
    expect(await brings(bad, session, { fileId: 'f2' })).toBe(401);
    expect((await asks(bad, session)).status).toBe(401);
    expect((await asks(bad, session, 'f1', 'DELETE')).status).toBe(401);
  }
  const elsewhere = '00000000-0000-4000-8000-000000000000';
  expect(await brings(token, elsewhere)).toBe(403);
  expect((await asks(token, elsewhere)).status).toBe(403);
  expect(kept()).toHaveLength(1);
});

it('is closed to whoever was shown out, with the token that was good a moment ago', async () => {
  const { romeo, focus, juliet, session } = scene();
  appoints(focus, juliet.jid.bare.toString());
  const token = await tokenOf(juliet);
  await brings(await tokenOf(romeo), session);
  appoints(romeo, juliet.jid.bare.toString(), 'outcast');
  expect(await brings(token, session, { fileId: 'f2' })).toBe(401);
  expect((await asks(token, session)).status).toBe(401);
  expect(kept()).toHaveLength(1);
});

it('is closed when a token or the address of a file has expired', async () => {
  const { romeo, session } = scene();
  const token = await tokenOf(romeo);
  await brings(token, session);
  const where = await address(token, session);
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + 61_000);
  expect((await fetch(where)).status).toBe(410);
  vi.setSystemTime(Date.now() + 600_000);
  expect((await asks(token, session)).status).toBe(401);
});

it('gives a file to nobody who has made up its address', async () => {
  const { romeo, session } = scene();
  const token = await tokenOf(romeo);
  await brings(token, session);
  const [key = ''] = kept();
  const until = Math.floor(Date.now() / 1000) + 30;
  for (const tail of [
    `${key}/${until}/${'A'.repeat(43)}`,
    `${key}/${until + 1}/${(await address(token, session)).slice(-43)}`,
    `${key}/${until}/`,
    `../${key}/${until}/${'A'.repeat(43)}`,
    `%2e%2e%2f${key}/${until}/${'A'.repeat(43)}`,
  ]) {
    expect((await fetch(`${base}/download/${tail}`)).status).toBeGreaterThanOrEqual(403);
  }
});

it.each([
  ['too large', { content: new Uint8Array(21) }, 413],
  ['of no id', { fileId: '../x' }, 400],
  ['of a name that may not be', { fileName: 'a.exe' }, 400],
  ['described too long', { more: { fileType: 'x'.repeat(5000) } }, 400],
] as const)('does not take a file %s', async (_, upload, status) => {
  const { romeo, juliet, session } = scene({ fileSize: 20, endings: ['pdf'] });
  expect(await brings(await tokenOf(romeo), session, upload)).toBe(status);
  expect(kept()).toEqual([]);
  hearsNothing(juliet);
});

it('takes no more than a meeting may have, and counts what has gone', async () => {
  const { romeo, session } = scene({ meetingSize: 1000 });
  const token = await tokenOf(romeo);
  expect(await brings(token, session, { content: 'x'.repeat(500) })).toBe(200);
  expect(await brings(token, session, { fileId: 'f2', content: 'x'.repeat(500) })).toBe(507);
  expect((await asks(token, session, 'f1', 'DELETE')).status).toBe(204);
  await expect.poll(kept).toEqual([]);
  expect(await brings(token, session, { fileId: 'f2', content: 'x'.repeat(500) })).toBe(200);
});

it('takes an id once', async () => {
  const { romeo, session } = scene();
  const token = await tokenOf(romeo);
  expect(await brings(token, session)).toBe(200);
  expect(await brings(token, session, { content: 'Therefore' })).toBe(409);
  expect(await (await fetch(await address(token, session))).text()).toBe('Wherefore');
});

/** Begins an upload by hand, and leaves it there. */
function begins(token: string, session: string) {
  const boundary = 'x';
  const part = (head: string, body: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}`;
  const metadata = { fileId: 'f9', fileName: 'b.pdf', fileSize: 1, fileType: 'pdf', timestamp: 1 };
  const request = httpRequest(`${base}/sessions/${session}/files`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': 2000,
    },
  });
  request.on('error', () => undefined);
  request.write(`${part('name="metadata"', JSON.stringify(metadata))}\r\n`);
  request.write(part('name="file"; filename="b.pdf"', 'some of it'));
  return request;
}

it('leaves nothing of what breaks off, and its room to others', async () => {
  const { romeo, juliet, session } = scene({ meetingSize: 2500 });
  const token = await tokenOf(romeo);
  const request = begins(token, session);
  await expect.poll(kept).toHaveLength(1);
  expect(await brings(token, session, { content: 'x'.repeat(1000) })).toBe(507);
  request.destroy();
  await expect.poll(kept).toEqual([]);
  expect(await brings(token, session, { content: 'x'.repeat(1000) })).toBe(200);
  expect(hears(juliet)).toMatchObject({ file: { fileId: 'f1' } });
});

it('gives up who says nothing more', async () => {
  const { romeo, session } = scene({ stall: 50 });
  const request = begins(await tokenOf(romeo), session);
  await new Promise((resolve) => request.once('close', resolve));
  await expect.poll(kept).toEqual([]);
});

it('lets nobody begin too much', async () => {
  const { romeo, session } = scene({ atATime: 1 });
  const token = await tokenOf(romeo);
  const request = begins(token, session);
  await expect.poll(kept).toHaveLength(1);
  expect(await brings(token, session)).toBe(429);
  request.destroy();
  await expect.poll(() => brings(token, session)).toBe(200);
});

it('keeps nothing when the meeting is over, also of what was coming in', async () => {
  const { romeo, juliet, focus, session } = scene();
  const token = await tokenOf(romeo);
  await brings(token, session);
  const request = begins(token, session);
  await expect.poll(kept).toHaveLength(2);
  for (const actor of [romeo, juliet, focus]) actor.leaves(room);
  request.end('x'.repeat(2000));
  await expect.poll(kept).toEqual([]);
  expect((await asks(token, session)).status).toBe(401);
});

it('keeps nothing of an earlier process, and touches nothing else', () => {
  writeFileSync(join(directory, 'a'.repeat(32)), 'old');
  writeFileSync(join(directory, 'keep.txt'), 'mine');
  scene();
  expect(kept()).toEqual(['keep.txt']);
  expect(existsSync(directory)).toBe(true);
});

const says = (actor: Actor, inside: string) =>
  actor.sends(`<message to='filesharing.verona.lit'>${inside}</message>`);

it('has clients say again what they have shared, and nothing that is not there or not theirs', async () => {
  const { romeo, juliet, focus, session } = scene();
  appoints(focus, juliet.jid.bare.toString());
  await brings(await tokenOf(romeo), session);
  for (const actor of [romeo, juliet]) actor.ignoresAll();
  const add = (fileId: string) =>
    `<file-sharing xmlns='http://jitsi.org/jitmeet' type='add'>${JSON.stringify({ fileId, fileName: 'virus.exe', fileSize: 1, fileType: 'x', timestamp: 1 })}</file-sharing>`;
  says(romeo, add('f1'));
  romeo.receivesNothing();
  for (const [actor, id] of [
    [juliet, 'f1'],
    [romeo, 'f2'],
  ] as const) {
    says(actor, add(id));
    actor.receives(`<message type='error'><error><item-not-found/></error></message>`);
  }
  hearsNothing(juliet);
});

it('loses what is taken back', async () => {
  const { romeo, juliet, tybalt, session } = scene();
  const token = await tokenOf(romeo);
  await brings(token, session);
  const where = await address(token, session);
  juliet.ignoresAll();
  says(romeo, `<file-sharing xmlns='http://jitsi.org/jitmeet' type='remove' fileId='f1'/>`);
  expect(hears(juliet)).toEqual({ type: 'file-sharing', event: 'remove', fileId: 'f1' });
  await expect.poll(kept).toEqual([]);
  expect((await fetch(where)).status).toBe(410);
  expect((await asks(token, session)).status).toBe(404);
  expect((await asks(token, session, 'f1', 'DELETE')).status).toBe(204);
  enters(tybalt, 'tybalt');
  hearsNothing(tybalt, 'filesharing.verona.lit');
});

it('lets pages of other origins ask, since all rests on tokens', async () => {
  scene();
  const preflight = await fetch(`${base}/sessions/x/files`, { method: 'OPTIONS' });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
  for (const [path, method] of [
    ['/sessions/x', 'GET'],
    ['/', 'GET'],
  ] as const) {
    expect((await fetch(base + path, { method })).status).toBe(404);
  }
});
