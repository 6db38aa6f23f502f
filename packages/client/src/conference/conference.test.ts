import {
  type Element,
  NS,
  attribute,
  el,
  encodeConferenceResponse,
  firstChild,
  stanzaError,
} from '@conclave/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OpenConnection } from '../xmpp/connection.js';
import { ScriptedConnection, type ServerAnswer } from '../xmpp/connection.test.support.js';
import { join } from './conference.js';
import { memoryStore } from './identity.js';
import type { JoinOptions } from './join-options.js';
import type { ConferenceState } from './state.js';

const room = 'daily@conference.meet.example';
const domains = {
  domain: 'meet.example',
  anonymous: 'guest.meet.example',
  muc: 'conference.meet.example',
  focus: 'focus.meet.example',
};
const guestJid = '1a2b3c4d-0000@guest.meet.example/r';

/** A server with a focus that opens rooms for known sessions only, and a room that may have a password. */
class World {
  readonly connections: ScriptedConnection[] = [];
  readonly accounts = new Map([['host', 'secret']]);
  readonly sessions = new Set<string>();
  open = false;
  password: string | undefined;
  /** What the focus says instead of what it usually says. */
  focusSays: (() => ServerAnswer) | undefined;

  readonly connect: OpenConnection = (options, events) => {
    const connection = new ScriptedConnection(options, events, (iq, self) => this.answer(iq, self));
    this.connections.push(connection);
    if (options.credentials) {
      const { username, password } = options.credentials;
      const right = this.accounts.get(username) === password;
      queueMicrotask(() =>
        right ? events.online(`${username}@meet.example/x`) : events.failed('authentication-failed'),
      );
    }
    return connection;
  };

  /** The guest's connection. */
  get guest(): ScriptedConnection {
    return this.connections[0]!;
  }

  private answer(iq: Element, connection: ScriptedConnection): ServerAnswer {
    const payload = firstChild(iq)!;
    if (payload.is('conference', NS.focus)) return this.focusSays?.() ?? this.grant(payload, connection);
    if (payload.is('query', NS.discoInfo)) {
      const locked = this.password !== undefined && el('feature', { var: 'muc_passwordprotected' });
      return el('query', { xmlns: NS.discoInfo }, locked || undefined);
    }
    return undefined;
  }

  private grant(request: Element, connection: ScriptedConnection): ServerAnswer {
    const claimed = attribute(request, 'session-id');
    if (claimed !== undefined && !this.sessions.has(claimed)) return stanzaError('not-acceptable');
    const account = connection.options.credentials?.username;
    if (account !== undefined) this.sessions.add('S1');
    if (account !== undefined || claimed !== undefined) this.open = true;
    if (!this.open) return stanzaError('not-authorized');
    return encodeConferenceResponse({
      room,
      ready: true,
      focusJid: 'focus@auth.meet.example',
      properties: {},
      ...(account !== undefined && { sessionId: 'S1', identity: `${account}@meet.example` }),
    });
  }

  occupant(
    nick: string,
    options: { role?: string; jid?: string; name?: string; more?: string; type?: string } = {},
  ) {
    const { role = 'participant', jid = `${nick}@guest/r`, name, more = '', type } = options;
    this.guest.receive(
      `<presence xmlns='jabber:client' from='${room}/${nick}'${type ? ` type='${type}'` : ''}>
       ${name ? `<nick xmlns='${NS.nick}'>${name}</nick>` : ''}
       <x xmlns='${NS.mucUser}'><item affiliation='none' role='${role}' jid='${jid}'/>${more}</x></presence>`,
    );
  }

  /** Answers a join as the room does. */
  letIn(joining: Element, others: readonly string[] = []) {
    const password = joining.getChild('x', NS.muc)?.getChildText('password') ?? undefined;
    if (this.password !== undefined && password !== this.password) {
      this.guest.receive(
        `<presence xmlns='jabber:client' type='error' from='${attribute(joining, 'to') ?? ''}'><error type='auth'><not-authorized xmlns='${NS.stanzaErrors}'/></error></presence>`,
      );
      return;
    }
    this.occupant('focus', { role: 'moderator', jid: 'focus@auth.meet.example/f' });
    for (const each of others) this.occupant(each, { name: each });
    this.occupant((attribute(joining, 'to') ?? '').split('/')[1] ?? '', { more: `<status code='110'/>` });
  }
}

const isJoin = (stanza: Element) => stanza.name === 'presence' && stanza.getChild('x', NS.muc) !== undefined;

