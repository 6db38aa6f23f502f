/** Tokens for services beside a conference. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { externalServices } from '../modules/external-services.js';
import type { Actor } from '../muc/testing/stage.js';
import { meetingId, shortLivedTokens } from './index.js';
import type { ShortLivedTokens } from './short-lived-tokens.js';
import { asksHost, enters, main, meeting, room, tokenFor } from './testing/meeting.js';

function scene(options: object = {}) {
  let tokens: ShortLivedTokens | undefined;
  const people = meeting(({ stage }) => {
    const host = stage.beside(main);
    host.load(externalServices, { clientsOf: ['guest.verona.lit'] });
    tokens = host.load(shortLivedTokens, { rooms: 'rooms.verona.lit', ...options });
    stage.load(meetingId);
  });
  return { ...people, tokens: tokens ?? expect.fail() };
}

const asks = (actor: Actor, host = 'file-sharing') =>
  asksHost(
    actor,
    main,
    `<credentials xmlns='urn:xmpp:extdisco:2'><service host='${host}' type='short-lived-token'/></credentials>`,
  );
const serviceIn = (answer: Awaited<ReturnType<typeof asks>>) =>
  answer !== null && 'getChild' in answer ? answer.getChild('service')?.attrs : undefined;

it('are given to who is in a conference, and say who that is and for how long', async () => {
  const { stage, tokens } = scene({ lifetime: 60 });
  const user = { id: 'u7', name: 'Paris', secret: 'x' };
  const features = new Map([['file-upload', true]]);
  const paris = stage.actor('paris@verona.lit/x', {
    identity: tokenFor({ user, group: 'counts', features }),
  });
  enters(paris, 'paris', `<nick xmlns='http://jabber.org/protocol/nick'>Count</nick>`);
  const service = serviceIn(await asks(paris));
  expect(service).toMatchObject({
    type: 'short-lived-token',
    host: 'file-sharing',
    username: 'token',
    transport: 'https',
    port: '443',
  });
  const claims = decodeJwt(String(service?.['password']));
  expect(claims).toMatchObject({
    iss: 'verona.lit',
    aud: 'file-sharing',
    sub: 'verona.lit',
    room: 'garden',
    context: { user: { id: 'u7', name: 'Count' }, group: 'counts', features: { 'file-upload': true } },
  });
  expect(JSON.stringify(claims)).not.toContain('secret');
  expect(Number(claims.exp) * 1000).toBe(Date.parse(String(service?.['expires'])));
  expect(Number(claims.exp) - Number(claims.iat)).toBe(60);
  const bearer = await tokens.verify(String(service?.['password']), 'file-sharing');
  expect(bearer?.occupant.nick).toBe('paris');
});

it('are given to nobody else, nor for services that nobody has named', async () => {
  const { tybalt, romeo } = scene();
  expect(await asks(tybalt)).toMatchObject({ condition: 'not-allowed' });
  expect(await asks(romeo, 'bank')).toMatchObject({ condition: 'item-not-found' });
});

it('are worth nothing to others, to who has left, or when somebody else has made them', async () => {
  const { romeo, juliet, tokens } = scene({ audiences: ['file-sharing', 'other'] });
  const token = String(serviceIn(await asks(juliet))?.['password']);
  expect(await tokens.verify(token, 'other')).toBeUndefined();
  expect(await tokens.verify(token, 'file-sharing')).toBeDefined();
  const claims = { ...decodeJwt(token), occupant: romeo.jid.toString() };
  const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32));
  expect(await tokens.verify(forged, 'file-sharing')).toBeUndefined();
  juliet.leaves(room);
  expect(await tokens.verify(token, 'file-sharing')).toBeUndefined();
});

it('of an earlier meeting in the same room are worth nothing', async () => {
  const { romeo, juliet, focus, tokens } = scene();
  const token = String(serviceIn(await asks(juliet))?.['password']);
  for (const actor of [romeo, juliet, focus]) actor.leaves(room);
  for (const actor of [focus, juliet]) actor.joins(room, actor === focus ? 'focus' : 'juliet');
  expect(await tokens.verify(token, 'file-sharing')).toBeUndefined();
});

it('are signed with the operator’s key, which services know', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tokens-'));
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keyFile = join(directory, 'key.pem');
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const { romeo, tokens } = scene({ keyFile, keyId: 'k1', issuer: 'meet' });
  rmSync(directory, { recursive: true });
  const token = String(serviceIn(await asks(romeo))?.['password']);
  expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', kid: 'k1' });
  const { payload } = await jwtVerify(token, publicKey, { issuer: 'meet', audience: 'file-sharing' });
  expect(payload['room']).toBe('garden');
  expect(await tokens.verify(token, 'file-sharing')).toBeDefined();
});
