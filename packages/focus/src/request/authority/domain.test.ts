import { parseJid } from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthorityQuestion, Verdict } from './authority.js';
import type { DomainAuthority } from './domain.js';
import { jwtAuthority } from './jwt.js';
import { xmppAuthority } from './xmpp.js';

const ROOM = 'room1@conference.meet.example';
const HOST = 'host@meet.example/h1';
const GUEST = 'g1@guest.meet.example/r1';
const HOUR = 3_600_000;

const question = (sender: string, rest: Partial<AuthorityQuestion> = {}): AuthorityQuestion => ({
  sender: parseJid(sender),
  room: ROOM,
  conferenceExists: false,
  ...rest,
});

const makeAuthority = (options = {}) => {
  let count = 0;
  return xmppAuthority(
    {
      trustedDomain: 'meet.example',
      autoLogin: true,
      lifetimeMs: 24 * HOUR,
      maxPerIdentity: 3,
      maxTotal: 5,
      ...options,
    },
    () => `session-${++count}`,
  );
};

const sessionId = (verdict: Verdict) => (verdict.kind === 'granted' ? verdict.session?.id : undefined);
const condition = (verdict: Verdict) => (verdict.kind === 'refused' ? verdict.error.condition : 'granted');

describe('the secure domain', () => {
  let authority: DomainAuthority;
  beforeEach(() => void (authority = makeAuthority()));
  const judge = (sender: string, rest: Partial<AuthorityQuestion> = {}, now = 0) =>
    authority.judge(question(sender, rest), now);
  const login = (sender = HOST, machineUid = 'M1') => sessionId(judge(sender, { machineUid }))!;

  describe('without a session id', () => {
    it('gives a user of the trusted domain a session of its own', () => {
      const verdict = judge(HOST, { machineUid: 'M1' });
      expect(verdict).toMatchObject({
        kind: 'granted',
        session: { identity: 'host@meet.example', machineUid: 'M1', boundTo: HOST, room: ROOM },
      });
    });

    it.each([undefined, '', '  '])('wants the machine uid of a trusted user, not %j', (machineUid) => {
      const verdict = judge(HOST, { machineUid });
      expect(verdict).toMatchObject({ error: { condition: 'not-acceptable' } });
      expect(verdict).toMatchObject({ error: { text: expect.stringContaining('machine-uid') as string } });
      expect(authority.sessionCount).toBe(0);
    });

    it('refuses a machine uid of absurd length', () => {
      expect(condition(judge(HOST, { machineUid: 'M'.repeat(257) }))).toBe('not-acceptable');
    });

    it('makes another session for each request, also of the same machine', () => {
      expect(login()).not.toBe(login());
      expect(login(HOST, 'M2')).not.toBe(login(HOST, 'M1'));
    });

    it('lets a guest into a conference that exists, without a session', () => {
      expect(judge(GUEST, { conferenceExists: true, machineUid: 'M9' })).toEqual({ kind: 'granted' });
    });

    it('refuses a guest where there is none', () => {
      expect(judge(GUEST, { machineUid: 'M9' })).toEqual({
        kind: 'refused',
        error: { type: 'auth', condition: 'not-authorized', text: 'not authorized user domain' },
      });
      expect(authority.sessionCount).toBe(0);
    });

    it.each(['meet.example.evil.org', 'guest.meet.example', 'auth.meet.example'])(
      'trusts exactly its domain and not %s',
      (domain) => expect(condition(judge(`host@${domain}/r`, { machineUid: 'M1' }))).toBe('not-authorized'),
    );
  });

  describe('with a session id', () => {
    it('lets the same machine create a conference from any domain', () => {
      const id = login();
      expect(sessionId(judge(GUEST, { sessionId: id, machineUid: 'M1' }))).toBe(id);
    });

    it('binds the session to whoever used it last, and to nobody else', () => {
      const id = login();
      judge(GUEST, { sessionId: id, machineUid: 'M1' });
      expect(authority.sessionOf(GUEST, 0)?.id).toBe(id);
      expect(authority.sessionOf(HOST, 0)).toBeUndefined();
    });

    it.each([undefined, '', 'M2'])('refuses a stolen session with machine uid %j', (machineUid) => {
      const id = login();
      expect(condition(judge(GUEST, { sessionId: id, machineUid }))).toBe('not-acceptable');
      expect(authority.sessionOf(GUEST, 0)).toBeUndefined();
      expect(authority.sessionOf(HOST, 0)?.id).toBe(id);
    });

    it.each([HOST, GUEST])('answers session-invalid to %s for a session it does not know', (sender) => {
      const verdict = judge(sender, { sessionId: 'unknown', machineUid: 'M1', conferenceExists: true });
      expect(verdict).toMatchObject({ error: { condition: 'not-acceptable', text: 'invalid session' } });
      const [application] = verdict.kind === 'refused' ? (verdict.error.application ?? []) : [];
      expect(application?.toString()).toBe('<session-invalid xmlns="http://jitsi.org/protocol/focus"/>');
    });
  });

  describe('as time passes', () => {
    it('forgets a session after its idle lifetime, which each use starts anew', () => {
      const id = login();
      const use = (now: number) => judge(GUEST, { sessionId: id, machineUid: 'M1' }, now);
      expect(condition(use(24 * HOUR))).toBe('granted');
      expect(condition(use(48 * HOUR))).toBe('granted');
      expect(condition(use(72 * HOUR + 1))).toBe('not-acceptable');
      expect(authority.sessionOf(GUEST, 72 * HOUR + 1)).toBeUndefined();
    });

    it('sweeps idle sessions away', () => {
      login();
      authority.sweep(24 * HOUR);
      expect(authority.sessionCount).toBe(1);
      authority.sweep(24 * HOUR + 1);
      expect(authority.sessionCount).toBe(0);
    });
  });

  describe('in memory', () => {
    it('drops the longest unused session of an identity that has too many', () => {
      const ids = ['M1', 'M2', 'M3', 'M4'].map((machineUid, time) =>
        sessionId(judge(HOST, { machineUid }, time)),
      );
      expect(authority.sessionCount).toBe(3);
      expect(condition(judge(GUEST, { sessionId: ids[0], machineUid: 'M1' }))).toBe('not-acceptable');
      expect(condition(judge(GUEST, { sessionId: ids[3], machineUid: 'M4' }))).toBe('granted');
    });

    it('refuses logins beyond the total, until idle ones are swept', () => {
      for (let n = 0; n < 5; n += 1) login(`user${n}@meet.example/r`);
      const late = (now: number) => judge('late@meet.example/r', { machineUid: 'M1' }, now);
      expect(condition(late(1))).toBe('resource-constraint');
      expect(condition(late(25 * HOUR))).toBe('granted');
    });
  });

  it('ends a session at logout, once', () => {
    const id = login();
    expect(authority.logout(id)).toBe(true);
    expect(authority.logout(id)).toBe(false);
    expect(authority.sessionOf(HOST, 0)).toBeUndefined();
  });

  it('keeps sessions beyond their conference only with auto-login', () => {
    const id = login();
    authority.conferenceEnded(ROOM);
    expect(condition(judge(GUEST, { sessionId: id, machineUid: 'M1' }))).toBe('granted');

    authority = makeAuthority({ autoLogin: false });
    login();
    authority.conferenceEnded('other@conference.meet.example');
    expect(authority.sessionCount).toBe(1);
    authority.conferenceEnded(ROOM);
    expect(authority.sessionCount).toBe(0);
  });
});

