/** How archives are read, and what that may cost (XEP-0313 s.4, XEP-0059). */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryStorage } from '../../storage/memory.js';
import { TimeOrderedIds } from '../../storage/time-ordered-id.js';
import { Dialogue } from '../../testing/dialogue.js';
import {
  asks,
  enter,
  field,
  form,
  isRefused,
  juliet,
  namespace,
  refused,
  romeo,
  rsm,
  says,
  stage,
} from '../../testing/archive-scene.js';

beforeEach(() => enter());
afterEach(() => stage.close());

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
    await enter({ maxItems: 3 });
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
    await enter({ maxPageSize: 4, pageSize: 3, maxPageCharacters: 2000 });
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
    await enter({ reading: { bytesPerSecond: 1, burst: 10_000 }, queryCost: 4000 });
    await asks(juliet);
    await asks(juliet);
    await asks(juliet);
    const { iq } = await asks(juliet);
    expect(iq.getChild('error')?.attrs['type']).toBe('wait');
    expect((await asks(romeo)).iq.attrs['type']).toBe('result');
  });
});
