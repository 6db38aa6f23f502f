/** What operators ask of conferences over HTTP, and do to them. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NS } from '@conclave/signaling';
import { SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { muc } from '../muc/muc.js';
import type { Actor } from '../muc/testing/stage.js';
import { httpApi } from './index.js';
import { configures, enters, hears, hearsNothing, room, stageForMeetings } from './testing/meeting.js';

const token = 'a-secret-of-the-operator';
const other = 'garden@rooms.acme.verona.lit';
const gateways = 'internal.verona.lit';

function scene(options: object = { token }) {
  const people = stageForMeetings({ tenants: true });
  people.stage.beside(gateways).load(muc, { admins: ['focus@auth.verona.lit'], creation: 'anyone' });
  const api = people.stage.load(httpApi, { domain: 'verona.lit', gateways, ...options });
  const { focus, romeo, juliet } = people;
  focus.joins(room, 'focus');
  enters(romeo, 'romeo', `<nick xmlns='${NS.nick}'>Romeo</nick><email>romeo@verona.lit</email>`);
  juliet.joins(room, 'juliet');
  focus.joins(other, 'focus');
  people.stage.everybodyIgnoresAll();
  const asks = async (
    method: string,
    url: string,
    body?: unknown,
    authorization: string | undefined = `Bearer ${token}`,
    address = '127.0.0.1',
  ): Promise<{ status: number; said: unknown }> => {
    const { pathname: path, searchParams: query } = new URL(url, 'http://api');
    const request = { method, path, query, body, authorization, address };
    const answer = await api.handle(request, () => 3);
    const isJson = answer.type === 'application/json';
    return { status: answer.status, said: isJson ? (JSON.parse(answer.body) as unknown) : answer.body };
  };
  return { ...people, asks };
}

describe('an operator learns', () => {
  it.each([
    ['/room-size?room=garden', { participants: 2 }],
    ['/room-size?room=Garden&domain=verona.lit', { participants: 2 }],
    ['/room-size?room=garden&subdomain=acme', { participants: 0 }],
    ['/room-size?room=%5Bacme%5Dgarden', { participants: 0 }],
    [
      '/room?room=garden',
      [
        { jid: 'romeo@verona.lit/orchard', email: 'romeo@verona.lit', display_name: 'Romeo' },
        { jid: 'juliet@guest.verona.lit/balcony', email: '', display_name: '' },
      ],
    ],
    ['/room-info?room=garden', { conference: room, passcodeProtected: false, lobbyEnabled: false }],
    ['/sessions', 3],
  ])('by %s', async (url, said) => {
    expect(await scene().asks('GET', url)).toEqual({ status: 200, said });
  });

  it('which rooms there are', async () => {
    const created_time = expect.any(Number) as number;
    expect((await scene().asks('GET', '/room-census')).said).toEqual({
      room_census: [
        { room_name: room, participants: 2, created_time, leaked: false },
        { room_name: other, participants: 0, created_time, leaked: false },
      ],
    });
  });

  it('whether a passcode is right', async () => {
    const { focus, asks } = scene();
    const isValid = async (passcode: unknown) =>
      (await asks('PUT', '/room-info?room=garden', { passcode })).said;
    expect(await isValid('')).toEqual({ valid: false });
    configures(focus, { 'muc#roomconfig_roomsecret': 'x', 'muc#roomconfig_passwordprotectedroom': '1' });
    expect(await isValid('x')).toEqual({ valid: true });
    expect(await isValid('y')).toEqual({ valid: false });
    expect(await isValid(7)).toBe('Bad request: no passcode\n');
  });

  it.each([
    ['GET', '/room-size', 400],
    ['GET', '/room-size?room=nowhere', 404],
    ['GET', '/room-size?room=garden&domain=other.example', 404],
    ['GET', '/room-size?room=garden&subdomain=umbrella', 404],
    ['GET', '/room-size?room=a%20b', 404],
    ['POST', '/room-size?room=garden', 404],
    ['GET', '/constructor', 404],
    ['GET', '/', 404],
  ])('nothing by %s %s', async (method, url, status) => {
    expect((await scene().asks(method, url)).status).toBe(status);
  });
});

describe('an operator', () => {
  const ended = (actor: Actor) => actor.inbox.at(-1)?.getChild('x', NS.mucUser)?.getChild('destroy');

  it('ends a conference', async () => {
    const { romeo, service, asks } = scene();
    expect((await asks('POST', `/end-meeting?conference=${room}`)).status).toBe(200);
    expect(ended(romeo)?.getChildText('reason')).toBe('The meeting has been terminated');
    expect(ended(romeo)?.attrs['jid']).toBeUndefined();
    expect(service.rooms.has(room)).toBe(false);
    expect((await asks('POST', `/end-meeting?conference=${room}`)).status).toBe(404);
    expect((await asks('POST', '/end-meeting')).status).toBe(400);
  });

  it('has everybody come again', async () => {
    const { romeo, asks } = scene();
    await asks('POST', `/end-meeting?conference=${room}&silent-reconnect=true`);
    expect(ended(romeo)?.attrs['jid']).toBe(room);
  });

  it('removes people by endpoint, and callers by number', async () => {
    const { stage, romeo, asks } = scene();
    const call = stage.actor('jigasi@auth.verona.lit/1');
    const about = `<nick xmlns='${NS.nick}'>+15551234 (phone)</nick>`;
    enters(call, 'caller', `${about}<initiator xmlns='${NS.jigasi}'/>`);
    // Who calls itself so is no caller.
    const claims = stage.actor('tybalt@guest.verona.lit/2');
    enters(claims, 'claims', about);
    stage.everybodyIgnoresAll();
    const kick = (body: unknown) => asks('PUT', '/kick-participant?room=garden', body);
    expect((await kick({ number: '+15551234' })).status).toBe(200);
    call.receives(
      `<presence type='unavailable'><x xmlns='${NS.mucUser}'><status code='307'/></x></presence>`,
    );
    expect((await kick({ number: '+15551234' })).status).toBe(404);
    expect((await kick({ participantId: 'juliet' })).status).toBe(200);
    expect((await kick({ participantId: 'focus' })).status).toBe(404);
    romeo.receives(`<presence type='unavailable' from='${room}/caller'/>`);
    romeo.receives(`<presence type='unavailable' from='${room}/juliet'/>`);
    romeo.receivesNothing();
  });

  it.each([{}, { number: '1', participantId: 'x' }, { participantId: '' }, undefined, 'romeo'])(
    'removes nobody by %j',
    async (body) => {
      const { service, asks } = scene();
      expect((await asks('PUT', '/kick-participant?room=garden', body)).status).toBe(400);
      expect(service.rooms.get(room)?.occupantCount).toBe(3);
    },
  );

  it('says something to those in the room whom it names', async () => {
    const { stage, romeo, juliet, asks } = scene();
    const outside = stage.actor('mercutio@verona.lit/x');
    const body = { room, message: 'Hear!', displayName: 'Prince' };
    const connectionJIDs = ['romeo@verona.lit/orchard', 'mercutio@verona.lit/x'];
    expect(await asks('POST', '/send-system-chat-message', { ...body, connectionJIDs })).toEqual({
      status: 200,
      said: { sent: 1 },
    });
    expect(hears(romeo, room)).toEqual({
      type: 'system_chat_message',
      message: 'Hear!',
      displayName: 'Prince',
    });
    hearsNothing(juliet);
    outside.receivesNothing();
    const at = { ...body, room: 'nowhere@rooms.verona.lit', connectionJIDs };
    expect((await asks('POST', '/send-system-chat-message', at)).status).toBe(404);
    expect((await asks('POST', '/send-system-chat-message', body)).status).toBe(400);
  });

  it('has somebody called by the gateway with the least to do, who takes it for the focus', async () => {
    const { stage, focus, asks } = scene({ token, limits: { calls: 1 } });
    const brewery = `jigasibrewery@${gateways}`;
    const invite = (phoneNo: unknown, conference = room) =>
      asks('POST', '/invite-jigasi', { conference, phoneNo });
    expect((await invite('+1555')).said).toBe('Not found: no gateway\n');
    focus.joins(brewery, 'focus');
    const gateway = (name: string, stats: Record<string, string>) => {
      const actor = stage.actor(`jigasi@auth.verona.lit/${name}`);
      const all = Object.entries(stats).map(([key, value]) => `<stat name='${key}' value='${value}'/>`);
      actor.sends(
        `<presence to='${brewery}/${name}'><x xmlns='${NS.muc}'/><stats xmlns='${NS.colibri}'>${all.join('')}</stats></presence>`,
      );
      return actor;
    };
    const busy = gateway('busy', { supports_sip: 'true', stress_level: '0.9' });
    const idle = gateway('idle', { supports_sip: 'true', stress_level: '0.1' });
    gateway('scribe', { supports_transcription: 'true', stress_level: '0' });
    gateway('leaving', { supports_sip: 'true', stress_level: '0', graceful_shutdown: 'true' });
    stage.everybodyIgnoresAll();
    expect((await invite('+1 555; rm')).status).toBe(400);
    expect((await invite('+1555', 'nowhere@rooms.verona.lit')).status).toBe(404);
    expect((await invite('+1555')).status).toBe(200);
    idle.receives(
      `<iq type='set' from='${brewery}/focus'><dial xmlns='${NS.rayo}' to='+1555'><header name='JvbRoomName' value='${room}'/></dial></iq>`,
    );
    busy.receivesNothing();
    expect((await invite('+1555')).status).toBe(429);
  });
});

describe('nobody else', () => {
  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer wrong',
    `Basic ${token}`,
    `Bearer ${token.toUpperCase()}`,
    `Bearer ${token}x`,
  ])('learns anything with %j', async (authorization) => {
    const { asks, service } = scene();
    for (const [method, url] of [
      ['GET', '/sessions'],
      ['GET', '/nothing'],
      ['POST', `/end-meeting?conference=${room}`],
    ] as const) {
      expect(await asks(method, url, undefined, authorization ?? '')).toEqual({
        status: 401,
        said: 'Unauthorized\n',
      });
    }
    expect(service.rooms.has(room)).toBe(true);
  });

  it('guesses for long, and keeps nobody else out by it', async () => {
    const { asks } = scene({ token, limits: { refused: 2 } });
    for (const status of [401, 401, 429]) {
      expect((await asks('GET', '/sessions', undefined, 'Bearer guess')).status).toBe(status);
    }
    expect((await asks('GET', '/sessions')).status).toBe(429);
    expect((await asks('GET', '/sessions', undefined, undefined, '127.0.0.2')).status).toBe(200);
  });

  it('asks without end', async () => {
    const { asks } = scene({ token, limits: { requests: 2 } });
    for (const status of [200, 200, 429]) expect((await asks('GET', '/sessions')).status).toBe(status);
  });
});

it('is not to be had without a token', () => {
  expect(() => scene({})).toThrow('token or signed is needed');
  expect(() => scene({ token: 'short' })).toThrow();
  expect(() => scene({ token: 'one with spaces in it' })).toThrow();
});

it('believes tokens that are signed with a key of the operator, and no others', async () => {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const strange = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = `/${createHash('sha256').update('k1').digest('hex')}.pem`;
  const server = createServer(({ url }, response) => {
    if (url === name) response.end(keys.publicKey.export({ type: 'spki', format: 'pem' }));
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const keyServerUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const { asks } = scene({ signed: { keyServerUrl, issuers: ['operator'], audiences: ['api'] } });
  const bearer = async (claims: object = {}, key = keys.privateKey, header: object = {}) => {
    const payload = { iss: 'operator', aud: 'api', sub: '*', exp: Date.now() / 1000 + 60, ...claims };
    return `Bearer ${await new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...header }).sign(key)}`;
  };
  const status = async (authorization: string) =>
    (await asks('GET', '/sessions', undefined, authorization)).status;
  expect(await status(await bearer())).toBe(200);
  for (const authorization of [
    await bearer({ iss: 'people' }),
    await bearer({ aud: 'meet' }),
    await bearer({ exp: 1 }),
    await bearer({}, strange.privateKey),
    await bearer({}, keys.privateKey, { kid: 'k2' }),
    await bearer({}, keys.privateKey, { alg: 'RS512' }),
  ]) {
    expect(await status(authorization)).toBe(401);
  }
});
