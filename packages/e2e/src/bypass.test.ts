/**
 * The ways around the secure domain, each tried by a guest who speaks XMPP by hand: refused with the right error, and
 * nothing is created.
 */
import { attribute, el, encodeConferenceModify, joinPresence, NS } from '@conclave/signaling';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from './harness/instance.js';
import { TestClient } from './harness/xmpp-client.js';

let instance: Instance;
const clients: TestClient[] = [];
let counter = 0;
let room: string;

beforeAll(async () => {
  instance = await startInstance();
  expect(await instance.conclavectl('register', 'ann', instance.domain, 'correct horse')).toMatchObject({
    code: 0,
  });
});

afterAll(async () => {
  await instance.stop();
});

beforeEach(() => {
  counter += 1;
  room = `bypass${counter}@conference.${instance.domain}`;
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.stop()));
});

async function guest(): Promise<TestClient> {
  const client = await TestClient.guest(instance);
  clients.push(client);
  return client;
}

async function host(): Promise<TestClient> {
  const client = await TestClient.host(instance, 'ann', 'correct horse');
  clients.push(client);
  return client;
}

/** Whether the room is there, as its host sees it: one who asks for its information, without creating it. */
async function exists(): Promise<boolean> {
  const { error } = await (await host()).ask('get', room, el('query', { xmlns: NS.discoInfo }));
  return error === undefined;
}

/** The host opens the room as the page does: a conference request, then the room. */
async function open(): Promise<TestClient> {
  const client = await host();
  const { response } = await client.request(instance, { room, machineUid: 'host-machine' });
  expect(response).toMatchObject({ ready: true, identity: `ann@${instance.domain}` });
  expect((await client.join(room, 'aaaaaaaa')).error).toBeUndefined();
  return client;
}

describe('a guest', () => {
  it('is told to wait for the host, and nothing is created', async () => {
    const { error } = await (await guest()).request(instance, { room, machineUid: 'm' });
    expect(error).toMatchObject({ type: 'auth', condition: 'not-authorized' });
    expect(await exists()).toBe(false);
  });

  it('cannot create the room by entering it', async () => {
    const { error } = await (await guest()).join(room, 'bbbbbbbb');
    expect(error).toMatchObject({ type: 'cancel', condition: 'not-allowed' });
    expect(await exists()).toBe(false);
  });

  it('cannot enter the brewery, nor create one', async () => {
    const client = await guest();
    const brewery = `jvbbrewery@internal.auth.${instance.domain}`;
    const other = `brewery2@internal.auth.${instance.domain}`;
    for (const muc of [brewery, other]) {
      expect((await client.join(muc, 'jvb9')).error, muc).toMatchObject({
        type: 'auth',
        condition: 'forbidden',
      });
    }
  });

  it('cannot look like the focus', async () => {
    await open();
    const { error } = await (await guest()).join(room, 'focus');
    expect(error).toMatchObject({ type: 'cancel', condition: 'conflict' });
  });

  it('gets in once the host has opened the room', async () => {
    await open();
    const client = await guest();
    const { response } = await client.request(instance, { room, machineUid: 'm' });
    expect(response).toMatchObject({ ready: true });
    expect(response?.identity).toBeUndefined();
    expect(response?.sessionId).toBeUndefined();
    expect((await client.join(room, 'bbbbbbbb')).error).toBeUndefined();
  });

  it('does not become an owner or a moderator by entering, or by asking for it', async () => {
    await open();
    const client = await guest();
    await client.request(instance, { room, machineUid: 'm' });
    const { stanza } = await client.join(room, 'bbbbbbbb');
    const item = stanza.getChild('x', NS.mucUser)?.getChild('item');
    expect(item?.attrs).toMatchObject({ role: 'participant' });
    expect(item && attribute(item, 'affiliation')).not.toBe('owner');
    const bare = client.jid.split('/')[0];
    const grant = el('query', { xmlns: NS.mucAdmin }, el('item', { affiliation: 'owner', jid: bare }));
    expect((await client.ask('set', room, grant)).error).toMatchObject({
      type: 'auth',
      condition: 'forbidden',
    });
  });

  it('cannot ask a bridge for media: not in the brewery, not at its account', async () => {
    const client = await guest();
    const request = () =>
      encodeConferenceModify({
        meetingId: 'stolen',
        name: room,
        create: true,
        endpoints: [
          { id: 'bbbbbbbb', create: true, media: [], transport: {}, capabilities: ['source-names'] },
        ],
      });
    for (const to of [
      `jvbbrewery@internal.auth.${instance.domain}/jvb`,
      `jvbbrewery@internal.auth.${instance.domain}`,
      `jvb@auth.${instance.domain}/jvb`,
      `jvb@auth.${instance.domain}`,
    ]) {
      const { error } = await client.ask('get', to, request());
      expect(error, to).toMatchObject({ type: 'auth', condition: 'forbidden' });
    }
  });

  it('cannot ask the focus at its account, past the address that says who asks', async () => {
    const client = await guest();
    const conference = el('conference', { xmlns: NS.focus, room, 'machine-uid': 'm' });
    const { error } = await client.ask('set', `focus@auth.${instance.domain}/focus`, conference);
    expect(error).toMatchObject({ type: 'auth', condition: 'forbidden' });
    expect(await exists()).toBe(false);
  });

  it('cannot speak in the name of another', async () => {
    const client = await guest();
    const forged = el('conference', { xmlns: NS.focus, room, 'machine-uid': 'm' });
    const asked = client.ask('set', `focus.${instance.domain}`, forged, { from: `ann@${instance.domain}/x` });
    // RFC 6120 s.8.1.2.1 and s.4.9.3.6.
    await expect(asked).rejects.toThrow('invalid-from');
    expect(await exists()).toBe(false);
  });

  it('cannot log in with a wrong password, or to an account without one', async () => {
    await expect(TestClient.host(instance, 'ann', 'wrong')).rejects.toThrow('not-authorized');
    await expect(TestClient.host(instance, 'nobody', 'x')).rejects.toThrow('not-authorized');
  });
});

