import { attribute, type Element } from '@conclave/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { configured } from '../host/module-set.js';
import { Dialogue, withModule, type Actor } from '../testing/dialogue.js';
import { Patience } from './push/patience.js';
import { push } from './push.js';

const namespace = 'urn:xmpp:push:0';
let stage: Dialogue;
let romeo: Actor;
let juliet: Actor;
let service: Actor;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  stage = await Dialogue.open(withModule(configured(push, { maxRegistrations: 2, maxErrors: 3 })));
  romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
  juliet = await stage.client('juliet', 'balcony');
  service = await stage.client('push', 'service');
});

afterEach(() => {
  stage.close();
  vi.useRealTimers();
});

const enables = (jid: string, node = '', form = ''): Promise<void> =>
  juliet.sends(
    `<iq type='set' id='e'><enable xmlns='${namespace}' jid='${jid}' node='${node}'>${form}</enable></iq>`,
  );
const says = (inside = '<body>Secret</body>'): Promise<void> =>
  romeo.sends(`<message type='chat' to='juliet@verona.lit'>${inside}</message>`);

/** What the service is told, when all that is due has been sent. */
async function told(milliseconds = 1_000): Promise<Element[]> {
  await stage.settles();
  vi.advanceTimersByTime(milliseconds);
  await stage.settles();
  return service.inbox.splice(0);
}

const answers = async (iq: Element | undefined, type: 'result' | 'error'): Promise<void> => {
  const id = attribute(iq ?? expect.fail(), 'id') ?? '';
  await service.sends(`<iq type='${type}' id='${id}' to='juliet@verona.lit'/>`);
};

describe('a push service (XEP-0357)', () => {
  it('is told that something waits, and neither what nor from whom', async () => {
    await enables(
      service.jid,
      'abc',
      "<x xmlns='jabber:x:data' type='submit'><field var='secret'><value>s</value></field></x>",
    );
    juliet.receives("<iq type='result' id='e'/>");
    await says();
    await says();
    const [iq, ...more] = await told();
    expect(more).toEqual([]);
    expect(iq?.attrs).toMatchObject({ type: 'set', from: 'juliet@verona.lit', to: service.jid });
    const pubsub = iq?.getChild('pubsub', 'http://jabber.org/protocol/pubsub');
    expect(pubsub?.getChild('publish')?.attrs['node']).toBe('abc');
    const text = iq?.toString() ?? '';
    expect(text).toContain('<field var="message-count"><value>2</value></field>');
    expect(text).toContain('<publish-options><x xmlns="jabber:x:data" type="submit"><field var="secret">');
    expect(text).not.toContain('Secret');
    expect(text).not.toContain('romeo');
  });

  it('is told of what comes for a client that has lost its connection', async () => {
    await enables(service.jid);
    await juliet.comesOnline();
    await says();
    expect(await told()).toEqual([]);
    juliet.session.manage('id');
    juliet.session.lose(juliet);
    await says();
    expect(await told()).toHaveLength(1);
  });

  it('is not told of what nobody would read', async () => {
    await enables(service.jid);
    await says("<composing xmlns='http://jabber.org/protocol/chatstates'/>");
    expect(await told()).toEqual([]);
  });

  it('is told no more when the client does not want it', async () => {
    await enables(service.jid, 'a');
    await enables(service.jid, 'b');
    await says();
    expect(await told()).toHaveLength(2);
    await juliet.sends(
      `<iq type='set' id='d'><disable xmlns='${namespace}' jid='${service.jid}' node='a'/></iq>`,
    );
    await says();
    expect((await told()).map((iq) => iq.toString().includes('node="b"'))).toEqual([true]);
    await juliet.sends(`<iq type='set' id='d'><disable xmlns='${namespace}' jid='${service.jid}'/></iq>`);
    await says();
    expect(await told()).toEqual([]);
  });

  it('is one of a few: the oldest makes room', async () => {
    for (const node of 'abca') await enables(service.jid, node);
    await says();
    const nodes = (await told()).map(
      (iq) => iq.getChild('pubsub')?.getChild('publish')?.attrs['node'] as string,
    );
    expect(nodes).toEqual(['c', 'a']);
  });

  it.each(['', '@', 'juliet@verona.lit', 'juliet@verona.lit/balcony'])('cannot be %j', async (jid) => {
    await enables(jid);
    juliet.receives("<iq type='error' id='e'><error type='modify'><bad-request/></error></iq>");
  });

  it('cannot have as much to be given back as it likes', async () => {
    await enables(service.jid, 'a'.repeat(2000));
    juliet.receives("<iq type='error' id='e'><error><not-acceptable/></error></iq>");
  });

  it('that fails is left alone for a while, then forgotten', async () => {
    await enables(service.jid);
    const tries = async (pause: number): Promise<Element[]> => {
      vi.advanceTimersByTime(pause);
      await says();
      return told();
    };
    const [first] = await tries(0);
    await answers(first, 'error');
    expect(await tries(0)).toEqual([]);
    const [second] = await tries(5_000);
    await answers(second, 'error');
    expect(await tries(5_000)).toEqual([]);
    const [third] = await tries(10_000);
    await answers(third, 'error');
    await stage.settles();
    expect(await tries(3_600_000)).toEqual([]);
    expect(await stage.storage.keyval('verona.lit', 'push', z.unknown()).get('juliet')).toBeUndefined();
  });

  it('that works again is trusted again', async () => {
    await enables(service.jid);
    for (const type of ['error', 'error', 'result', 'error', 'error', 'result'] as const) {
      vi.advanceTimersByTime(60_000);
      await says();
      const [iq] = await told();
      await answers(iq, type);
    }
    expect(await stage.storage.keyval('verona.lit', 'push', z.unknown()).get('juliet')).toHaveLength(1);
  });

  it('is nothing that others can choose', async () => {
    await romeo.sends(
      `<iq type='set' id='x' to='juliet@verona.lit'><enable xmlns='${namespace}' jid='${service.jid}'/></iq>`,
    );
    romeo.receives("<iq type='error' id='x'/>");
    await says();
    expect(await told()).toEqual([]);
  });
});

it('patience grows, to a point', () => {
  const patience = new Patience({ first: 10, longest: 35, most: 5 });
  for (const pause of [10, 20, 35, 35]) {
    expect(patience.failed('s', 0)).toBe(true);
    expect([patience.mayTry('s', pause - 1), patience.mayTry('s', pause)]).toEqual([false, true]);
  }
  expect(patience.failed('s', 0)).toBe(false);
});
