/**
 * A large meeting with visitors, as an operator gets it by one setting: who comes when enough people take part looks on from a node,
 * sees the meeting and is not seen, chats, and takes part when a moderator says so.
 */
import { type Conference, type ConferenceState, join, memoryStore } from '@conclave/client';
import { attribute, type ConferenceResponse, el, type Element, NS } from '@conclave/signaling';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, Person } from './harness/browser.js';
import { type Instance, startInstance } from './harness/instance.js';
import { TestClient } from './harness/xmpp-client.js';

const [ann, ben, vera, vito] = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc', 'dddddddd'];
const node = 'v1';
const visitors = 'jitsi:visitors';

let instance: Instance;
let room: string;
let there: string;
let host: TestClient;
let guest: TestClient;
let visitor: TestClient;
let other: TestClient;

/** What a client is answered that understands visitors. */
async function asks(client: TestClient, machineUid: string): Promise<ConferenceResponse | undefined> {
  const properties = { 'visitors-version': '1' };
  return (await client.request(instance, { room, machineUid }, properties)).response;
}

const looksOn = () => TestClient.visitor(instance, node, `/xmpp-websocket?room=big&vnode=${node}`);
const nicknamesSeen = (client: TestClient) =>
  client.received
    .filter((each) => each.name === 'presence' && attribute(each, 'type') === undefined)
    .map((each) => attribute(each, 'from')?.split('/')[1]);
const bodied = (text: string) => (each: Element) =>
  each.name === 'message' && each.getChildText('body') === text;
const says = (client: TestClient, to: string, ...children: Element[]) =>
  client.send(el('message', { type: 'groupchat', to, id: 'm1' }, children));
const nick = (name: string) => el('nick', { xmlns: NS.nick }, name);
const command = (payload: object) => el('json-message', { xmlns: NS.jitmeet }, JSON.stringify(payload));

beforeAll(async () => {
  instance = await startInstance('all in one process', {
    CONCLAVE_VISITORS: 'true',
    CONCLAVE_VISITORS_THRESHOLD: '2',
  });
  await instance.conclavectl('register', 'ann', instance.domain, 'correct horse');
  room = `big@conference.${instance.domain}`;
  there = `big@conference.${node}.meet.jitsi`;
  host = await TestClient.host(instance, 'ann', 'correct horse');
  guest = await TestClient.guest(instance);
  expect(await asks(host, 'host-machine')).toMatchObject({ ready: true });
  expect((await host.join(room, ann)).error).toBeUndefined();
  expect(await asks(guest, 'guest-machine')).not.toHaveProperty('vnode');
  expect((await guest.join(room, ben)).error).toBeUndefined();
});

afterAll(async () => {
  await Promise.all([host, guest, visitor, other].map((client) => client.stop()));
  await instance.stop();
});

it('sends whoever comes then to a node, and lets nobody past', async () => {
  const late = await TestClient.guest(instance);
  expect(await asks(late, 'late-machine')).toMatchObject({
    ready: true,
    vnode: node,
    focusJid: `focus@auth.${instance.domain}`,
    properties: { 'visitors-supported': 'true' },
  });
  expect((await late.join(room, vera)).error).toMatchObject({ condition: 'not-allowed' });
  await late.stop();
});

it('shows visitors the meeting, and nobody the visitors', async () => {
  visitor = await looksOn();
  other = await looksOn();
  expect((await visitor.join(there, vera)).error).toBeUndefined();
  expect((await other.join(there, vito)).error).toBeUndefined();
  expect(nicknamesSeen(other)).toEqual(expect.arrayContaining(['focus', ann, ben, vito]));
  expect(nicknamesSeen(other)).not.toContain(vera);
  // The focus tells how many there are; that comes after all that could show who.
  await host.stanza((each) => each.toString().includes('key="visitor-count"'));
  for (const client of [host, guest, visitor]) expect(nicknamesSeen(client)).not.toContain(vito);
});

it('invites visitors to receive', async () => {
  const offer = await visitor.invitation();
  expect(offer.contents.map(({ name }) => name)).toEqual(expect.arrayContaining(['audio', 'video']));
  await visitor.accept(there, offer, { ufrag: 'visitorufrag', password: 'a-password-of-some-length' });
});

it('carries chat across', async () => {
  await says(host, room, el('body', {}, 'Welcome all'));
  for (const client of [guest, visitor, other]) await client.stanza(bodied('Welcome all'));
  await says(visitor, there, el('body', {}, 'Bravo'));
  const heard = await host.stanza(bodied('Bravo'));
  expect(attribute(heard, 'from')).toBe(room);
  expect(heard.getChild('display-name')?.attrs['source']).toBe('visitor');
  await other.stanza(bodied('Bravo'));
});

