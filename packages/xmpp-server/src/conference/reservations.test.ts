/** Conferences that the operator's service has in its books; the service is a real HTTP server (acceptance 80, 81). */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { NS } from '@conclave/signaling';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { muc } from '../muc/muc.js';
import { refusal } from '../muc/testing/verona.js';
import { type Actor, Stage } from '../muc/testing/stage.js';
import {
  clientProxy,
  focusLock,
  lobby,
  maxOccupants,
  permissions,
  reservations,
  roomMetadata,
} from './index.js';
import { at, configures, enters, ownPresence } from './testing/meeting.js';

const room = 'garden@rooms.verona.lit';
/** Milliseconds, on a busy machine. */
const patience = 4_500;
const focusAccount = 'focus@auth.verona.lit';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly form: Record<string, string>;
  readonly token: string | undefined;
}
/** Status and JSON; `nothing`: no answer, ever; `hang up`: none, at once. */
type Answer = readonly [number, unknown] | 'nothing' | 'hang up';

let answers: Answer[];
let asked: Request[];
let url: string;

beforeEach(async () => {
  answers = [];
  asked = [];
  const server = createServer((request: IncomingMessage, response) => {
    void text(request).then((body) => {
      const { method = '', url: path = '', headers } = request;
      const form = Object.fromEntries(new URLSearchParams(body));
      asked.push({ method, path, form, token: headers.authorization });
      const answer = answers.shift() ?? [404, {}];
      if (answer === 'hang up') request.socket.destroy();
      if (typeof answer === 'string') return;
      const [status, json] = answer;
      response.writeHead(status).end(typeof json === 'string' ? json : JSON.stringify(json));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/api/`;
});

const booked = (more: object = {}): Answer => [
  200,
  {
    id: 7,
    name: 'Garden',
    mail_owner: 'romeo@verona.lit',
    start_time: new Date(Date.now() - 60_000).toISOString(),
    duration: 3600,
    ...more,
  },
];

function scene(options: object = {}) {
  const stage = new Stage();
  const lobbies = stage.beside('lobby.verona.lit');
  stage.beside('verona.lit');
  stage.beside('focus.verona.lit').load(clientProxy, { target: `${focusAccount}/focus` });
  const policy = { admins: [focusAccount], reservedNicks: { focus: focusAccount } };
  lobbies.load(muc, policy);
  const service = stage.load(muc, { ...policy, creation: { domains: ['verona.lit'] }, tenants: true });
  stage.load(roomMetadata, at('metadata'));
  stage.load(permissions);
  stage.load(focusLock, { proxy: 'focus.verona.lit' });
  stage.load(lobby, {
    lobby: 'lobby.verona.lit',
    announcedBy: 'verona.lit',
    whitelist: ['recorder.verona.lit'],
  });
  stage.load(maxOccupants, { exempt: ['recorder.verona.lit'] });
  stage.load(reservations, {
    url,
    proxy: 'focus.verona.lit',
    headers: { authorization: 'Bearer t' },
    retryDelay: 0,
    ...options,
  });
  onTestFinished(() => stage.unload());
  const focus = stage.actor(`${focusAccount}/focus`);
  const romeo = stage.actor('romeo@verona.lit/orchard');
  const juliet = stage.actor('juliet@guest.verona.lit/balcony', { anonymous: true });
  return { stage, service, focus, romeo, juliet };
}

/** The focus enters, in the name of somebody who has asked it. @returns what the room says of it */
async function opens(people: ReturnType<typeof scene>, jid = room, asker: Actor = people.romeo) {
  const { focus } = people;
  asker.sends(
    `<iq type='set' id='c' to='focus.verona.lit'><conference xmlns='${NS.focus}' room='${jid}' machine-uid='m'/></iq>`,
  );
  focus.ignoresAll();
  focus.sends(`<presence to='${jid}/focus'><x xmlns='${NS.muc}'/></presence>`);
  const said = () =>
    focus.inbox.find(({ name, attrs }) => name === 'presence' && attrs['from'] === `${jid}/focus`);
  await vi.waitUntil(() => said() !== undefined, patience);
  return said();
}

describe('a conference is opened', () => {
  it('when the service has it in its books, asked in the name of whoever wants it', async () => {
    answers.push(booked());
    const people = scene();
    expect((await opens(people))?.attrs['type']).toBeUndefined();
    expect(asked).toEqual([
      {
        method: 'POST',
        path: '/api/conference',
        token: 'Bearer t',
        form: {
          name: 'garden',
          mail_owner: 'romeo@verona.lit',
          start_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        },
      },
    ]);
    // Whoever comes then comes into a room that is there.
    enters(people.romeo, 'romeo');
    expect(ownPresence(people.romeo, 'romeo')).toBeDefined();
    expect(asked).toHaveLength(1);
  });

  it('of a tenant under its name', async () => {
    answers.push(booked({ name: '[acme]garden' }));
    expect((await opens(scene(), 'garden@rooms.acme.verona.lit'))?.attrs['type']).toBeUndefined();
    expect(asked[0]?.form['name']).toBe('[acme]garden');
  });

  it('when the booking that it conflicts with is its own', async () => {
    answers.push([409, { conflict_id: 'a/b' }], booked());
    expect((await opens(scene()))?.attrs['type']).toBeUndefined();
    expect(asked[1]).toMatchObject({ method: 'GET', path: '/api/conference/a%2Fb' });
  });

  it('when the service comes round', async () => {
    answers.push([503, {}], 'hang up', [500, 'no JSON'], booked());
    expect((await opens(scene()))?.attrs['type']).toBeUndefined();
    expect(asked).toHaveLength(4);
  });

  it('by whoever may, also where there is no focus', async () => {
    answers.push(booked());
    const { stage, focus, romeo, juliet } = scene();
    stage.vanish(focus);
    enters(juliet, 'juliet');
    juliet.receives(refusal('presence', 'cancel', 'not-allowed'));
    enters(romeo, 'romeo');
    await vi.waitUntil(() => ownPresence(romeo, 'romeo') !== undefined, patience);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.form['mail_owner']).toBe('romeo@verona.lit');
  });

  it('after one question, however often the focus tries', async () => {
    answers.push(booked());
    const people = scene();
    people.focus.sends(`<presence to='${room}/focus'><x xmlns='${NS.muc}'/></presence>`);
    await opens(people);
    expect(asked).toHaveLength(1);
    // When the first question was asked, nobody had asked the focus.
    expect(asked[0]?.form).not.toHaveProperty('mail_owner');
  });
});

describe('a conference is not opened', () => {
  const denied = (error: { toString(): string } | undefined, code: number, message?: string) => {
    expect(error?.toString()).toContain(`<reservation-error xmlns="${NS.focus}" error-code="${code}"/>`);
    expect(error?.toString()).toContain('<error type="cancel"><service-unavailable');
    if (message !== undefined) expect(error?.toString()).toContain(`>${message}</text>`);
  };

  it.each<[string, Answer[], number, string | undefined]>([
    [
      'with the words of the service',
      [[403, { message: 'booked by somebody else' }]],
      403,
      'booked by somebody else',
    ],
    ['without words', [[403, '<html>']], 403, 'The conference is not booked'],
    [
      'where the service is broken',
      [
        [500, {}],
        [500, {}],
        [502, {}],
        [500, {}],
      ],
      500,
      undefined,
    ],
    ['where its conflict is with nothing', [[409, {}]], 409, undefined],
    [
      'where its conflict is gone',
      [
        [409, { conflict_id: 3 }],
        [404, {}],
      ],
      404,
      undefined,
    ],
    ['where the answer is none', [[200, 'yes']], 500, undefined],
    ['where the answer is about another', [booked({ name: 'balcony' })], 500, undefined],
    [
      'where the answer has no end',
      Array.from({ length: 4 }, () => [200, 'x'.repeat(70_000)] as const),
      500,
      undefined,
    ],
    ['where it is over', [booked({ duration: 1 })], 419, undefined],
    ['where its time is none', [booked({ start_time: 'soon' })], 500, undefined],
    [
      'where the service sends elsewhere',
      Array.from({ length: 4 }, () => [302, {}] as const),
      500,
      undefined,
    ],
  ])('%s', async (_, said, code, message) => {
    answers.push(...said);
    denied(await opens(scene()), code, message);
    expect(answers).toEqual([]);
  });

  it('while the service does not answer', async () => {
    answers.push('nothing');
    denied(await opens(scene({ timeout: 500 })), 500);
    expect(asked).toHaveLength(1);
  });

  it('for a while after a denial, of which the service is not asked again', async () => {
    answers.push([403, {}]);
    const people = scene();
    denied(await opens(people), 403);
    denied(await opens(people), 403);
    expect(asked).toHaveLength(1);
  });

  it('until the service thinks better of it', async () => {
    answers.push([403, {}], booked());
    const people = scene({ denied: 0 });
    denied(await opens(people), 403);
    expect((await opens(people))?.attrs['type']).toBeUndefined();
  });

  it('when too many are asked about', async () => {
    answers.push('nothing');
    const people = scene({ questions: 1 });
    people.focus.sends(`<presence to='first@rooms.verona.lit/focus'><x xmlns='${NS.muc}'/></presence>`);
    const error = await opens(people);
    expect(error?.getChild('error')?.getChild('resource-constraint')).toBeDefined();
  });
});

describe('a conference that is booked', () => {
  it('ends with its time, and is given back', async () => {
    answers.push(booked({ duration: 61 }));
    const people = scene();
    await opens(people);
    enters(people.romeo, 'romeo');
    people.stage.everybodyIgnoresAll();
    await vi.waitUntil(() => people.romeo.inbox.length > 0, patience);
    people.romeo.receives(
      `<presence type='unavailable' from='${room}/romeo'><x xmlns='${NS.mucUser}'><destroy><reason>Scheduled conference duration exceeded.</reason></destroy></x></presence>`,
    );
    await vi.waitUntil(() => asked.length === 2, patience);
    expect(asked[1]).toMatchObject({ method: 'DELETE', path: '/api/conference/7', token: 'Bearer t' });
  });

  it('is given back when it ends before', async () => {
    answers.push(booked());
    const people = scene();
    await opens(people);
    people.focus.leaves(room);
    await vi.waitUntil(() => asked.length === 2, patience);
    expect(asked[1]?.method).toBe('DELETE');
  });

  it('asks for its password everybody but the focus, moderators too (80), until one takes it away', async () => {
    answers.push(booked({ password: 'open sesame' }));
    const people = scene();
    const { romeo, juliet } = people;
    await opens(people);
    people.focus.sends(
      `<iq type='set' id='o' to='${room}'><query xmlns='${NS.mucAdmin}'><item affiliation='owner' jid='romeo@verona.lit'/></query></iq>`,
    );
    for (const secret of ['', 'wrong']) {
      people.stage.everybodyIgnoresAll();
      enters(romeo, 'romeo', '', secret);
      romeo.receives(refusal('presence', 'auth', 'not-authorized'));
    }
    enters(romeo, 'romeo', '', 'open sesame');
    expect(ownPresence(romeo, 'romeo')).toBeDefined();
    configures(romeo, { 'muc#roomconfig_roomsecret': '', 'muc#roomconfig_passwordprotectedroom': '0' });
    enters(juliet, 'juliet');
    expect(ownPresence(juliet, 'juliet')).toBeDefined();
  });

  it.each(['', 'x'.repeat(300), 'a\nb', 7])(
    'is open where its password is none: %j (81)',
    async (password) => {
      answers.push(booked({ password }));
      const people = scene();
      await opens(people);
      enters(people.juliet, 'juliet');
      expect(ownPresence(people.juliet, 'juliet')).toBeDefined();
    },
  );

  it('takes as many as it is booked for, and recorders beside them', async () => {
    answers.push(booked({ max_occupants: 1 }));
    const people = scene();
    await opens(people);
    enters(people.romeo, 'romeo');
    enters(people.juliet, 'juliet');
    expect(people.juliet.inbox.at(-1)?.attrs['type']).toBe('error');
    const recorder = people.stage.actor('recorder@recorder.verona.lit/x');
    enters(recorder, 'recorder');
    expect(ownPresence(recorder, 'recorder')).toBeDefined();
  });

  it('has a lobby if it is booked with one: its owner lets the others in, who wait also when nobody is there', async () => {
    answers.push(booked({ lobby: true }));
    const people = scene();
    const { focus, romeo, juliet, service } = people;
    await opens(people);
    const named = `<nick xmlns='${NS.nick}'>Juliet</nick>`;
    enters(juliet, 'juliet', named);
    const waiting = 'garden@lobby.verona.lit';
    juliet.receives(
      `<presence type='error'><error type='auth'><registration-required/><lobbyroom>${waiting}</lobbyroom></error></presence>`,
    );
    juliet.sends(`<presence to='${waiting}/juliet'><x xmlns='${NS.muc}'/>${named}</presence>`);
    focus.leaves(room);
    expect(service.rooms.has(room)).toBe(true);
    focus.sends(`<presence to='${room}/focus'><x xmlns='${NS.muc}'/></presence>`);
    enters(romeo, 'romeo');
    expect(ownPresence(romeo, 'romeo')).toBeDefined();
    juliet.sends(`<presence type='unavailable' to='${waiting}/juliet'/>`);
    romeo.leaves(room);
    focus.leaves(room);
    await vi.waitUntil(() => asked.length === 2, patience);
    expect(service.rooms.has(room)).toBe(false);
  });
});
