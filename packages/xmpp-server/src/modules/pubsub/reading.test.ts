/** Items, told by who reads them (XEP-0060 s.6.5). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answer,
  asks,
  done,
  enter,
  entry,
  error,
  get,
  juliet,
  news,
  publish,
  romeo,
  stage,
} from '../../testing/pubsub-scene.js';

beforeEach(() => enter());
afterEach(() => stage.close());

describe('reading (s.6.5)', () => {
  const rsm = (payload: string, attributes = '') =>
    get(`<items node='news' ${attributes}/><set xmlns='http://jabber.org/protocol/rsm'>${payload}</set>`);
  const page = (ids: readonly string[], count = 5) =>
    answer(
      `<items>${ids.map((id) => entry(id)).join('')}</items><set>${ids.length === 0 ? '' : `<first>${ids[0] ?? ''}</first><last>${ids.at(-1) ?? ''}</last>`}<count>${count}</count></set>`,
    );

  beforeEach(async () => {
    await news();
    for (const id of ['1', '2', '3', '4', '5']) await juliet.sends(publish(id));
    juliet.ignoresAll();
  });

  it.each([
    ['the first page', rsm('<max>2</max>'), page(['1', '2'])],
    ['the next', rsm('<max>2</max><after>2</after>'), page(['3', '4'])],
    ['the last', rsm('<max>2</max><before/>'), page(['4', '5'])],
    ['the one before', rsm('<max>2</max><before>4</before>'), page(['2', '3'])],
    ['the count', rsm('<max>0</max>'), page([])],
    ['beyond the end', rsm('<after>5</after>'), page([])],
    ['a page of the newest', rsm('<max>1</max>', "max_items='3'"), page(['3'], 3)],
    ['beside what is not there', rsm('<after>9</after>'), error('cancel', 'item-not-found')],
    ['by number', rsm('<max>1</max><index>2</index>'), error('modify', 'bad-request')],
    [
      'the newest',
      get("<items node='news' max_items='2'/>"),
      answer(`<items>${entry('4')}${entry('5')}</items>`),
    ],
    [
      'some',
      get("<items node='news'><item id='2'/><item id='9'/></items>"),
      answer(`<items>${entry('2')}</items>`),
    ],
    ['none of those', get("<items node='news'><item id='9'/></items>"), error('cancel', 'item-not-found')],
    ['too few', get("<items node='news' max_items='0'/>"), error('modify', 'bad-request')],
    ['nothing', get('<items/>'), error('modify', 'bad-request', 'nodeid-required')],
    ['what is not there', get("<items node='n'/>"), error('cancel', 'item-not-found')],
  ])('%s', async (_, request, expected) => {
    await romeo.sends(request);
    const got = romeo.receives(expected);
    const items = (stanza: string) => stanza.split('<item ').length;
    if (!expected.includes("type='error'")) expect(items(String(got))).toBe(items(expected));
  });

  it('is cut into pages when it would be too much at once', async () => {
    for (let i = 0; i < 5; i++) await juliet.sends(publish('x'.repeat(60_000), `big${i}`));
    await romeo.sends(get("<items node='news'/>"));
    const got = romeo.receives(answer('<items/><set><first>1</first><count>10</count></set>'));
    expect(String(got).length).toBeLessThan(262_144);
  });

  it('waits when it was too much', async () => {
    stage.close();
    await enter({ readPerSecond: 1, readAtOnce: 100 });
    await news();
    await asks(romeo, get("<items node='news'/>"), done);
    await asks(romeo, get("<items node='news'/>"), error('wait', 'resource-constraint'));
  });
});
