/** Items, told by who publishes them and takes them back (XEP-0060 s.7). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../storage/memory.js';
import {
  affiliate,
  answer,
  asks,
  configure,
  done,
  enter,
  entry,
  error,
  event,
  form,
  get,
  juliet,
  news,
  prince,
  publish,
  romeo,
  service,
  set,
  stage,
  subscribe,
} from '../../testing/pubsub-scene.js';
import { storedItems } from './node.js';

beforeEach(() => enter());
afterEach(() => stage.close());

describe('publishing (s.7)', () => {
  it('is for publishers, and for who the node’s model admits', async () => {
    await news();
    await asks(romeo, publish('1'), error('auth', 'forbidden'));
    await juliet.sends(affiliate(romeo, 'publish-only'));
    await asks(romeo, publish('1'), answer("<publish node='news'><item id='1'/></publish>"));
    await asks(romeo, get("<items node='news'/>"), error('auth', 'forbidden'));
    await juliet.sends(affiliate(romeo, 'none'));
    await juliet.sends(configure({ publish_model: 'subscribers' }));
    await asks(romeo, publish('2'), error('auth', 'forbidden'));
    await romeo.sends(subscribe(romeo));
    romeo.ignoresAll();
    await romeo.sends(publish('2'));
    romeo.receivesAll(answer("<publish><item id='2'/></publish>"), event('<items/>'));
  });

  it.each([
    ['no node', `<publish>${entry('1')}</publish>`, error('modify', 'bad-request', 'nodeid-required')],
    [
      'a node that is not there',
      `<publish node='n'>${entry('1')}</publish>`,
      error('cancel', 'item-not-found'),
    ],
    ['no item', "<publish node='news'/>", error('modify', 'bad-request', 'item-required')],
    [
      'no payload',
      "<publish node='news'><item/></publish>",
      error('modify', 'bad-request', 'payload-required'),
    ],
    [
      'two payloads',
      "<publish node='news'><item><a xmlns='x'/><b xmlns='x'/></item></publish>",
      error('modify', 'bad-request', 'invalid-payload'),
    ],
    [
      'too much',
      `<publish node='news'>${entry('x'.repeat(70_000))}</publish>`,
      error('modify', 'not-acceptable', 'payload-too-big'),
    ],
    [
      'other options than the node’s',
      `<publish node='news'>${entry('1')}</publish><publish-options>${form('publish-options', { access_model: 'whitelist' })}</publish-options>`,
      error('cancel', 'conflict', 'precondition-not-met'),
    ],
    ['a retraction of nothing', "<retract node='news'/>", error('modify', 'bad-request', 'item-required')],
    [
      'a retraction from nowhere',
      "<retract><item id='1'/></retract>",
      error('modify', 'bad-request', 'nodeid-required'),
    ],
    [
      'a retraction of what is not there',
      "<retract node='news'><item id='9'/></retract>",
      error('cancel', 'item-not-found'),
    ],
    [
      'a retraction from what is not there',
      "<retract node='n'><item id='9'/></retract>",
      error('cancel', 'item-not-found'),
    ],
  ])('is refused with %s', async (_, request, expected) => {
    await news();
    await asks(juliet, set(request), expected);
  });

  it('is read by so many ids at once, and no more', async () => {
    await news();
    const asked = (count: number) =>
      get(
        `<items node='news'>${Array.from({ length: count }, (_, i) => `<item id='${i}'/>`).join('')}</items>`,
      );
    await asks(prince, asked(256), error('cancel', 'item-not-found'));
    await asks(prince, asked(257), error('modify', 'bad-request'));
  });

  it('says who has published, where the node is like that', async () => {
    await news({ itemreply: 'publisher', publish_model: 'open' });
    await juliet.sends(subscribe(juliet));
    juliet.ignoresAll();
    await romeo.sends(
      set(
        `<publish node='news'><item id='1' publisher='${prince.bare}'><entry xmlns='urn:x'/></item></publish>`,
      ),
    );
    juliet.receives(event(`<items><item id='1' publisher='${romeo.bare}'/></items>`));
    romeo.ignoresAll();
    await asks(
      romeo,
      get("<items node='news'/>"),
      answer(`<items><item publisher='${romeo.bare}'/></items>`),
    );
  });

  it('says whom replies concern, where the node is like that: its owners', async () => {
    await news({ itemreply: 'owner' });
    await juliet.sends(subscribe(juliet));
    juliet.ignoresAll();
    await prince.sends(publish('1'));
    juliet.receives(
      `<message><event><items><item id='1'/></items></event><addresses xmlns='http://jabber.org/protocol/address'><address type='replyto' jid='${juliet.bare}'/></addresses></message>`,
    );
  });

  it('can be taken back by who did it, and by owners', async () => {
    await news({ publish_model: 'open' });
    await romeo.sends(publish('1'));
    await prince.sends(publish('2'));
    stage.everybodyIgnoresAll();
    const retract = (id: string) => set(`<retract node='news'><item id='${id}'/></retract>`);
    await asks(romeo, retract('2'), error('auth', 'forbidden'));
    await asks(romeo, retract('1'), done);
    await asks(juliet, retract('2'), done);
  });

  it('leaves nothing that has had its time', async () => {
    const storage = new MemoryStorage();
    stage.close();
    await enter({}, storage);
    await news({ item_expire: '60' });
    await juliet.sends(publish('new'));
    juliet.ignoresAll();
    const store = storage.keyval(service, 'pubsub_items', storedItems);
    const [item] = (await store.get('news')) ?? [];
    await store.set('news', [{ ...item!, id: 'old', at: '2020-01-01T00:00:00Z' }, item!]);
    stage.close();
    await enter({}, storage);
    await juliet.sends(get("<items node='news'/>"));
    expect(String(juliet.receives(answer(`<items>${entry('new')}</items>`)))).not.toContain('old');
  });

  it('waits when it has made the server send too much', async () => {
    stage.close();
    await enter({ notificationsPerSecond: 1, notificationsAtOnce: 2 });
    await news();
    await romeo.sends(subscribe(romeo));
    for (let i = 0; i < 3; i++) await juliet.sends(publish(String(i)));
    juliet.ignoresAll();
    await asks(juliet, publish('x'), error('wait', 'resource-constraint'));
  });
});
