import { makeJid, parseJid, type Element } from '@conclave/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configured } from '../host/module-set.js';
import { redeliver } from '../session/redelivery.js';
import { MemoryStorage } from '../storage/memory.js';
import { timeOf, TimeOrderedIds } from '../storage/time-ordered-id.js';
import { Dialogue, withModule, type Actor } from '../testing/dialogue.js';
import { archive } from './archive.js';

const namespace = 'urn:xmpp:mam:2';
let stage: Dialogue;
let romeo: Actor;
let juliet: Actor;

async function open(options: Readonly<Record<string, unknown>> = {}): Promise<void> {
  stage = await Dialogue.open(withModule(configured(archive, { defaultPolicy: 'always', ...options })));
  romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
  juliet = await (await stage.client('juliet', 'balcony')).comesOnline();
}

beforeEach(() => open());
afterEach(() => stage.close());

/** A message by Romeo. */
const says = (text: string, more = '', to = 'juliet@verona.lit', type = 'chat') =>
  romeo.sends(`<message id='${text}' type='${type}' to='${to}'><body>${text}</body>${more}</message>`);

const field = (name: string, ...values: string[]): string =>
  `<field var='${name}'>${values.map((value) => `<value>${value}</value>`).join('')}</field>`;
const form = (...fields: string[]): string =>
  `<x xmlns='jabber:x:data' type='submit'>${field('FORM_TYPE', namespace)}${fields.join('')}</x>`;
const rsm = (inside: string): string => `<set xmlns='http://jabber.org/protocol/rsm'>${inside}</set>`;

interface Answer {
  /** Ids of the archived messages, as they came. */
  readonly found: string;
  readonly ids: string[];
  readonly results: readonly Element[];
  readonly fin: Element | undefined;
  readonly iq: Element;
}

async function asks(who: Actor, inside = '', attributes = ''): Promise<Answer> {
  who.ignoresAll();
  await who.sends(`<iq type='set' id='q'><query xmlns='${namespace}' ${attributes}>${inside}</query></iq>`);
  const iq = who.inbox.pop();
  if (iq?.name !== 'iq') throw new Error('no answer');
  const results = who.inbox.splice(0).map((message) => message.getChild('result', namespace) ?? message);
  const messages = results.map((result) =>
    result.getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message'),
  );
  return {
    found: messages.map((message) => String(message?.attrs['id'])).join(''),
    ids: results.map((result) => String(result.attrs['id'])),
    results,
    fin: iq.getChild('fin', namespace),
    iq,
  };
}

const refused = (condition: string): string =>
  `<iq type='error' id='q'><error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`;

async function isRefused(who: Actor, inside: string, condition: string): Promise<void> {
  who.ignoresAll();
  await who.sends(`<iq type='set' id='q'><query xmlns='${namespace}'>${inside}</query></iq>`);
  who.receives(refused(condition));
  who.receivesNothing();
}

