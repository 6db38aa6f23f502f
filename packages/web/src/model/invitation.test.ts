import { expect, it, vi } from 'vitest';
import { acceptInvitation, type Fetch, invitationToken, lookAtInvitation } from './invitation.js';

const answering = (ok: boolean, body: unknown): Fetch =>
  vi.fn(() => Promise.resolve({ ok, json: () => Promise.resolve(body) }));

it('the address of an invitation has a token, that of a room has none', () => {
  expect(invitationToken({ pathname: '/invite/aB3_-x' })).toBe('aB3_-x');
  expect(invitationToken({ pathname: '/invite' })).toBeUndefined();
  expect(invitationToken({ pathname: '/invite/a/b' })).toBeUndefined();
  expect(invitationToken({ pathname: '/team-invite' })).toBeUndefined();
});

it('the token travels in the body, never in an address', async () => {
  const fetch = answering(true, { kind: 'reset', domain: 'meet.example', username: 'ann' });
  expect(await lookAtInvitation('t', fetch)).toMatchObject({
    value: { kind: 'reset', domain: 'meet.example', username: 'ann', mayRegister: false },
  });
  expect(fetch).toHaveBeenCalledWith(
    '/invite/look',
    expect.objectContaining({ method: 'POST', body: '{"token":"t"}', credentials: 'omit' }),
  );
});

it('an invitation of a contact has an address for XMPP clients, and no other', async () => {
  const invitation = { kind: 'contact', domain: 'meet.example', inviter: 'ann', mayRegister: true };
  const uri = 'xmpp:ann@meet.example?roster;preauth=t;ibr=y';
  expect(await lookAtInvitation('t', answering(true, { ...invitation, uri }))).toMatchObject({
    value: { inviter: 'ann@meet.example', mayRegister: true, uri },
  });
  const bad = answering(true, { ...invitation, uri: 'javascript:alert(1)' });
  expect(await lookAtInvitation('t', bad)).toMatchObject({ value: { uri: undefined } });
});

it('accepting tells the address of the account', async () => {
  const fetch = answering(true, { username: 'ann', domain: 'meet.example' });
  expect(await acceptInvitation({ token: 't', password: 'x' }, fetch)).toEqual({ value: 'ann@meet.example' });
});

it.each([
  [answering(false, { error: 'conflict' }), 'conflict'],
  [answering(false, { error: 'something new' }), 'unreachable'],
  [answering(true, 'nonsense'), 'unreachable'],
  [() => Promise.reject(new TypeError('offline')), 'unreachable'],
] as const)('failures have names (%#)', async (fetch, failure) => {
  expect(await acceptInvitation({ token: 't', password: 'x' }, fetch)).toEqual({ failure });
});