it('has a moderator decide who takes part', async () => {
  const hand = el('jitsi_participant_raisedHand', {}, '1700000000000');
  await visitor.send(el('presence', { to: `${there}/${vera}` }, nick('Vera'), hand));
  const isRequest = (each: Element) => each.toString().includes('promotion-request');
  const request = await host.stanza(isRequest);
  expect(attribute(request, 'from')).toBe(`visitors.${instance.domain}`);
  expect(guest.received.some(isRequest)).toBe(false);
  const asked = JSON.parse(request.getChildText('json-message') ?? '{}') as Record<string, unknown>;
  expect(asked).toMatchObject({ type: 'visitors', from: `${there}/${vera}`, nick: 'Vera', on: true });
  await says(
    host,
    room,
    command({ type: 'visitors', action: 'promotion-response', approved: true, id: asked['from'] }),
  );
  const answer = await visitor.stanza((each) => each.getChild('visitors', visitors) !== undefined);
  const response = answer.getChild('visitors', visitors)?.getChild('promotion-response');
  expect(response?.attrs).toMatchObject({ allow: 'true' });
  await visitor.stop();
  const leave = String(response?.attrs['username']);
  const promoted = await TestClient.guest(instance, `/xmpp-websocket?room=big&customusername=${leave}`);
  expect((await promoted.join(room, 'eeeeeeee')).error).toBeUndefined();
  await other.stanza((each) => attribute(each, 'from') === `${there}/eeeeeeee`);
  await promoted.stop();
});

it('ends for visitors with the meeting', async () => {
  await host.ask(
    'set',
    room,
    el('query', { xmlns: NS.mucOwner }, el('destroy', {}, el('reason', {}, 'Over'))),
  );
  const isEnd = (each: Element) => each.getChild('x', NS.mucUser)?.getChild('destroy') !== undefined;
  const end = await other.stanza((each) => isEnd(each) && attribute(each, 'from') === `${there}/${vito}`);
  expect(end.getChild('x', NS.mucUser)?.getChild('destroy')?.getChildText('reason')).toBe(
    'Conference ended.',
  );
});

describe('with the client of the page', () => {
  const meeting = new Map<string, Conference>();
  const of = (name: string) => meeting.get(name)!;
  const until = (name: string, expected: (state: ConferenceState) => void) =>
    vi.waitFor(() => expected(of(name).state.value), { timeout: 20_000 });
  const texts = ({ messages }: ConferenceState) => messages.map(({ text }) => text);
  const names = ({ participants }: ConferenceState) => participants.map(({ displayName }) => displayName);
  const enters = (name: string, store = memoryStore()) => {
    const { domain, ports } = instance;
    const conference = join({
      serviceUrl: `ws://127.0.0.1:${ports.http}/xmpp-websocket`,
      domains: {
        domain,
        anonymous: `guest.${domain}`,
        muc: `conference.${domain}`,
        focus: `focus.${domain}`,
      },
      room: 'Large',
      displayName: name,
      store,
    });
    meeting.set(name, conference);
  };
  const looksOn = (name: string) =>
    until(name, (state) => {
      expect(state.status.kind).toBe('joined');
      expect(state.visit).toEqual({ hand: 'down' });
    });

  afterAll(() => Promise.all([...meeting.values()].map((conference) => conference.leave())));

  it('latecomers are sent to a node, see who takes part, and are counted', async () => {
    // Ann has logged in as host before.
    const machineUid = '0123456789abcdef'.repeat(2);
    const { response } = await host.request(instance, {
      room: `large@conference.${instance.domain}`,
      machineUid,
    });
    const store = memoryStore();
    store.set('conclave.machine-uid', machineUid);
    store.set('conclave.session-id', response?.sessionId ?? '');
    enters('Ann', store);
    await until('Ann', ({ self }) => expect(self.role).toBe('moderator'));
    enters('Ben');
    await until('Ann', (state) => expect(names(state)).toEqual(['Ben']));
    enters('Vera');
    await looksOn('Vera');
    await until('Vera', (state) => {
      expect(names(state).sort()).toEqual(['Ann', 'Ben']);
      expect(state.participants.find(({ displayName }) => displayName === 'Ann')?.role).toBe('moderator');
    });
    for (const name of ['Ann', 'Ben', 'Vera']) {
      await until(name, ({ visitors: count }) => expect(count).toBe(1));
    }
    expect(names(of('Ann').state.value)).toEqual(['Ben']);
  });

  it('they chat with the meeting, as visitors', async () => {
    of('Ann').sendMessage('Welcome');
    await until('Vera', (state) => expect(texts(state)).toEqual(['Welcome']));
    of('Vera').sendMessage('Bravo');
    for (const name of ['Ann', 'Ben', 'Vera']) {
      await until(name, (state) => expect(texts(state)).toEqual(['Welcome', 'Bravo']));
    }
    expect(of('Ben').state.value.messages[1]).toMatchObject({
      displayName: 'Vera',
      visitor: true,
      own: false,
    });
    expect(of('Vera').state.value.messages[1]).toMatchObject({ own: true, visitor: false });
  });

  it('they ask to take part, and a moderator decides', async () => {
    const asks = async () => {
      of('Vera').raiseHand();
      await until('Ann', ({ promotionRequests: [request] }) =>
        expect(request).toMatchObject({ displayName: 'Vera' }),
      );
      return of('Ann').state.value.promotionRequests[0]!.id;
    };
    await asks();
    of('Vera').lowerHand();
    await until('Ann', ({ promotionRequests }) => expect(promotionRequests).toEqual([]));
    of('Ann').answerRequest(await asks(), false);
    await until('Vera', ({ visit }) => expect(visit).toEqual({ hand: 'denied' }));
    await until('Ann', ({ promotionRequests }) => expect(promotionRequests).toEqual([]));
    expect(of('Ben').state.value.promotionRequests).toEqual([]);

    of('Ann').answerRequest(await asks(), true);
    await until('Vera', ({ status, visit }) => {
      expect(visit).toBeUndefined();
      expect(status.kind).toBe('joined');
    });
    await until('Ann', (state) => expect(names(state).sort()).toEqual(['Ben', 'Vera']));
    // What was said before is there once.
    await until('Vera', (state) => expect(texts(state)).toEqual(['Welcome', 'Bravo']));
  });

  it('they are sent back, and need leave anew', async () => {
    of('Ann').demote(of('Vera').state.value.self.id);
    await looksOn('Vera');
    await until('Ann', (state) => expect(names(state)).toEqual(['Ben']));
  });

  it('the visit ends with the meeting', async () => {
    await of('Ben').leave();
    await of('Ann').leave();
    await until('Vera', ({ status }) => expect(status).toMatchObject({ kind: 'ended' }));
  });
});

