import { el, NS, parseStanzaError } from '@conclave/signaling';
import { describe, expect, it } from 'vitest';
import { ROOM } from './stage-room.test.support.js';
import { Stage } from './stage.test.support.js';
import { settled } from './virtual-clock.test.support.js';

const HOST = 'host@meet.example/h1';
const GUEST = 'g1@guest.meet.example/r1';

describe('a conference of the secure domain', () => {
  it('is not opened by a guest, and nothing is created', async () => {
    const stage = new Stage();
    await settled();
    const before = stage.connection.sent.length;
    const { error } = await stage.request(GUEST);
    expect(error).toEqual({ type: 'auth', condition: 'not-authorized', text: 'not authorized user domain' });
    expect(stage.connection.sent.slice(before)).toEqual([]);
    expect(stage.focus.stats()).toMatchObject({ conferences: 0, sessions: 0 });
  });

  it('is opened by the host, and then entered by the guest', async () => {
    const stage = new Stage();
    await stage.request(GUEST, { 'machine-uid': 'M1' });
    const { conference } = await stage.request(HOST, { 'machine-uid': 'M2' });
    expect(conference?.attrs).toMatchObject({
      ready: 'true',
      focusjid: 'focus@auth.meet.example',
      identity: 'host@meet.example',
      'session-id': 'uuid-1',
    });
    expect(
      Object.fromEntries(
        conference!.getChildren('property').map(({ attrs }) => [attrs['name'], attrs['value']]),
      ),
    ).toMatchObject({ authentication: 'true', externalAuth: 'false' });

    const guest = await stage.request(GUEST, { 'machine-uid': 'M1' });
    expect(guest.conference?.attrs).toMatchObject({ ready: 'true' });
    expect(guest.conference?.attrs['session-id']).toBeUndefined();
    expect(guest.conference?.attrs['identity']).toBeUndefined();
  });

  it('waits for the room when asked for again while it is being joined', async () => {
    const stage = new Stage();
    const [first, second] = await Promise.all([stage.request(HOST), stage.request(GUEST)]);
    expect(first.conference?.attrs['ready']).toBe('true');
    expect(second.conference?.attrs['ready']).toBe('true');
    expect(stage.focus.stats().conferences).toBe(1);
  });

  it('makes owner whoever joins with a login, by the bare real JID', async () => {
    const stage = new Stage();
    await stage.request(HOST);
    await stage.join('gggg', { realJid: GUEST });
    expect(stage.owners).toEqual([]);
    await stage.join('hhhh', { realJid: HOST });
    expect(stage.owners).toEqual(['host@meet.example']);
  });

  it('does not make owner another session of the same account', async () => {
    const stage = new Stage();
    await stage.request(HOST);
    await stage.join('hhhh', { realJid: 'host@meet.example/other' });
    expect(stage.owners).toEqual([]);
  });

  it('makes owner a guest who logs in while in the room', async () => {
    const stage = new Stage();
    const { conference } = await stage.request('host@meet.example/up', { 'machine-uid': 'M2' });
    const id = String(conference!.attrs['session-id']);
    await stage.join('gggg', { realJid: GUEST });
    await stage.request(GUEST, { 'machine-uid': 'M2', 'session-id': id });
    await settled();
    expect(stage.owners).toEqual(['g1@guest.meet.example']);
  });

  it('refuses a session of another machine, and does not promote who tried', async () => {
    const stage = new Stage();
    const { conference } = await stage.request(HOST, { 'machine-uid': 'M2' });
    const id = String(conference!.attrs['session-id']);
    await stage.join('gggg', { realJid: GUEST });
    const { error } = await stage.request(GUEST, { 'machine-uid': 'M1', 'session-id': id });
    expect(error?.condition).toBe('not-acceptable');
    await settled();
    expect(stage.owners).toEqual([]);
  });

  it('is over with its last member, and the next guest waits again', async () => {
    const stage = new Stage();
    await stage.request(HOST);
    const host = await stage.join('hhhh', { realJid: HOST });
    const guest = await stage.join('gggg', { realJid: GUEST });
    await stage.leave(host);
    expect((await stage.request('g2@guest.meet.example/r')).conference?.attrs['ready']).toBe('true');
    await stage.leave(guest);
    expect(stage.entered).not.toContain(ROOM);
    expect((await stage.request('g2@guest.meet.example/r')).error?.condition).toBe('not-authorized');
  });

  it('lets the machine that logged in open it again from the anonymous domain', async () => {
    const stage = new Stage();
    const { conference } = await stage.request(HOST, { 'machine-uid': 'M2' });
    const id = String(conference!.attrs['session-id']);
    await stage.clock.advance(15_000);
    expect(stage.focus.stats().conferences).toBe(0);
    const again = await stage.request(GUEST, { 'machine-uid': 'M2', 'session-id': id });
    expect(again.conference?.attrs).toMatchObject({ ready: 'true', 'session-id': id });
  });

  it('ends a login at logout', async () => {
    const stage = new Stage();
    const { conference } = await stage.request(HOST);
    const id = String(conference!.attrs['session-id']);
    const logout = () =>
      stage.connection.ask(
        el('iq', { type: 'set', id: 'l', from: GUEST }, el('logout', { xmlns: NS.focus, 'session-id': id })),
      );
    expect((await logout()).attrs['type']).toBe('result');
    expect(parseStanzaError(await logout())?.text).toBe('invalid session');
    const { error } = await stage.request(GUEST, { 'session-id': id });
    expect(error?.text).toBe('invalid session');
  });

  it('tells where to log in', async () => {
    const stage = new Stage();
    const ask = (attributes: object) =>
      stage.connection.ask(
        el('iq', { type: 'get', id: 'l', from: GUEST }, el('login-url', { xmlns: NS.focus, ...attributes })),
      );
    const answer = await ask({ room: ROOM, 'machine-uid': 'M1' });
    expect(decodeURIComponent(String(answer.getChild('login-url')?.attrs['url']))).toBe('./room1?login=true');
    expect(parseStanzaError(await ask({ 'machine-uid': 'M1' }))?.condition).toBe('not-acceptable');
    expect(parseStanzaError(await ask({ room: ROOM }))?.condition).toBe('bad-request');
  });
});