function enter(world: World, options: Partial<JoinOptions> = {}) {
  const conference = join({
    serviceUrl: 'wss://meet.example/xmpp-websocket',
    domains,
    room: 'Daily',
    displayName: 'Me',
    store: memoryStore(),
    openConnection: world.connect,
    random: () => 0.5,
    ...options,
  });
  world.guest.events.online(guestJid);
  const until = (condition: (state: ConferenceState) => boolean) =>
    vi.waitFor(() => {
      if (!condition(conference.state.value)) throw new Error(JSON.stringify(conference.state.value.status));
    });
  const joined = async (others?: readonly string[]) => {
    world.letIn(await world.guest.next(isJoin), others);
    await until(({ status }) => status.kind === 'joined');
  };
  return { conference, until, joined };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a guest', () => {
  it('connects without an account, names the room, and enters under the first digits of its name', async () => {
    const world = new World();
    world.open = true;
    const { conference, joined } = enter(world);
    expect(world.guest.options).toMatchObject({
      service: 'wss://meet.example/xmpp-websocket?room=Daily',
      domain: 'guest.meet.example',
    });
    await joined(['ann']);
    const join = await world.guest.next(isJoin);
    expect(attribute(join, 'to')).toBe(`${room}/1a2b3c4d`);
    expect(JSON.parse(join.getChildText('SourceInfo')!)).toMatchObject({
      '1a2b3c4d-a0': { muted: true },
      '1a2b3c4d-v0': { muted: true },
    });
    expect(conference.state.value.self).toMatchObject({
      id: '1a2b3c4d',
      displayName: 'Me',
      role: 'participant',
    });
    // The focus is no participant.
    expect(conference.state.value.participants.map(({ displayName }) => displayName)).toEqual(['ann']);
  });

  it('waits for the host, asking every three to five seconds, and comes in by itself', async () => {
    const world = new World();
    const { until, joined } = enter(world);
    await until(({ status }) => status.kind === 'waiting-for-host');
    expect(world.guest.sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(2900);
    expect(world.guest.requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1200);
    expect(world.guest.requests).toHaveLength(2);
    world.open = true;
    await vi.advanceTimersByTimeAsync(4100);
    await joined();
  });

  it('becomes the host by logging in, at once', async () => {
    const world = new World();
    const store = memoryStore();
    const { conference, until, joined } = enter(world, { store });
    await until(({ status }) => status.kind === 'waiting-for-host');

    await conference.login('host', 'wrong');
    expect(conference.state.value.login).toEqual({ kind: 'refused', failure: 'wrong-credentials' });
    expect(conference.state.value.status.kind).toBe('waiting-for-host');

    await conference.login('host@meet.example', 'secret');
    expect(conference.state.value.login).toEqual({ kind: 'accepted', identity: 'host@meet.example' });
    await joined();
    expect(store.get('conclave.session-id')).toBe('S1');
    expect(attribute(firstChild(world.guest.requests[1]!)!, 'session-id')).toBe('S1');
    expect(world.connections[2]!.closed).toBe(true);
    expect(world.connections[2]!.options.domain).toBe('meet.example');
  });

  it('forgets a session that the focus does not know any more', async () => {
    const world = new World();
    const store = memoryStore();
    store.set('conclave.session-id', 'old');
    const { until } = enter(world, { store });
    await until(({ status }) => status.kind === 'waiting-for-host');
    expect(store.get('conclave.session-id')).toBeUndefined();
  });

  it('keeps its machine uid', () => {
    const store = memoryStore();
    enter(new World(), { store });
    const uid = store.get('conclave.machine-uid');
    expect(uid).toMatch(/^[0-9a-f]{32}$/);
    enter(new World(), { store });
    expect(store.get('conclave.machine-uid')).toBe(uid);
  });

  it('waits longer each time the conference is not ready', async () => {
    const world = new World();
    world.focusSays = () => encodeConferenceResponse({ room, ready: false, properties: {} });
    enter(world);
    await vi.advanceTimersByTimeAsync(1000 + 2000 + 4000 + 100);
    expect(world.guest.requests).toHaveLength(4);
  });

  it.each([
    ['forbidden', () => stanzaError('forbidden', 'no more rooms'), 0],
    ['no focus', () => stanzaError('service-unavailable'), 120_000],
  ])('is told when the conference is refused: %s', async (_, focusSays, after) => {
    const world = new World();
    world.focusSays = focusSays;
    const { conference } = enter(world);
    await vi.advanceTimersByTimeAsync(after);
    expect(conference.state.value.status).toMatchObject({
      kind: 'failed',
      error: { code: 'conference-refused' },
    });
    expect(world.guest.closed).toBe(true);
  });
});

describe('a locked room', () => {
  it('asks for the password until it fits', async () => {
    const world = new World();
    Object.assign(world, { open: true, password: 'pw' });
    const { conference, until } = enter(world);
    world.letIn(await world.guest.next(isJoin));
    await until(({ status }) => status.kind === 'password-required');
    for (const password of ['wrong', 'pw']) {
      world.guest.sent.length = 0;
      conference.givePassword(password);
      world.letIn(await world.guest.next(isJoin));
      await until(({ status }) => status.kind === (password === 'pw' ? 'joined' : 'password-required'));
    }
    await until(({ locked }) => locked);
  });
});