it(
  'shows in the page who only looks on, without devices, and lets a moderator admit them and send them back',
  { timeout: 120_000 },
  async () => {
    const browser = await launchBrowser(5);
    try {
      const [hanna, gwen, vera] = await Promise.all(
        ['Hanna', 'Gwen', 'Vera'].map((name) => Person.arrive(browser, instance, name)),
      );
      if (!hanna || !gwen || !vera) throw new Error('unreachable');
      // Hanna has logged in as host before.
      const machineUid = 'fedcba9876543210'.repeat(2);
      const { response } = await host.request(instance, {
        room: `auditorium@conference.${instance.domain}`,
        machineUid,
      });
      await hanna.page.addInitScript(
        (entries) => {
          for (const [key, value] of entries) localStorage.setItem(key, value);
        },
        [
          ['conclave.machine-uid', machineUid],
          ['conclave.session-id', response?.sessionId ?? ''],
        ] as const,
      );
      await hanna.knock('auditorium');
      await hanna.isIn('auditorium', 1);
      await gwen.knock('auditorium');
      await gwen.isIn('auditorium', 2);

      await vera.knock('auditorium');
      await vera.page.getByText('You are looking on').waitFor();
      await vera.isIn('auditorium', 2);
      expect(await vera.button('Microphone').count()).toBe(0);
      expect(await vera.button('Camera').count()).toBe(0);
      await vi.waitFor(
        async () => {
          const { framesDecoded, audioPackets } = await vera.reception();
          expect(framesDecoded).toBeGreaterThan(5);
          expect(audioPackets).toBeGreaterThan(20);
        },
        { timeout: 30_000, interval: 250 },
      );
      await hanna.page.getByText('1 visitor', { exact: false }).first().waitFor();
      expect(await vera.accessibilityProblems()).toEqual([]);

      await vera.button('Ask to take part').click();
      await vera.page.getByText('You have asked to take part.').waitFor();
      await hanna.page.getByText('1 visitor asks to take part.').waitFor();
      expect(await gwen.page.getByText('asks to take part').count()).toBe(0);
      await hanna.button('Participants').click();
      expect(await hanna.accessibilityProblems()).toEqual([]);
      await hanna.button('Do not let Vera take part').click();
      await vera.page.getByText('has not let you take part').waitFor();

      await vera.button('Ask to take part').click();
      await hanna.button('Let Vera take part').click();
      await vera.isIn('auditorium', 3);
      await vera.button('Microphone').waitFor();
      expect(await vera.button('Microphone').getAttribute('aria-pressed')).toBe('false');

      await hanna.button('Make Vera a visitor, who looks on').click();
      await vera.page.getByText('You are looking on').waitFor();
      await hanna.isIn('auditorium', 2);
      expect(await hanna.accessibilityProblems()).toEqual([]);
      expect((await vera.misconduct()).errors).toEqual([]);
    } finally {
      await browser.close();
    }
  },
);
