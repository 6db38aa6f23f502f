/** An operator's service hears what happens in conferences (acceptance 86). */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { muc } from '../muc/muc.js';
import { breakoutRooms, meetingEvents, polls } from './index.js';
import { appoints, at, enters, main, room, stageForMeetings } from './testing/meeting.js';

interface Told {
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly json: Record<string, unknown>;
}

/** A service that hears events, and answers with these status codes, then with 200. */
async function listener(...statuses: number[]) {
  const heard: Told[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    void text(request).then((body) => {
      const { url, headers } = request;
      heard.push({ url, token: headers.authorization, json: JSON.parse(body) as Record<string, unknown> });
      response.writeHead(statuses.shift() ?? 200).end();
      for (const wake of waiting.splice(0)) wake();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const until = async (count: number): Promise<readonly Told[]> => {
    while (heard.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    return heard;
  };
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook/`, until };
}

function scene(url: string, more: object = {}) {
  const people = stageForMeetings();
  const breakouts = 'breakout.verona.lit';
  people.stage.beside(breakouts).load(muc, { admins: ['focus@auth.verona.lit'] });
  people.stage.load(breakoutRooms, { breakouts, announcedBy: main });
  people.stage.load(meetingEvents, { url, breakouts, retryDelay: 0, ...more });
  onTestFinished(() => people.stage.unload());
  return people;
}

it('in their order, with who came and how they left; the focus is nobody', async () => {
  const { url, until } = await listener();
  const { focus, romeo, juliet } = scene(url, { headers: { authorization: 'Bearer t' } });
  focus.joins(room, 'focus');
  enters(romeo, 'romeo', `<nick xmlns='http://jabber.org/protocol/nick'>Romeo</nick>`);
  juliet.joins(room, 'juliet');
  focus.sends(
    `<iq type='set' id='k' to='${room}'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='juliet' role='none'/></query></iq>`,
  );
  romeo.leaves(room);
  focus.leaves(room);
  const heard = await until(6);
  expect(heard.map(({ url: path }) => path)).toEqual([
    '/hook/events/room/created',
    '/hook/events/occupant/joined',
    '/hook/events/occupant/joined',
    '/hook/events/occupant/left',
    '/hook/events/occupant/left',
    '/hook/events/room/destroyed',
  ]);
  expect(heard[0]?.token).toBe('Bearer t');
  expect(heard[1]?.json).toMatchObject({
    event_name: 'muc-occupant-joined',
    room_name: 'garden',
    room_jid: room,
    is_breakout: false,
    active_occupants_count: 1,
    occupant: { occupant_jid: romeo.jid.toString(), name: 'Romeo' },
  });
  expect(heard[3]?.json).toMatchObject({ occupant: { reason: 'kicked' }, active_occupants_count: 1 });
  expect(heard[4]?.json).toMatchObject({ occupant: { reason: 'left' }, active_occupants_count: 0 });
  expect(heard[5]?.json['all_occupants']).toHaveLength(2);
});

it('again when the service has failed, and not when it has refused', async () => {
  const { url, until } = await listener(503, 200, 400);
  const { focus, romeo } = scene(url);
  focus.joins(room, 'focus');
  romeo.joins(room, 'romeo');
  romeo.leaves(room);
  const heard = await until(4);
  expect(heard.map(({ json }) => json['event_name'])).toEqual([
    'muc-room-created',
    'muc-room-created',
    'muc-occupant-joined',
    'muc-occupant-left',
  ]);
});

it('and no more than a few times', async () => {
  const { url, until } = await listener(500, 500);
  const { focus, romeo } = scene(url, { retries: 1 });
  focus.joins(room, 'focus');
  romeo.joins(room, 'romeo');
  expect((await until(3))[2]?.json['event_name']).toBe('muc-occupant-joined');
});

/** A meeting of two, and the paths of what is told from then on. */
async function met(more: object = {}) {
  const { url, until } = await listener();
  const people = scene(url, more);
  people.stage.load(polls, at('polls'));
  people.focus.joins(room, 'focus');
  enters(people.romeo, 'romeo', `<nick xmlns='http://jabber.org/protocol/nick'>Romeo</nick>`);
  people.juliet.joins(room, 'juliet');
  const from = 3;
  const heard = async (count: number) => (await until(from + count)).slice(from);
  const paths = async (count: number) =>
    (await heard(count)).map(({ url: path }) => path?.replace('/hook/events/', ''));
  return { ...people, heard, paths };
}

it('who becomes a moderator, and is none any more, once each', async () => {
  const { focus, heard } = await met();
  for (const affiliation of ['owner', 'owner', 'none']) appoints(focus, 'romeo@verona.lit', affiliation);
  const told = await heard(2);
  expect(told.map(({ json }) => json)).toMatchObject([
    { event_name: 'muc-occupant-role-changed', occupant: { name: 'Romeo', role: 'moderator' } },
    { event_name: 'muc-occupant-role-changed', occupant: { role: 'participant' } },
  ]);
});

it('recordings and streams, as the focus says they are, and nobody else', async () => {
  const { focus, juliet, heard } = await met();
  const says = (actor: typeof focus, nick: string, status: string, more = '') =>
    actor.sends(
      `<presence to='${room}/${nick}'><jibri-recording-status xmlns='http://jitsi.org/protocol/jibri' status='${status}' session_id='s1' recording_mode='stream' initiator='${room}/romeo'/>${more}</presence>`,
    );
  says(juliet, 'juliet', 'on');
  says(focus, 'focus', 'on');
  says(focus, 'focus', 'on', '<x xmlns="x:y"/>');
  says(focus, 'focus', 'off');
  const told = await heard(2);
  expect(told.map(({ url }) => url)).toEqual([
    '/hook/events/recording/started',
    '/hook/events/recording/stopped',
  ]);
  expect(told[0]?.json).toMatchObject({
    room_jid: room,
    recording: { session_id: 's1', mode: 'stream', initiator: `${room}/romeo` },
  });
});

it('transcription', async () => {
  const { metadata, service, paths } = await met();
  const there = service.rooms.get(room) ?? expect.fail();
  for (const value of [{ isTranscribingEnabled: true }, { isTranscribingEnabled: true, x: 1 }, 'x'])
    metadata.set(there, 'recording', value);
  expect(await paths(2)).toEqual(['transcription/started', 'transcription/stopped']);
});

it('polls and votes', async () => {
  const { romeo, juliet, heard } = await met();
  const says = (actor: typeof romeo, payload: object) =>
    actor.sends(
      `<message type='chat' to='polls.verona.lit'><json-message xmlns='http://jitsi.org/jitmeet'>${JSON.stringify({ type: 'polls', pollId: 'p1', ...payload })}</json-message></message>`,
    );
  says(romeo, { command: 'new-poll', question: 'Tea?', answers: [{ name: 'yes' }, { name: 'no' }] });
  says(juliet, { command: 'answer-poll', answers: [true, false] });
  expect((await heard(2)).map(({ json }) => json)).toMatchObject([
    {
      event_name: 'poll-created',
      poll: { id: 'p1', question: 'Tea?', answers: ['yes', 'no'], sender_id: 'romeo' },
    },
    { event_name: 'poll-answered', poll: { id: 'p1', chosen: [true, false], sender_id: 'juliet' } },
  ]);
});

it('what is said to all where the operator wants to know, and never what is said in private', async () => {
  for (const chat of [false, true]) {
    const { romeo, juliet, heard } = await met({ chat });
    romeo.sends(`<message type='chat' to='${room}/juliet'><body>Psst</body></message>`);
    romeo.sends(`<message type='groupchat' to='${room}'><body>Hi</body></message>`);
    juliet.leaves(room);
    const told = await heard(chat ? 2 : 1);
    expect(told.at(-1)?.json['event_name']).toBe('muc-occupant-left');
    if (chat)
      expect(told[0]?.json).toMatchObject({
        message: { text: 'Hi', sender_id: 'romeo', sender_name: 'Romeo' },
      });
  }
});

it('how much a room was used, at its end', async () => {
  const { focus, romeo, juliet, heard } = await met();
  for (const actor of [romeo, juliet, focus]) actor.leaves(room);
  expect((await heard(3)).at(-1)?.json).toMatchObject({
    usage: { occupants: 2, occupant_seconds: expect.any(Number) as number },
  });
});
