/** Conferences outlive the focus: a new process, or a new session of the same one, takes over those whose rooms are still there. */
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StageBridge } from '../stage-bridge.test.support.js';
import type { StageClient } from '../stage-client.test.support.js';
import { ROOM } from '../stage-room.test.support.js';
import { Stage } from '../stage.test.support.js';
import { settled } from '../virtual-clock.test.support.js';
import { Journal, type JournalFile } from './journal.js';

const log = pino({ level: 'silent' });
const HOST = 'host@meet.example/h1';

let stage: Stage;
let bridge: StageBridge;
let clients: StageClient[];

const actions = ({ jingles }: StageClient) => jingles.map(({ action }) => action);
const sids = ({ jingles }: StageClient) => jingles.map(({ sid }) => sid);
const requests = ({ requests: all }: StageBridge) =>
  all.map((request) => (request.expire ? 'expire all' : request.endpoints.map(({ id }) => id).join()));

/** A conference of two, each with a session. */
beforeEach(async () => {
  stage = new Stage();
  bridge = await stage.addBridge();
  await stage.request(HOST);
  clients = [await stage.join('aaaa'), await stage.join('bbbb')];
  for (const client of clients) await stage.jingle(client, 'session-accept');
});

describe('a focus whose session is not resumed', () => {
  it('enters its rooms again and invites everybody anew', async () => {
    const before = clients.map(sids);
    stage.connection.goOffline();
    stage.connection.goOnline(false);
    await settled();
    expect(stage.focus.stats()).toMatchObject({ conferences: 1, participants: 2 });
    for (const [i, client] of clients.entries()) {
      expect(actions(client)).toEqual(['session-initiate', 'session-terminate', 'session-initiate']);
      const [first] = before[i]!;
      expect(sids(client)).toEqual([first, first, expect.not.stringMatching(`^${first!}$`)]);
    }
    expect(requests(bridge).slice(-4)).toEqual(['expire all', 'expire all', 'aaaa', 'bbbb']);
  });

  it('leaves rooms that nobody is in any more', async () => {
    stage.connection.goOffline();
    stage.clients.clear();
    stage.entered.clear();
    stage.connection.goOnline(false);
    await settled();
    expect(stage.focus.stats().conferences).toBe(0);
    expect(stage.entered).not.toContain(ROOM);
    expect(stage.journal).toBe('[]');
  });
});

describe('a new focus', () => {
  /** The old one is gone without a word; another finds what it has written down, and the same room. */
  async function successor({ withClients = true } = {}): Promise<Stage> {
    const file: JournalFile = {
      read: () => Promise.resolve(stage.journal),
      replace: () => Promise.resolve(),
    };
    const next = new Stage({}, await Journal.read(file, log));
    if (withClients) for (const client of clients) next.clients.set(client.jid, client);
    bridge = await next.addBridge();
    await settled();
    return next;
  }

  it('ends the sessions it finds and begins its own', async () => {
    const before = clients.map(sids);
    const next = await successor();
    expect(next.focus.stats()).toMatchObject({ conferences: 1, participants: 2 });
    for (const [i, client] of clients.entries()) {
      expect(actions(client)).toEqual(['session-initiate', 'session-terminate', 'session-initiate']);
      expect(client.jingles[1]).toMatchObject({ sid: before[i]![0], reason: { text: 'moving' } });
      expect(await next.jingle(client, 'session-accept')).toBeUndefined();
    }
  });

  it('has bridges forget what the old one has left there before it begins', async () => {
    await successor();
    expect(requests(bridge)).toEqual(['expire all', 'aaaa', 'bbbb']);
  });

  it('invites who came while there was none', async () => {
    clients.push({ ...clients[0]!, nick: 'cccc', jid: `${ROOM}/cccc`, jingles: [] });
    await successor();
    expect(actions(clients[2]!)).toEqual(['session-initiate']);
  });

  it('lets guests enter what the host of the old one has opened, and nothing that is over', async () => {
    const next = await successor();
    expect((await next.request('guest@guest.meet.example/g')).error).toBeUndefined();
    const later = await successor({ withClients: false });
    expect(later.entered).not.toContain(ROOM);
    expect((await later.request('guest@guest.meet.example/g')).error).toMatchObject({
      condition: 'not-authorized',
    });
  });

  it.each(['', 'null', '{}', '[{"room":1}]', '[{"room":"r"'])('starts with nothing from %j', async (text) => {
    const file: JournalFile = { read: () => Promise.resolve(text), replace: () => Promise.resolve() };
    expect(await Journal.read(file, log)).toEqual([]);
  });
});

describe('the journal', () => {
  it('is empty when no conference runs', async () => {
    expect(stage.journal).toContain(ROOM);
    for (const client of clients) await stage.leave(client);
    await settled();
    expect(stage.journal).toBe('[]');
  });

  it('is kept by a focus that hands over, and emptied by one that stops', async () => {
    await stage.focus.handOver();
    expect(stage.entered).toContain(ROOM);
    expect(stage.journal).toContain(ROOM);
    const other = new Stage();
    await other.request(HOST);
    await other.join('aaaa');
    await other.focus.stop();
    expect(other.entered).not.toContain(ROOM);
    expect(other.journal).toBe('[]');
  });

  it('writes changes that come during a write afterwards, together', async () => {
    const written: string[] = [];
    let finish: (() => void) | undefined;
    const file: JournalFile = {
      read: () => Promise.resolve(undefined),
      replace: (text) => new Promise((resolve) => (written.push(text), (finish = resolve))),
    };
    const running: { room: string; opener: string; wishes: object; sessions: Record<string, string> }[] = [];
    const journal = new Journal(file, () => running, log);
    for (const room of ['one', 'two', 'three']) {
      running.push({ room, opener: 'host', wishes: {}, sessions: {} });
      void journal.changed();
      await settled();
    }
    expect(written).toHaveLength(1);
    finish!();
    await settled();
    finish!();
    await journal.changed();
    expect(written.map((text) => (JSON.parse(text) as unknown[]).length)).toEqual([1, 3]);
  });

  it('goes on after a write that failed', async () => {
    let full = true;
    let kept = '';
    const replace = (text: string) =>
      full ? Promise.reject(new Error('disk full')) : Promise.resolve(void (kept = text));
    const running = [{ room: 'one', opener: 'host', wishes: {}, sessions: {} }];
    const journal = new Journal({ read: () => Promise.resolve(undefined), replace }, () => running, log);
    await journal.changed();
    full = false;
    await journal.changed();
    expect(kept).toContain('one');
  });
});