describe('the domain of tokens', () => {
  const make = () => {
    let count = 0;
    const limits = { maxPerIdentity: 3, maxTotal: 5, lifetimeMs: 24 * HOUR, autoLogin: true };
    return jwtAuthority({ trustedDomain: 'meet.example', ...limits }, () => `session-${++count}`);
  };

  it('is opened by whoever came with a token, and entered by guests after that', () => {
    const authority = make();
    expect(condition(authority.judge(question(GUEST, { machineUid: 'M2' }), 0))).toBe('not-authorized');
    const verdict = authority.judge(question(HOST, { machineUid: 'M1' }), 0);
    expect(verdict).toMatchObject({ kind: 'granted', session: { identity: 'host@meet.example' } });
    expect(condition(authority.judge(question(GUEST, { conferenceExists: true }), 0))).toBe('granted');
  });

  it('forgets a session that is not used for a minute, whatever is configured', () => {
    const authority = make();
    const id = sessionId(authority.judge(question(HOST, { machineUid: 'M1' }), 0))!;
    const use = (now: number) =>
      condition(authority.judge(question(GUEST, { sessionId: id, machineUid: 'M1' }), now));
    expect(use(60_000)).toBe('granted');
    expect(use(120_001)).toBe('not-acceptable');
  });

  it('keeps no session beyond its conference', () => {
    const authority = make();
    authority.judge(question(HOST, { machineUid: 'M1' }), 0);
    authority.conferenceEnded(ROOM);
    expect(authority.sessionCount).toBe(0);
  });
});