describe('a session of the focus', () => {
  it('belongs to the machine that opened it', async () => {
    const client = await host();
    const opened = await client.request(instance, { room, machineUid: 'host-machine' });
    const sessionId = opened.response?.sessionId ?? '';
    expect(sessionId).not.toBe('');
    const thief = await guest();
    const other = `${room.split('@')[0]}-other@conference.${instance.domain}`;
    const stolen = await thief.request(instance, { room: other, machineUid: 'thief', sessionId });
    expect(stolen.error).toMatchObject({ condition: 'not-acceptable' });
    const blank = await thief.request(instance, { room: other, sessionId });
    expect(blank.error).toMatchObject({ condition: 'not-acceptable' });
    room = other;
    expect(await exists()).toBe(false);
  });

  it('lets the guest who logged in elsewhere on the same machine in, as a moderator', async () => {
    const login = await host();
    const opened = await login.request(instance, { room, machineUid: 'one-machine' });
    const sessionId = opened.response?.sessionId ?? '';
    const waiting = await guest();
    const { response } = await waiting.request(instance, { room, machineUid: 'one-machine', sessionId });
    expect(response).toMatchObject({ ready: true });
    await waiting.join(room, 'bbbbbbbb');
    await waiting.stanza(
      (stanza) =>
        stanza.name === 'presence' &&
        attribute(stanza, 'from') === `${room}/bbbbbbbb` &&
        stanza.getChild('x', NS.mucUser)?.getChild('item')?.attrs['role'] === 'moderator',
    );
  });

  it('is not made up', async () => {
    const { error } = await (
      await guest()
    ).request(instance, { room, machineUid: 'm', sessionId: '00000000-0000-4000-8000-000000000000' });
    expect(error).toMatchObject({ condition: 'not-acceptable' });
    expect(error?.application?.map((each) => each.name)).toContain('session-invalid');
    expect(await exists()).toBe(false);
  });

  it('needs a machine', async () => {
    const { error } = await (await host()).request(instance, { room });
    expect(error).toMatchObject({ condition: 'not-acceptable' });
  });
});

describe('presence before the focus is there', () => {
  it('is refused, also when many knock at once', async () => {
    const knockers = await Promise.all(Array.from({ length: 5 }, guest));
    const answers = await Promise.all(knockers.map((client, index) => client.join(room, `bbbbbbb${index}`)));
    expect(answers.map(({ error }) => error?.condition)).toEqual(Array(5).fill('not-allowed'));
    expect(await exists()).toBe(false);
  });

  it('does not come true when the host arrives in between', async () => {
    const client = await guest();
    await client.send(joinPresence({ room, nick: 'bbbbbbbb' }));
    await open();
    const { stanza, error } = await client.join(room, 'cccccccc');
    // The room is open now: the guest enters it as what it is.
    expect(error).toBeUndefined();
    expect(stanza.getChild('x', NS.mucUser)?.getChild('item')?.attrs).toMatchObject({ role: 'participant' });
  });
});