describe('in the conference', () => {
  const inside = async (options?: Partial<JoinOptions>) => {
    const world = new World();
    world.open = true;
    const entered = enter(world, options);
    await entered.joined(['ann']);
    return { world, ...entered };
  };

  it('messages go to the room and come back from it', async () => {
    const { world, conference } = await inside();
    conference.sendMessage('  ');
    conference.sendMessage('hello');
    const sent = await world.guest.next(({ name }) => name === 'message');
    expect(sent.attrs).toMatchObject({ to: room, type: 'groupchat' });
    world.guest.receive(
      `<message xmlns='jabber:client' type='groupchat' from='${room}/1a2b3c4d' id='x'><body>hello</body></message>`,
    );
    world.guest.receive(
      `<message xmlns='jabber:client' type='groupchat' from='${room}/ann' id='y'><body>hi</body></message>`,
    );
    expect(conference.state.value.messages).toMatchObject([
      { text: 'hello', own: true, displayName: 'Me' },
      { text: 'hi', own: false, displayName: 'ann' },
    ]);
  });

  it('moderators are who the room says', async () => {
    const { world, conference } = await inside();
    world.occupant('1a2b3c4d', { role: 'moderator' });
    expect(conference.state.value.self.role).toBe('moderator');
    await conference.kick('ann');
    const kick = firstChild(world.guest.requests.at(-1)!)!;
    expect(kick.getChild('item')!.attrs).toMatchObject({ nick: 'ann', role: 'none' });
    expect(await conference.setPassword('pw')).toBe(true);
    expect(conference.state.value.locked).toBe(true);
  });

  it('who is kicked learns by whom, and stays out', async () => {
    const { world, conference } = await inside();
    world.occupant('1a2b3c4d', {
      type: 'unavailable',
      more: `<item role='none' affiliation='none'/><status code='307'/>`,
    });
    expect(conference.state.value.status.kind).toBe('kicked');
    expect(world.guest.closed).toBe(true);
  });

  it('a short cut is only seen, not felt', async () => {
    const { world, conference } = await inside();
    const { participants } = conference.state.value;
    world.guest.events.lost();
    expect(conference.state.value.status.kind).toBe('reconnecting');
    expect(conference.state.value.participants).toBe(participants);
    world.guest.events.resumed();
    expect(conference.state.value.status.kind).toBe('joined');
    expect(world.guest.sent.filter(isJoin)).toHaveLength(1);
  });

  it('after a long one it enters again, as whoever it is now', async () => {
    const { world, conference, until } = await inside();
    world.guest.events.lost();
    world.guest.sent.length = 0;
    world.guest.events.online('99998888-0@guest.meet.example/r');
    world.letIn(await world.guest.next(isJoin), ['ann']);
    await until(({ status }) => status.kind === 'joined');
    expect(conference.state.value.self.id).toBe('99998888');
    expect(conference.state.value.participants).toHaveLength(1);
  });

  it('when the focus goes, it asks for the conference anew', async () => {
    const { world, until } = await inside();
    world.open = false;
    world.occupant('focus', { type: 'unavailable', jid: 'focus@auth.meet.example/f' });
    await until(({ status }) => status.kind === 'waiting-for-host');
    expect(world.guest.sent.at(-1)!.attrs).toMatchObject({ type: 'unavailable' });
  });

  it('Jingle and mutes are taken from the focus only', async () => {
    const { world } = await inside();
    const ask = (from: string) =>
      world.guest.events.iq(
        el('iq', { type: 'set', from, id: '1' }, el('mute', { xmlns: `${NS.jitmeet}/audio` }, 'true')),
      );
    expect(ask(`${room}/ann`)).toMatchObject({ condition: 'service-unavailable' });
    expect(ask(`${room}/focus`)).toBeUndefined();
    world.occupant('focus', { jid: 'mallory@guest/r' });
    expect(ask(`${room}/focus`)).toMatchObject({ condition: 'service-unavailable' });
  });

  it('whoever asks learns what we can do', async () => {
    const { world } = await inside();
    const query = el('iq', { type: 'get', from: 'x' }, el('query', { xmlns: NS.discoInfo, node: 'n#v' }));
    const answer = world.guest.events.iq(query) as Element;
    expect(answer.attrs).toMatchObject({ node: 'n#v' });
    expect(answer.getChildren('feature').map(({ attrs }) => attrs['var'] as string)).toContain(NS.rtpVideo);
  });

  it('leaves with a word, once', async () => {
    const { world, conference } = await inside();
    await conference.leave();
    await conference.leave();
    const goodbyes = world.guest.sent.filter((stanza) => attribute(stanza, 'type') === 'unavailable');
    expect(goodbyes).toHaveLength(1);
    expect(conference.state.value.status).toEqual({ kind: 'left' });
  });
});