describe('a conference of a domain where people log in by token', () => {
  it('is opened by who has one, and clients learn that the page is where to get one', async () => {
    const stage = new Stage({ authentication: 'jwt' });
    expect((await stage.request(GUEST)).error?.condition).toBe('not-authorized');
    const { conference } = await stage.request(HOST);
    expect(conference?.attrs).toMatchObject({ identity: 'host@meet.example', 'session-id': 'uuid-1' });
    const properties = conference!
      .getChildren('property')
      .map(({ attrs }) => `${String(attrs['name'])}=${String(attrs['value'])}`);
    expect(properties).toEqual(expect.arrayContaining(['authentication=true', 'externalAuth=true']));
    const login = el('login-url', { xmlns: NS.focus, room: ROOM, 'machine-uid': 'M1' });
    const answer = await stage.connection.ask(el('iq', { type: 'get', id: 'l', from: GUEST }, login));
    expect(answer.attrs['type']).toBe('result');
    expect(answer.getChild('login-url')?.attrs['url']).toBeUndefined();
  });

  it('makes owner who came with a token', async () => {
    const stage = new Stage({ authentication: 'jwt' });
    await stage.request(HOST);
    await stage.join('gggg', { realJid: GUEST });
    await stage.join('hhhh', { realJid: HOST });
    expect(stage.owners).toEqual(['host@meet.example']);
  });

  it('is not opened again a minute later by what is left of a login', async () => {
    const stage = new Stage({ authentication: 'jwt' });
    const { conference } = await stage.request(HOST);
    const id = String(conference!.attrs['session-id']);
    await stage.join('hhhh', { realJid: HOST });
    await stage.clock.advance(70_000);
    expect(stage.focus.stats().sessions).toBe(0);
    expect((await stage.request(GUEST, { 'session-id': id })).error?.text).toBe('invalid session');
  });
});

