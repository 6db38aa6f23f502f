import type { Element } from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import { configures, done, garden, join, refusal, room } from '../muc/testing/verona.js';
import type { Actor, Stage } from '../muc/testing/stage.js';
import { mucArchive } from './muc-archive.js';

const namespace = 'urn:xmpp:mam:2';
let stage: Stage;
let romeo: Actor;
let juliet: Actor;

beforeEach(() => {
  ({ stage, romeo, juliet } = garden());
  stage.load(mucArchive);
});

const settles = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const archives = (on: boolean): void => {
  configures(romeo, { 'muc#roomconfig_enablearchiving': on ? '1' : '0' });
  stage.everybodyIgnoresAll();
};
const says = (who: Actor, id: string, inside = `<body>${id}</body>`): void =>
  who.sends(`<message type='groupchat' id='${id}' to='${room}'>${inside}</message>`);
const asks = async (who: Actor, inside = ''): Promise<void> => {
  who.ignoresAll();
  who.sends(`<iq type='set' id='q' to='${room}'><query xmlns='${namespace}'>${inside}</query></iq>`);
  await settles();
};

async function found(who: Actor, inside = ''): Promise<Element[]> {
  await asks(who, inside);
  const fin = who.inbox.pop();
  expect(fin?.getChild('fin', namespace)).toBeDefined();
  return who.inbox.splice(0).map((message) => message.getChild('result', namespace) ?? message);
}

const inside = (result: Element | undefined): Element | undefined =>
  result?.getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message', 'jabber:client');
const idsOf = (results: readonly Element[]): string =>
  results.map((each) => String(inside(each)?.attrs['id'])).join('');