describe('what is archived (XEP-0313 s.5.1)', () => {
  it('is what an account sends and receives, with the id that it was delivered with', async () => {
    await says('1');
    const delivered = juliet.receives("<message id='1'><body>1</body></message>");
    const stableId = delivered.getChild('stanza-id', 'urn:xmpp:sid:0');
    expect(stableId?.attrs['by']).toBe('juliet@verona.lit');
    const hers = await asks(juliet);
    expect(hers.ids).toEqual([stableId?.attrs['id']]);
    const [result] = hers.results;
    const message = result?.getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message', 'jabber:client');
    expect(message?.attrs).toMatchObject({ from: romeo.jid, to: 'juliet@verona.lit', type: 'chat', id: '1' });
    const stamp = String(result?.getChild('forwarded')?.getChild('delay', 'urn:xmpp:delay')?.attrs['stamp']);
    expect(Date.parse(stamp)).toBe(timeOf(String(stableId?.attrs['id'])));

    const his = await asks(romeo);
    expect(his.found).toBe('1');
    expect(his.ids).not.toEqual(hers.ids);
  });

  it('is what came while nobody was there, too', async () => {
    await stage.account('nurse');
    await says('1', '', 'nurse@verona.lit');
    await says('2', '', 'nurse@verona.lit/kitchen');
    const nurse = await stage.client('nurse', 'hall');
    await nurse.sends('<presence/>');
    const messages = nurse.inbox.filter(({ name }) => name === 'message');
    const { found, ids } = await asks(nurse);
    expect(found).toBe('12');
    expect(messages.map((message) => String(message.getChild('stanza-id')?.attrs['id']))).toEqual(ids);
  });

  it('spares who reads it what was kept for those who do not (XEP-0160)', async () => {
    await stage.account('nurse');
    await says('1', '', 'nurse@verona.lit');
    const nurse = await stage.client('nurse', 'hall');
    expect((await asks(nurse)).found).toBe('1');
    await nurse.sends('<presence/>');
    nurse.receives('<presence/>');
    nurse.receivesNothing();
  });

  it.each([
    ['a body', '<body>x</body>', true],
    ['an encrypted text', "<encrypted xmlns='urn:xmpp:omemo:2'/>", true],
    ['a receipt', "<received xmlns='urn:xmpp:receipts' id='1'/>", true],
    ['a marker', "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>", true],
    ['an invitation', "<x xmlns='jabber:x:conference' jid='a@b'/>", true],
    ['a call', "<propose xmlns='urn:xmpp:jingle-message:0' id='a'/>", true],
    ['what is to be stored', "<a xmlns='b'/><store xmlns='urn:xmpp:hints'/>", true],
    ['what is not to be stored', "<body>x</body><no-store xmlns='urn:xmpp:hints'/>", false],
    [
      'what is not to be stored for long',
      "<body>x</body><no-permanent-store xmlns='urn:xmpp:hints'/>",
      false,
    ],
    [
      'what must not be, rather than what is to be',
      "<body>x</body><store xmlns='urn:xmpp:hints'/><no-store xmlns='urn:xmpp:hints'/>",
      false,
    ],
    ['that somebody is typing', "<composing xmlns='http://jabber.org/protocol/chatstates'/>", false],
    ['nothing at all', '', false],
    ['an unknown thing', "<a xmlns='b'/>", false],
  ])('%s: %s', async (_, inside, archived) => {
    await romeo.sends(`<message type='chat' id='1' to='juliet@verona.lit'>${inside}</message>`);
    expect((await asks(juliet)).found).toBe(archived ? '1' : '');
    expect((await asks(romeo)).found).toBe(archived ? '1' : '');
  });

  it.each([
    ['normal', true],
    ['headline', false],
    ['groupchat', false],
  ])('a message of type %s: %s', async (type, archived) => {
    await says('1', '', 'juliet@verona.lit', type);
    expect((await asks(juliet)).found).toBe(archived ? '1' : '');
  });

  it('is an error only where it says what became of a message', async () => {
    await says('1', "<no-store xmlns='urn:xmpp:hints'/>", 'juliet@verona.lit', 'error');
    await romeo.sends(`<message type='error' id='2' to='${juliet.jid}'><body>x</body></message>`);
    expect((await asks(juliet)).found).toBe('2');
    expect((await asks(romeo)).found).toBe('');
  });

  it('is without what was of interest at the moment only', async () => {
    await says('1', "<active xmlns='http://jabber.org/protocol/chatstates'/>");
    juliet.receives("<message><active xmlns='http://jabber.org/protocol/chatstates'/></message>");
    expect((await asks(juliet)).results[0]?.toString()).not.toContain('chatstates');
  });

  it('is kept once when somebody writes to himself', async () => {
    await says('1', '', 'romeo@verona.lit');
    expect((await asks(romeo)).found).toBe('1');
  });

  it('is kept once when a message has to go its way again (XEP-0198)', async () => {
    juliet.session.manage(undefined);
    await says('1');
    await juliet.vanishes();
    redeliver(juliet.session, stage.router);
    await stage.settles();
    const later = await stage.client('juliet', 'later');
    await later.sends('<presence/>');
    const message = later.inbox.find(({ name }) => name === 'message');
    const { found, ids } = await asks(later);
    expect(found).toBe('1');
    expect(message?.getChildren('stanza-id').map(({ attrs }) => String(attrs['id']))).toEqual(ids);
  });

  it('is nothing that is too large', async () => {
    stage.close();
    await open({ maxItemSize: 1000 });
    await says('1', 'x'.repeat(1000));
    juliet.receives("<message id='1'/>");
    expect((await asks(juliet)).found).toBe('');
  });

  it('is nothing of accounts that do not exist, or no longer do', async () => {
    const storage = stage.storage;
    await says('1', '', 'nobody@verona.lit');
    expect(await storage.archive('verona.lit', 'archive').users()).toEqual(['romeo']);
    await says('2');
    await stage.removeAccount('juliet');
    expect(await storage.archive('verona.lit', 'archive').users()).toEqual(['romeo']);
  });

  it('is not what somebody said who is blocked', async () => {
    await juliet.sends(
      "<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='romeo@verona.lit'/></block></iq>",
    );
    await says('1');
    expect((await asks(juliet)).found).toBe('');
  });
});

