/**
 * A large meeting with visitors, as an operator gets it by one setting: who comes when enough people take part looks on from a node,
 * sees the meeting and is not seen, chats, and takes part when a moderator says so.
 */
import { attribute, type ConferenceResponse, el, type Element, NS } from '@conclave/signaling';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