describe('the archive of a room', () => {
  it('is kept only when its owner wants it', async () => {
    says(juliet, '1');
    await asks(juliet);
    juliet.ignoresAll();
    await asks(romeo);
    romeo.receives(refusal('iq', 'cancel', 'service-unavailable'));
    archives(true);
    says(juliet, '2');
    expect(idsOf(await found(romeo))).toBe('2');
  });

  it('has what was said, as it was heard, under the id that it was heard with', async () => {
    archives(true);
    says(juliet, '1');
    says(romeo, '2', "<composing xmlns='http://jabber.org/protocol/chatstates'/>");
    says(romeo, '3', '<subject>Gardens</subject>');
    const heard = romeo.receives("<message id='1' type='groupchat'><body>1</body></message>");
    const results = await found(juliet);
    expect(idsOf(results)).toBe('1');
    expect(results[0]?.attrs['id']).toBe(heard.getChild('stanza-id', 'urn:xmpp:sid:0')?.attrs['id']);
    const message = inside(results[0]);
    expect(message?.attrs).toMatchObject({ from: `${room}/juliet`, type: 'groupchat' });
    expect(message?.getChild('occupant-id')?.attrs).toEqual(heard.getChild('occupant-id')?.attrs);
  });

  it('has nothing that is too large', async () => {
    ({ stage, romeo, juliet } = garden());
    stage.load(mucArchive, { maxItemSize: 1000 });
    archives(true);
    says(juliet, '1', `<body>${'x'.repeat(1000)}</body>`);
    says(juliet, '2');
    juliet.receives("<message id='1'/>");
    expect(idsOf(await found(juliet))).toBe('2');
  });

  it('is read page by page, and by occupant', async () => {
    archives(true);
    for (const id of '1234') says(Number(id) % 2 === 0 ? romeo : juliet, id);
    expect(
      idsOf(await found(juliet, "<set xmlns='http://jabber.org/protocol/rsm'><max>2</max><before/></set>")),
    ).toBe('34');
    const form = `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>${namespace}</value></field><field var='with'><value>${room}/romeo</value></field></x>`;
    expect(idsOf(await found(juliet, form))).toBe('24');
    juliet.sends(`<iq type='get' id='m' to='${room}'><metadata xmlns='${namespace}'/></iq>`);
    await settles();
    juliet.receives(`<iq type='result' id='m'><metadata><start/><end/></metadata></iq>`);
    juliet.sends(`<iq type='get' id='m' to='${room}'><query xmlns='${namespace}'/></iq>`);
    await settles();
    juliet.receives(`<iq type='result' id='m'><query><x type='form'/></query></iq>`);
  });

  it.each([
    ['anyone', true],
    ['moderators', false],
  ])('shows real addresses where %s may see them', async (whois, shown) => {
    archives(true);
    configures(romeo, { 'muc#roomconfig_whois': whois });
    says(romeo, '1');
    const address = (result: Element | undefined): unknown =>
      inside(result)?.getChild('x', 'http://jabber.org/protocol/muc#user')?.getChild('item')?.attrs['jid'];
    expect(address((await found(juliet))[0])).toBe(shown ? 'romeo@verona.lit' : undefined);
    expect(address((await found(romeo))[0])).toBe('romeo@verona.lit');
  });

  it('is for those in the room and its members only', async () => {
    archives(true);
    says(juliet, '1');
    const tybalt = stage.actor('tybalt@verona.lit/x');
    await asks(tybalt);
    tybalt.receives(refusal('iq', 'auth', 'forbidden'));
    tybalt.receivesNothing();
    juliet.leaves(room);
    await asks(juliet);
    juliet.receives(refusal('iq', 'auth', 'forbidden'));
    romeo.sends(
      `<iq type='set' id='a' to='${room}'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='juliet@verona.lit'/><item affiliation='outcast' jid='tybalt@verona.lit'/></query></iq>`,
    );
    expect(idsOf(await found(juliet))).toBe('1');
    await asks(tybalt);
    tybalt.receives(refusal('iq', 'auth', 'forbidden'));
  });

  it('gives nothing more to whom was thrown out while it was read', async () => {
    archives(true);
    says(juliet, '1');
    juliet.ignoresAll();
    juliet.sends(`<iq type='set' id='q' to='${room}'><query xmlns='${namespace}'/></iq>`);
    juliet.leaves(room);
    juliet.ignoresAll();
    await settles();
    expect(juliet.inbox.some(({ name }) => name === 'message')).toBe(false);
  });

  it('ends with the meeting', async () => {
    archives(true);
    says(juliet, '1');
    juliet.leaves(room);
    romeo.leaves(room);
    stage.everybodyIgnoresAll();
    romeo.sends(join('romeo'));
    archives(true);
    expect(await found(romeo)).toEqual([]);
  });

  it('ends when its owner wants it no longer', async () => {
    archives(true);
    says(juliet, '1');
    archives(false);
    archives(true);
    expect(await found(romeo)).toEqual([]);
  });

  it('is announced: to those in the room, to newcomers, and by service discovery', () => {
    const status = (code: number): string =>
      `<x xmlns='http://jabber.org/protocol/muc#user'><status code='${code}'/></x>`;
    configures(romeo, { 'muc#roomconfig_enablearchiving': '1' });
    juliet.receives(`<message type='groupchat'>${status(170)}</message>`);
    const nurse = stage.actor('nurse@verona.lit/x');
    nurse.sends(join('nurse'));
    expect(nurse.inbox.some((stanza) => stanza.toString().includes('code="170"'))).toBe(true);
    stage.everybodyIgnoresAll();
    juliet.sends(
      `<iq type='get' id='d' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
    );
    juliet.receives(
      `<iq type='result'><query><feature var='${namespace}'/><feature var='${namespace}#extended'/></query></iq>`,
    );
    configures(romeo, { 'muc#roomconfig_enablearchiving': '0' });
    juliet.receives(`<message type='groupchat'>${status(171)}</message>`);
  });

  it('is no field of the configuration once the module is gone', () => {
    stage.unload();
    const again = garden();
    again.romeo.sends(
      `<iq type='get' id='c' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>`,
    );
    expect(again.romeo.receives(done).toString()).not.toContain('enablearchiving');
  });
});

describe('what was taken back', () => {
  const retracted = 'urn:xmpp:message-retract:1';
  const stableId = (message: Element | undefined): string =>
    String(message?.getChild('stanza-id', 'urn:xmpp:sid:0')?.attrs['id']);
  /** Juliet says something; answers the id by which it is known. */
  const insults = (inside = ''): string => {
    romeo.ignoresAll();
    says(juliet, '1', `<body>Villain</body>${inside}`);
    return stableId(romeo.inbox.at(-1));
  };
  const moderates = (id: string): void =>
    romeo.sends(`
      <iq type='set' id='m' to='${room}'><moderate xmlns='urn:xmpp:message-moderate:1' id='${id}'>
        <retract xmlns='${retracted}'/><reason>Rude</reason></moderate></iq>`);

  it('by a moderator leaves a tombstone, and the word that it was', async () => {
    archives(true);
    const id = insults();
    moderates(id);
    const [tombstone, word, ...more] = await found(romeo);
    expect(more).toEqual([]);
    expect(tombstone?.attrs['id']).toBe(id);
    expect(tombstone?.toString()).not.toContain('Villain');
    const stone = inside(tombstone)?.getChild('retracted', retracted);
    expect(stone?.getChild('moderated')?.attrs['by']).toBe(`${room}/romeo`);
    expect(stone?.getChildText('reason')).toBe('Rude');
    expect(inside(tombstone)?.getChild('occupant-id')).toBeDefined();
    expect(inside(word)?.getChild('retract', retracted)?.attrs['id']).toBe(id);
    expect(inside(word)?.attrs['id']).toBe(stone?.attrs['id']);
  });

  it('by its author leaves a tombstone as well; nobody else can', async () => {
    archives(true);
    const id = insults();
    says(romeo, 'theirs', `<retract xmlns='${retracted}' id='${id}'/>`);
    expect((await found(romeo)).map(String).join('')).toContain('Villain');
    says(juliet, 'own', `<retract xmlns='${retracted}' id='${id}'/>`);
    const results = await found(romeo);
    expect(results.map(String).join('')).not.toContain('Villain');
    expect(inside(results[0])?.getChild('retracted', retracted)?.attrs['id']).toBe('own');
  });

  it('stays the moderator’s, and does not hide behind a tombstone of its own', async () => {
    archives(true);
    const id = insults(`<retracted xmlns='${retracted}' id='0'/>`);
    moderates(id);
    says(juliet, 'own', `<retract xmlns='${retracted}' id='${id}'/>`);
    const [tombstone] = await found(romeo);
    expect(inside(tombstone)?.getChildren('retracted', retracted)).toHaveLength(1);
    expect(tombstone?.toString()).toMatch(/^(?!.*Villain).*Rude/s);
  });

  it('is announced: there are tombstones', () => {
    archives(true);
    juliet.sends(
      `<iq type='get' id='d' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
    );
    juliet.receives(
      `<iq><query><feature var='${retracted}'/><feature var='${retracted}#tombstone'/></query></iq>`,
    );
  });
});
