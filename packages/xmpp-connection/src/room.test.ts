import { attribute, el, type Element, encodeMucUser, type MucUser, NS } from '@conclave/signaling';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { ConnectionEvents, XmppConnection } from './connection.js';
import { Emitter } from './emitter.js';
import { joinRoom, type JoinOutcome, type MucRoom, type RoomEvents, stayInRoom } from './index.js';

const log = pino({ level: 'silent' });

/** A connection in memory: what the room sends is recorded, what the server says is said by the test. */
class ScriptedConnection implements XmppConnection {
  readonly sent: Element[] = [];
  readonly jid = 'jvb@auth.test/jvb';
  online = true;
  private readonly events = new Emitter<ConnectionEvents>(log);
  private readonly listeners = new Map<string, Set<(stanza: Element) => void>>();
  private readonly waiting: (() => void)[] = [];

  send(stanza: Element): void {
    this.sent.push(stanza);
    for (const proceed of this.waiting.splice(0)) proceed();
  }
  /** Resolves when `count` stanzas have been sent in all. */
  async sentCount(count: number): Promise<void> {
    while (this.sent.length < count) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
  request(): Promise<never> {
    throw new Error('not scripted');
  }
  handleIq(): never {
    throw new Error('not scripted');
  }
  on: XmppConnection['on'] = (event, listener) => this.events.on(event, listener);
  onStanzaFrom(bareJid: string, listener: (stanza: Element) => void) {
    const listeners = this.listeners.get(bareJid) ?? new Set();
    this.listeners.set(bareJid, listeners.add(listener));
    return () => listeners.delete(listener);
  }
  reconnect(resumed: boolean): void {
    this.events.emit('online', { resumed });
  }
  hear(stanza: Element): void {
    for (const listener of [...(this.listeners.get('room@muc.test') ?? [])]) listener(stanza);
  }
  stop(): Promise<void> {
    return Promise.resolve();
  }

  abandon(): void {
    return;
  }
}

const from = (nick: string, type?: string, ...children: (Element | undefined)[]) =>
  el('presence', { from: `room@muc.test/${nick}`, type }, children);
const user = (changes: Partial<MucUser> = {}) =>
  encodeMucUser({ affiliation: 'none', role: 'participant', statusCodes: new Set(), ...changes });
const self = (changes: Partial<MucUser> = {}) => user({ statusCodes: new Set([110]), ...changes });
const join = (connection: XmppConnection, timeoutMs = 1000) =>
  joinRoom(connection, { room: 'room@muc.test', nick: 'focus', extensions: [el('a')], timeoutMs, log });

async function inside(connection: ScriptedConnection): Promise<MucRoom> {
  const joining = join(connection);
  connection.hear(from('focus', undefined, self({ affiliation: 'owner', role: 'moderator' })));
  const outcome = await joining;
  if (outcome.kind !== 'joined') throw new Error(outcome.kind);
  return outcome.room;
}

function record<E extends keyof RoomEvents>(room: MucRoom, event: E): RoomEvents[E][] {
  const seen: RoomEvents[E][] = [];
  room.on(event, (payload) => seen.push(payload));
  return seen;
}

describe('entering a room', () => {
  it('asks with our extensions and without history', () => {
    const connection = new ScriptedConnection();
    void join(connection);
    const [presence] = connection.sent;
    expect(attribute(presence!, 'to')).toBe('room@muc.test/focus');
    expect(attribute(presence!.getChild('x', NS.muc)!.getChild('history')!, 'maxstanzas')).toBe('0');
    expect(presence!.getChild('a')).toBeDefined();
  });

  it('knows everybody once our own presence is back', async () => {
    const connection = new ScriptedConnection();
    const joining = join(connection);
    connection.hear(from('ann', undefined, user({ jid: 'ann@test/1' })));
    connection.hear(from('focus', undefined, self({ statusCodes: new Set([110, 201]) })));
    const outcome = await joining;
    expect(outcome).toMatchObject({ kind: 'joined', created: true });
    const { room } = outcome as Extract<JoinOutcome, { kind: 'joined' }>;
    expect([...room.occupants.keys()]).toEqual(['ann']);
    expect(room.occupants.get('ann')).toMatchObject({ realJid: 'ann@test/1', role: 'participant' });
  });

  it('tells why it was refused', async () => {
    const connection = new ScriptedConnection();
    const joining = join(connection);
    const error = el('error', { type: 'auth' }, el('registration-required', { xmlns: NS.stanzaErrors }));
    connection.hear(from('focus', 'error', error));
    expect(await joining).toMatchObject({ kind: 'error', error: { condition: 'registration-required' } });
  });

  it('gives up in time and takes its request back', async () => {
    const connection = new ScriptedConnection();
    expect(await join(connection, 10)).toEqual({ kind: 'timeout' });
    expect(attribute(connection.sent.at(-1)!, 'type')).toBe('unavailable');
  });

  it('ends with the session', async () => {
    const connection = new ScriptedConnection();
    const joining = join(connection);
    connection.reconnect(false);
    expect(await joining).toEqual({ kind: 'disconnected' });
    connection.online = false;
    expect(await join(connection)).toEqual({ kind: 'disconnected' });
  });
});

describe('inside a room', () => {
  it('one sees others come, change and go', async () => {
    const connection = new ScriptedConnection();
    const room = await inside(connection);
    const [joined, changed, left] = [record(room, 'joined'), record(room, 'changed'), record(room, 'left')];
    connection.hear(from('ann', undefined, user()));
    connection.hear(from('ann', undefined, user({ role: 'moderator' })));
    connection.hear(from('ann', 'unavailable', user({ statusCodes: new Set([307]), reason: 'noise' })));
    expect(joined.map((occupant) => occupant.nick)).toEqual(['ann']);
    expect(changed.map((occupant) => occupant.role)).toEqual(['moderator']);
    expect(left).toMatchObject([{ occupant: { nick: 'ann' }, reason: 'noise', statusCodes: new Set([307]) }]);
    expect(room.occupants.size).toBe(0);
  });

  it('one learns of changes of oneself', async () => {
    const connection = new ScriptedConnection();
    const room = await inside(connection);
    const changes = record(room, 'self');
    connection.hear(from('focus', undefined, self({ affiliation: 'owner', role: 'moderator' })));
    connection.hear(from('focus', undefined, self({ affiliation: 'none', role: 'participant' })));
    expect(changes).toEqual([{ affiliation: 'none', role: 'participant' }]);
    expect(room.self.role).toBe('participant');
  });

  it('updates of our presence do not ask to enter again', async () => {
    const connection = new ScriptedConnection();
    const room = await inside(connection);
    room.setPresence([el('b')]);
    expect(connection.sent.at(-1)!.getChild('x')).toBeUndefined();
    expect(connection.sent.at(-1)!.getChild('b')).toBeDefined();
  });

  it('presence without muc#user says nothing', async () => {
    const connection = new ScriptedConnection();
    const room = await inside(connection);
    connection.hear(from('mallory'));
    expect(room.occupants.size).toBe(0);
  });

  it.each([
    ['kicked', from('focus', 'unavailable', self({ statusCodes: new Set([110, 307]) }))],
    ['kicked', from('focus', 'unavailable', self({ statusCodes: new Set([110, 301]) }))],
    ['destroyed', from('focus', 'unavailable', self({ destroy: { reason: 'over' } }))],
    ['left', from('focus', 'unavailable', self())],
  ] as const)('it ends: %s', async (end, presence) => {
    const connection = new ScriptedConnection();
    const room = await inside(connection);
    const ends = record(room, 'ended');
    connection.hear(presence);
    connection.hear(from('ann', undefined, user()));
    expect(ends).toEqual([end]);
    expect(room.ended).toBe(end);
    expect(room.occupants.size).toBe(0);
  });

  it('it survives a resumed session and ends with a new one', async () => {
    const connection = new ScriptedConnection();
    const room = await inside(connection);
    connection.reconnect(true);
    expect(room.ended).toBeUndefined();
    connection.reconnect(false);
    expect(room.ended).toBe('disconnected');
  });
});

describe('staying in a room', () => {
  const stay = (connection: XmppConnection) =>
    stayInRoom(connection, { room: 'room@muc.test', nick: 'focus', retryMs: 5, log });
  const isJoin = (stanza: Element) => stanza.getChild('x', NS.muc) !== undefined;

  it('enters again, with the latest presence, after a new session', async () => {
    const connection = new ScriptedConnection();
    const membership = stay(connection);
    const entered = new Promise((resolve) => membership.on('entered', resolve));
    connection.hear(from('focus', undefined, self()));
    await entered;
    membership.setPresence([el('stats')]);
    connection.reconnect(false);
    expect(membership.current).toBeUndefined();
    const again = connection.sent.at(-1)!;
    expect(isJoin(again)).toBe(true);
    expect(again.getChild('stats')).toBeDefined();
  });

  it('tries again when it is refused', async () => {
    const connection = new ScriptedConnection();
    const membership = stay(connection);
    const failed = new Promise((resolve) => membership.on('failed', resolve));
    const error = el('error', { type: 'cancel' }, el('not-allowed', { xmlns: NS.stanzaErrors }));
    connection.hear(from('focus', 'error', error));
    expect(await failed).toMatchObject({ kind: 'error', error: { condition: 'not-allowed' } });
    await connection.sentCount(2);
    expect(isJoin(connection.sent.at(-1)!)).toBe(true);
    membership.leave();
  });

  it('leaves for good', async () => {
    const connection = new ScriptedConnection();
    const membership = stay(connection);
    const entered = new Promise((resolve) => membership.on('entered', resolve));
    connection.hear(from('focus', undefined, self()));
    await entered;
    membership.leave();
    expect(attribute(connection.sent.at(-1)!, 'type')).toBe('unavailable');
    const count = connection.sent.length;
    connection.reconnect(false);
    expect(connection.sent).toHaveLength(count);
  });
});