describe('a conference request', () => {
  it('is answered with whether people can be called', async () => {
    const told = async (enabled: boolean) => {
      const stage = new Stage({ gateways: { enabled } });
      const { conference } = await stage.request(HOST);
      const properties = conference!.getChildren('property');
      return properties.find(({ attrs }) => attrs['name'] === 'sipGatewayEnabled')?.attrs['value'] as unknown;
    };
    expect(await told(true)).toBe('true');
    expect(await told(false)).toBeUndefined();
  });

  it('is refused for what is no room of the conference service', async () => {
    const stage = new Stage();
    const { error } = await stage.request(HOST, { room: 'jvbbrewery@internal.auth.meet.example' });
    expect(error?.condition).toBe('item-not-found');
    expect((await stage.request(HOST, { room: '' })).error?.condition).toBe('bad-request');
    expect(stage.focus.stats()).toMatchObject({ conferences: 0, sessions: 0 });
  });

  it('believes only the proxy about who sent it', async () => {
    const stage = new Stage();
    const reply = await stage.connection.ask(
      el(
        'iq',
        { type: 'set', id: 'x', from: `evil.example/${HOST}` },
        el('conference', { xmlns: NS.focus, room: ROOM, 'machine-uid': 'M1' }),
      ),
    );
    expect(parseStanzaError(reply)?.condition).toBe('bad-request');
    expect(stage.focus.stats().conferences).toBe(0);
  });

  it('is refused beyond the number of conferences allowed', async () => {
    const stage = new Stage({ conference: { maxConferences: 1 } });
    await stage.request(HOST);
    const { error } = await stage.request(HOST, { room: 'room2@conference.meet.example' });
    expect(error?.condition).toBe('resource-constraint');
  });

  it('is refused to who has opened too many where nobody came', async () => {
    const stage = new Stage({ conference: { maxUnattendedPerUser: 1 } });
    await stage.request(HOST);
    const other = { room: 'room2@conference.meet.example' };
    expect((await stage.request(HOST, other)).error?.condition).toBe('resource-constraint');
    await stage.join('hhhh', { realJid: HOST });
    expect((await stage.request(HOST, other)).error?.condition).toBe('conflict');
  });

  it('is answered with an error when the room can not be configured', async () => {
    const stage = new Stage();
    stage.override = (iq) => (iq.getChild('query', NS.mucOwner) ? 'silence' : 'default');
    const request = stage.request(HOST);
    await settled();
    const second = stage.request(GUEST);
    await stage.clock.advance(15_000);
    expect((await request).error?.condition).toBe('remote-server-timeout');
    expect((await second).error?.condition).toBe('remote-server-timeout');
    expect(stage.entered).not.toContain(ROOM);
    expect(stage.focus.stats().conferences).toBe(0);
  });

  it('is answered with an error when joining fails for a reason of our own, and nothing is left', async () => {
    const stage = new Stage();
    stage.override = (iq) => {
      if (iq.getChild('query', NS.mucOwner)) throw new Error('a bug');
      return 'default';
    };
    expect((await stage.request(HOST)).error?.condition).toBe('internal-server-error');
    expect(stage.entered).not.toContain(ROOM);
    expect(stage.focus.stats().conferences).toBe(0);
  });

  it('is answered with an error when another conference has the same meeting id', async () => {
    const stage = new Stage();
    await stage.request(HOST);
    const { error } = await stage.request(HOST, { room: 'room2@conference.meet.example' });
    expect(error?.condition).toBe('conflict');
    expect(stage.focus.stats().conferences).toBe(1);
  });

  it('is granted to everybody where nobody logs in, and the first member becomes owner', async () => {
    const stage = new Stage({ authentication: 'none' });
    const { conference } = await stage.request(GUEST);
    expect(conference?.attrs).toMatchObject({ ready: 'true' });
    expect(conference?.getChild('property')?.attrs).toMatchObject({ name: 'authentication', value: 'false' });
    const first = await stage.join('aaaa', { realJid: GUEST });
    await stage.join('bbbb');
    expect(stage.owners).toEqual(['g1@guest.meet.example']);
    await stage.leave(first);
    expect(stage.owners).toEqual(['g1@guest.meet.example', 'bbbb@guest.meet.example']);
  });
});