describe('stable ids (XEP-0359)', () => {
  const forged = (by: string) => `<stanza-id xmlns='urn:xmpp:sid:0' by='${by}' id='forged'/>`;

  it('are given by the own server only', async () => {
    await says('1', `${forged('juliet@verona.lit')}${forged('JULIET@verona.lit')}${forged('elsewhere.lit')}`);
    const message = juliet.receives("<message id='1'/>");
    const ids = message.getChildren('stanza-id').map(({ attrs }) => String(attrs['by']));
    expect(ids.sort()).toEqual(['elsewhere.lit', 'juliet@verona.lit']);
    expect(message.getChildrenByAttr('id', 'forged', 'urn:xmpp:sid:0')).toHaveLength(1);
  });

  it('are not given to what is not archived, nor left there', async () => {
    await says('1', `${forged('juliet@verona.lit')}<no-store xmlns='urn:xmpp:hints'/>`);
    expect(juliet.receives("<message id='1'/>").getChild('stanza-id')).toBeUndefined();
  });

  it('are the same for all clients of the account', async () => {
    const chamber = await (await stage.client('juliet', 'chamber')).comesOnline();
    await says('1');
    const idOf = (actor: Actor): unknown =>
      actor.receives("<message id='1'/>").getChild('stanza-id')?.attrs['id'];
    expect(idOf(juliet)).toBe(idOf(chamber));
  });

  it('leave a message private that is to be (XEP-0280)', async () => {
    const chamber = await (await stage.client('juliet', 'chamber')).comesOnline();
    await chamber.sends("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    chamber.ignoresAll();
    await says('1', "<private xmlns='urn:xmpp:carbons:2'/>", juliet.jid);
    juliet.receives("<message id='1'/>");
    chamber.receivesNothing();
  });
});

describe('pages (XEP-0313 s.4, XEP-0059)', () => {
  let ids: string[];

  beforeEach(async () => {
    for (const text of '12345') await says(text);
    ({ ids } = await asks(juliet));
  });

  it('hold all, if there is not more than a page', async () => {
    const { found, fin, results } = await asks(juliet, '', "queryid='f27'");
    expect(found).toBe('12345');
    expect(results.every(({ attrs }) => attrs['queryid'] === 'f27')).toBe(true);
    expect(fin?.attrs['complete']).toBe('true');
    const set = fin?.getChild('set', 'http://jabber.org/protocol/rsm');
    expect([set?.getChildText('first'), set?.getChildText('last'), set?.getChildText('count')]).toEqual([
      ids[0],
      ids[4],
      '5',
    ]);
  });

  it('follow one another forwards', async () => {
    const first = await asks(juliet, rsm('<max>2</max>'));
    expect([first.found, first.fin?.attrs['complete']]).toEqual(['12', undefined]);
    const second = await asks(juliet, rsm(`<max>2</max><after>${ids[1] ?? ''}</after>`));
    expect([second.found, second.fin?.attrs['complete']]).toEqual(['34', undefined]);
    const third = await asks(juliet, rsm(`<max>2</max><after>${ids[3] ?? ''}</after>`));
    expect([third.found, third.fin?.attrs['complete']]).toEqual(['5', 'true']);
    const none = await asks(juliet, rsm(`<max>2</max><after>${ids[4] ?? ''}</after>`));
    expect([none.found, none.fin?.attrs['complete']]).toEqual(['', 'true']);
  });

  it('follow one another backwards, each the oldest first', async () => {
    const last = await asks(juliet, rsm('<max>2</max><before/>'));
    expect([last.found, last.fin?.attrs['complete']]).toEqual(['45', undefined]);
    const before = await asks(juliet, rsm(`<max>3</max><before>${ids[3] ?? ''}</before>`));
    expect([before.found, before.fin?.attrs['complete']]).toEqual(['123', 'true']);
  });

  it('can be turned round', async () => {
    expect((await asks(juliet, `${rsm('<max>2</max><before/>')}<flip-page/>`)).found).toBe('54');
  });

  it('of no items say how many there are', async () => {
    const { found, fin } = await asks(juliet, rsm('<max>0</max>'));
    expect([found, fin?.getChild('set')?.getChildText('count')]).toEqual(['', '5']);
    expect(fin?.attrs['complete']).toBeUndefined();
  });

  it.each([
    ['whom it was with', () => field('with', 'romeo@verona.lit'), '12345'],
    ['the client it was with', () => field('with', 'romeo@verona.lit/orchard'), '12345'],
    ['a client it was not with', () => field('with', 'romeo@verona.lit/other'), ''],
    ['the time', () => field('start', '2020-01-01T00:00:00Z'), '12345'],
    ['a time that has passed', () => field('end', '2020-01-01T00:00:00.5+01:00'), ''],
    ['what comes after', () => field('after-id', ids[1] ?? ''), '345'],
    ['what comes before', () => field('before-id', ids[3] ?? ''), '123'],
    ['what lies between', () => field('before-id', ids[3] ?? '') + field('after-id', ids[0] ?? ''), '23'],
    ['ids', () => field('ids', ids[1] ?? '', ids[3] ?? ''), '24'],
  ])('can be narrowed by %s', async (_, fields, expected) => {
    const { found, fin } = await asks(juliet, form(fields()));
    expect(found).toBe(expected);
    expect(fin?.getChild('set')?.getChildText('count')).toBe(String(expected.length));
  });

  it('are narrowed by form and page together', async () => {
    const within = form(field('after-id', ids[0] ?? ''), field('before-id', ids[4] ?? ''));
    expect((await asks(juliet, within + rsm('<max>2</max><before/>'))).found).toBe('34');
    expect((await asks(juliet, within + rsm(`<max>2</max><after>${ids[1] ?? ''}</after>`))).found).toBe('34');
  });

  it.each([
    ['an unknown field', () => form(field('color', 'red')), 'feature-not-implemented'],
    ['a field of every object', () => form(field('constructor', 'x')), 'feature-not-implemented'],
    ['a form about something else', () => form().replace(namespace, 'other'), 'bad-request'],
    ['a form that is none', () => form().replace('submit', 'nonsense'), 'bad-request'],
    ['a time that is none', () => form(field('start', 'yesterday')), 'bad-request'],
    ['a JID that is none', () => form(field('with', '@')), 'bad-request'],
    ['a number that is none', () => rsm('<max>many</max>'), 'bad-request'],
    ['a negative number', () => rsm('<max>-1</max>'), 'bad-request'],
    ['two directions', () => rsm('<before/><after>x</after>'), 'bad-request'],
    ['a page by number', () => rsm('<index>1</index>'), 'bad-request'],
    ['too many ids', () => form(field('ids', ...Array.from({ length: 200 }, String))), 'bad-request'],
    ['an id after which nothing is known', () => rsm('<after>unknown</after>'), 'item-not-found'],
    ['an id before which nothing is known', () => rsm('<before>unknown</before>'), 'item-not-found'],
    ['ids that are not there', () => form(field('ids', ids[0] ?? '', 'unknown')), 'item-not-found'],
    ['a bound that is not there', () => form(field('after-id', 'unknown')), 'item-not-found'],
  ])('cannot be had with %s', async (_, inside, condition) => {
    await isRefused(juliet, inside(), condition);
  });

  it('are nobody else’s', async () => {
    for (const [type, what] of [
      ['set', 'query'],
      ['get', 'query'],
      ['get', 'prefs'],
      ['set', 'prefs'],
      ['get', 'metadata'],
    ]) {
      for (const to of ['juliet@verona.lit', 'nobody@verona.lit']) {
        romeo.ignoresAll();
        await romeo.sends(
          `<iq type='${type ?? ''}' id='q' to='${to}'><${what ?? ''} xmlns='${namespace}'/></iq>`,
        );
        romeo.receives(refused('forbidden'));
      }
    }
    const guest = stage.stranger('x@guest.verona.lit/y');
    await guest.sends(`<iq type='set' id='q'><query xmlns='${namespace}'/></iq>`);
    guest.receives(refused('service-unavailable'));
  });

  it('and their ends can be asked for', async () => {
    await juliet.sends(`<iq type='get' id='m'><metadata xmlns='${namespace}'/></iq>`);
    juliet.receives(
      `<iq type='result' id='m'><metadata xmlns='${namespace}'><start id='${ids[0] ?? ''}'/><end id='${ids[4] ?? ''}'/></metadata></iq>`,
    );
    await juliet.sends(`<iq type='get' id='m'><query xmlns='${namespace}'/></iq>`);
    juliet.receives(
      `<iq type='result'><query xmlns='${namespace}'><x type='form'><field var='with'/><field var='ids'/></x></query></iq>`,
    );
  });
});

describe('the cost of an archive', () => {
  it('has its bounds: the oldest items go', async () => {
    stage.close();
    await open({ maxItems: 3 });
    for (const text of '12345') await says(text);
    const { found } = await asks(juliet);
    expect(['345', '2345']).toContain(found);
  });

  it('has its time', async () => {
    const storage = new MemoryStorage();
    const store = storage.archive('verona.lit', 'archive');
    const day = 86_400_000;
    const ids = new TimeOrderedIds();
    for (const age of [31 * day, 29 * day]) {
      const value = `<message xmlns='jabber:client' id='${age / day}'/>`;
      await store.append('juliet', { id: ids.next(Date.now() - age), with: 'romeo@verona.lit', value });
    }
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    const stages = await Dialogue.open(undefined, storage);
    await stages.settles();
    expect(await store.count('juliet', {})).toBe(1);
    vi.advanceTimersByTime(2 * day);
    await stages.settles();
    expect(await store.count('juliet', {})).toBe(0);
    stages.close();
    await store.append('juliet', { id: ids.next(0), with: 'romeo@verona.lit', value: '' });
    vi.advanceTimersByTime(day);
    expect(await store.count('juliet', {})).toBe(1);
    vi.useRealTimers();
  });

  it('of a page has its bounds in number and size', async () => {
    stage.close();
    await open({ maxPageSize: 4, pageSize: 3, maxPageCharacters: 2000 });
    for (const text of '12345') await says(text);
    expect((await asks(juliet)).found).toBe('123');
    const { found, fin } = await asks(juliet, rsm('<max>1000000</max>'));
    expect([found, fin?.attrs['complete']]).toEqual(['1234', undefined]);
    await says('6', 'x'.repeat(5000));
    await says('7', 'x'.repeat(5000));
    const last = await asks(juliet, rsm('<before/>'));
    expect([last.found, last.fin?.attrs['complete']]).toEqual(['7', undefined]);
  });

  it('of reading is limited for each person', async () => {
    stage.close();
    await open({ reading: { bytesPerSecond: 1, burst: 10_000 }, queryCost: 4000 });
    await asks(juliet);
    await asks(juliet);
    await asks(juliet);
    const { iq } = await asks(juliet);
    expect(iq.getChild('error')?.attrs['type']).toBe('wait');
    expect((await asks(romeo)).iq.attrs['type']).toBe('result');
  });
});

describe('preferences (XEP-0441)', () => {
  it('are to keep nothing, unless the operator or the account says otherwise', async () => {
    stage.close();
    stage = await Dialogue.open();
    romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
    juliet = await (await stage.client('juliet', 'balcony')).comesOnline();
    await says('1');
    await wishes('always');
    await says('2');
    expect((await asks(romeo)).found).toBe('');
    expect((await asks(juliet)).found).toBe('2');
  });

  const prefs = (policy: string, always = '', never = ''): string => {
    const list = (name: string, jid: string) => `<${name}>${jid === '' ? '' : `<jid>${jid}</jid>`}</${name}>`;
    return `<prefs xmlns='${namespace}' default='${policy}'>${list('always', always)}${list('never', never)}</prefs>`;
  };
  const wishes = (policy: string, always = '', never = ''): Promise<void> =>
    juliet.sends(`<iq type='set' id='p'>${prefs(policy, always, never)}</iq>`);

  it('are kept, and told', async () => {
    await juliet.sends(`<iq type='get' id='p'><prefs xmlns='${namespace}'/></iq>`);
    juliet.receives(`<iq type='result' id='p'>${prefs('always')}</iq>`);
    await wishes('roster', 'a@b.lit', 'c@d.lit/e');
    juliet.receives(`<iq type='result' id='p'>${prefs('roster', 'a@b.lit', 'c@d.lit/e')}</iq>`);
    await juliet.sends(`<iq type='get' id='p'><prefs xmlns='${namespace}'/></iq>`);
    juliet.receives(`<iq type='result' id='p'>${prefs('roster', 'a@b.lit', 'c@d.lit/e')}</iq>`);
  });

  it.each([
    ['never', '', '', ''],
    ['never', 'romeo@verona.lit', '', '12'],
    ['always', '', 'romeo@verona.lit', ''],
    ['always', '', 'romeo@verona.lit/elsewhere', '12'],
    ['roster', '', '', ''],
    ['roster', 'romeo@verona.lit/orchard', '', '12'],
  ])('%s, but always %j and never %j: %j', async (policy, always, never, found) => {
    await wishes(policy, always, never);
    juliet.ignoresAll();
    await says('1');
    // With her preferences still to be read.
    await says('2');
    const ids = juliet.inbox.map(({ attrs }) => String(attrs['id'])).join('');
    expect(ids).toBe('12');
    expect(
      juliet.inbox.every((message) => (message.getChild('stanza-id') === undefined) === (found === '')),
    ).toBe(true);
    expect((await asks(juliet)).found).toBe(found);
    expect((await asks(romeo)).found).toBe('12');
  });

  it('count contacts where contacts count', async () => {
    await juliet.sends(
      "<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='romeo@verona.lit'/></query></iq>",
    );
    await wishes('roster');
    await says('1');
    expect((await asks(juliet)).found).toBe('1');
  });

  it.each([
    ['no policy', prefs('sometimes'), 'bad-request'],
    ['no JID', prefs('always', '@'), 'jid-malformed'],
    [
      'too many',
      `<prefs xmlns='${namespace}' default='always'><never>${Array.from({ length: 201 }, (_, i) => `<jid>a${i}@b</jid>`).join('')}</never></prefs>`,
      'resource-constraint',
    ],
  ])('that are %s are refused', async (_, xml, condition) => {
    await juliet.sends(`<iq type='set' id='q'>${xml}</iq>`);
    juliet.receives(refused(condition));
  });
});

it('is what service discovery tells of accounts (XEP-0313 s.8)', async () => {
  await juliet.sends("<iq type='get' id='d'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
  juliet.receives(
    `<iq type='result'><query><feature var='${namespace}'/><feature var='${namespace}#extended'/><feature var='urn:xmpp:sid:0'/></query></iq>`,
  );
});

it('makes no difference to order: what waits for preferences waits in line', async () => {
  await stage.account('nurse');
  const nurse = stage.stranger(makeJid('nurse', 'verona.lit', 'hall').toString());
  expect(parseJid(nurse.jid).local).toBe('nurse');
  await nurse.sends('<presence/>');
  nurse.ignoresAll();
  for (const text of '123') void says(text, '', 'nurse@verona.lit');
  await stage.settles();
  await stage.settles();
  expect(nurse.inbox.map(({ attrs }) => String(attrs['id'])).join('')).toBe('123');
});
