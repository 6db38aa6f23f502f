/** An operator's service hears what happens in conferences (acceptance 86). */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { muc } from '../muc/muc.js';
import { breakoutRooms, meetingEvents } from './index.js';
import { enters, main, room, stageForMeetings } from './testing/meeting.js';

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
