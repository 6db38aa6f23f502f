/** The publish-subscribe service, told by an owner, a reader and an administrator (XEP-0060 s.5 to s.8). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { choose } from '../host/module-choice.js';
import { configured } from '../host/module-set.js';
import { conferencingLayout } from '../layout.js';
import { MemoryStorage } from '../storage/memory.js';
import { Dialogue, type Actor } from '../testing/dialogue.js';
import { pubsub as pubsubModule } from './pubsub.js';
import { storedItems as pubsubItems } from './pubsub/node.js';

const service = 'pubsub.verona.lit';
const ns = 'http://jabber.org/protocol/pubsub';

let stage: Dialogue;
/** She makes the node `news`. */
let juliet: Actor;
let romeo: Actor;
let prince: Actor;
let guest: Actor;

async function enter(options: object = {}, storage = new MemoryStorage()): Promise<void> {
  const settings = { domains: ['verona.lit'], admins: ['prince@verona.lit'], ...options };
  stage = await Dialogue.open(
    () =>
      conferencingLayout('verona.lit', { pubsub: true }).map((plan) =>
        plan.name === service
          ? {
              ...plan,
              modules: plan.modules.map((module) =>
                module.name === 'pubsub' ? configured(pubsubModule, settings) : module,
              ),
            }
          : plan,
      ),
    storage,
  );
  juliet = await (await stage.client('juliet', 'balcony')).comesOnline();
  romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
  prince = await (await stage.client('prince', 'palace')).comesOnline();
  guest = stage.stranger('4711@guest.verona.lit/hall');
}

beforeEach(() => enter());
afterEach(() => stage.close());

const iq = (type: string, payload: string) => `<iq type='${type}' id='1' to='${service}'>${payload}</iq>`;
const get = (payload: string) => iq('get', `<pubsub xmlns='${ns}'>${payload}</pubsub>`);
const set = (payload: string) => iq('set', `<pubsub xmlns='${ns}'>${payload}</pubsub>`);
const ownerGet = (payload: string) => iq('get', `<pubsub xmlns='${ns}#owner'>${payload}</pubsub>`);
const ownerSet = (payload: string) => iq('set', `<pubsub xmlns='${ns}#owner'>${payload}</pubsub>`);
const form = (kind: string, fields: Record<string, string>) =>
  `<x xmlns='jabber:x:data' type='submit'>
    <field var='FORM_TYPE' type='hidden'><value>${ns}#${kind}</value></field>
    ${Object.entries(fields)
      .map(([name, value]) => `<field var='pubsub#${name}'><value>${value}</value></field>`)
      .join('')}</x>`;
const entry = (text: string, id = text) => `<item id='${id}'><entry xmlns='urn:x'>${text}</entry></item>`;
const publish = (text: string, id = text) => set(`<publish node='news'>${entry(text, id)}</publish>`);
const subscribe = (who: Actor, jid = who.bare) => set(`<subscribe node='news' jid='${jid}'/>`);
const answer = (payload: string) =>
  `<iq type='result' from='${service}'><pubsub xmlns='${ns}'>${payload}</pubsub></iq>`;
const done = `<iq type='result' from='${service}'/>`;
const error = (type: string, condition: string, detail = '', feature = '') =>
  `<iq type='error'><error type='${type}'><${condition}/>${
    detail === '' ? '' : `<${detail} xmlns='${ns}#errors' ${feature === '' ? '' : `feature='${feature}'`}/>`
  }</error></iq>`;
const event = (payload: string) =>
  `<message from='${service}'><event xmlns='${ns}#event'>${payload}</event></message>`;

/** Juliet's node, configured so. */
async function news(fields: Record<string, string> = {}): Promise<void> {
  await juliet.sends(set(`<create node='news'/><configure>${form('node_config', fields)}</configure>`));
  juliet.receives(done);
}

async function asks(actor: Actor, request: string, expected: string): Promise<void> {
  await actor.sends(request);
  actor.receives(expected);
}

const affiliate = (who: Actor, affiliation: string) =>
  ownerSet(
    `<affiliations node='news'><affiliation jid='${who.bare}' affiliation='${affiliation}'/></affiliations>`,
  );
const configure = (fields: Record<string, string>) =>
  ownerSet(`<configure node='news'>${form('node_config', fields)}</configure>`);

describe('discovery (s.5)', () => {
  const disco = (kind: string, node = '') =>
    iq(
      'get',
      `<query xmlns='http://jabber.org/protocol/disco#${kind}' ${node === '' ? '' : `node='${node}'`}/>`,
    );

  it('shows what the service can do, and only that', async () => {
    await juliet.sends(disco('info'));
    const info = juliet.receives(
      `<iq type='result'><query><identity category='pubsub' type='service'/>
        <feature var='${ns}#access-authorize'/><feature var='${ns}#access-presence'/><feature var='${ns}#rsm'/></query></iq>`,
    );
    expect(String(info)).not.toMatch(/auto-create|filtered-notifications/);
  });

  it('shows nodes to those who may read or ask to, with what they are', async () => {
    await news({ title: 'News of Verona' });
    await asks(
      romeo,
      disco('items'),
      `<iq type='result'><query><item jid='${service}' node='news' name='News of Verona'/></query></iq>`,
    );
    await asks(
      romeo,
      disco('info', 'news'),
      `<iq type='result'><query node='news'><identity category='pubsub' type='leaf'/>
        <x type='result'><field var='FORM_TYPE'><value>${ns}#meta-data</value></field>
        <field var='pubsub#creator'><value>juliet@verona.lit</value></field><field var='pubsub#creation_date'/></x></query></iq>`,
    );
    await juliet.sends(publish('1'));
    await asks(
      romeo,
      disco('items', 'news'),
      `<iq type='result'><query><item jid='${service}' name='1'/></query></iq>`,
    );
    await juliet.sends(configure({ access_model: 'whitelist' }));
    await romeo.sends(disco('items'));
    expect(romeo.receives("<iq type='result'><query/></iq>").getChild('query')?.children).toEqual([]);
    await asks(romeo, disco('info', 'news'), error('cancel', 'not-allowed', 'closed-node'));
    await asks(romeo, disco('items', 'other'), error('cancel', 'item-not-found'));
  });
});

describe('subscribing (s.6.1 to s.6.4)', () => {
  it('brings news, by the address that was named, until it ends', async () => {
    await news();
    await asks(
      romeo,
      subscribe(romeo),
      answer(`<subscription node='news' jid='${romeo.bare}' subscription='subscribed'/>`),
    );
    await juliet.sends(publish('1'));
    romeo.receives(event(`<items node='news'>${entry('1')}</items>`));
    await asks(
      romeo,
      get('<subscriptions/>'),
      answer(`<subscriptions><subscription node='news' jid='${romeo.bare}'/></subscriptions>`),
    );
    await asks(romeo, set(`<unsubscribe node='news' jid='${romeo.bare}'/>`), done);
    await juliet.sends(publish('2'));
    romeo.receivesNothing();
  });

  it('brings the last item, where the node is like that', async () => {
    await news({ send_last_published_item: 'on_sub' });
    await juliet.sends(publish('1'));
    await romeo.sends(subscribe(romeo));
    romeo.receivesAll(done, event(`<items node='news'>${entry('1')}</items>`));
  });

  it('has options, also from the beginning', async () => {
    await news();
    const options = (fields: Record<string, string>) => form('subscribe_options', fields);
    await asks(
      romeo,
      get('<default/>'),
      answer("<default><x type='form'><field var='pubsub#deliver'><value>1</value></field></x></default>"),
    );
    await asks(
      romeo,
      set(`<subscribe node='news' jid='${romeo.bare}'/><options>${options({ deliver: '0' })}</options>`),
      answer("<subscription/><options><x><field var='pubsub#deliver'><value>0</value></field></x></options>"),
    );
    await juliet.sends(publish('1'));
    romeo.receivesNothing();
    const own = `<options node='news' jid='${romeo.bare}'`;
    await asks(
      romeo,
      set(`${own}>${options({ deliver: 'true', expire: '2099-01-01T00:00:00Z' })}</options>`),
      done,
    );
    await asks(
      romeo,
      get(`${own}/>`),
      answer(
        `<options><x><field var='pubsub#deliver'><value>1</value></field><field var='pubsub#expire'><value>2099-01-01T00:00:00.000Z</value></field></x></options>`,
      ),
    );
    await juliet.sends(publish('2'));
    romeo.receives(event('<items/>'));
    juliet.ignoresAll();
    for (const wrong of [{ expire: 'tomorrow' }, { expire: '1999-01-01T00:00:00Z' }, { deliver: 'rarely' }]) {
      await asks(
        romeo,
        set(`${own}>${options(wrong)}</options>`),
        error('modify', 'bad-request', 'invalid-options'),
      );
    }
    await asks(romeo, get(`<options node='news' jid='${juliet.bare}'/>`), error('auth', 'forbidden'));
    await asks(
      juliet,
      get(`<options node='news' jid='${juliet.bare}'/>`),
      error('modify', 'unexpected-request', 'not-subscribed'),
    );
  });

  it.each([
    [
      'of somebody else',
      {},
      () => subscribe(romeo, 'juliet@verona.lit'),
      error('modify', 'bad-request', 'invalid-jid'),
    ],
    ['of nobody', {}, () => set("<subscribe node='news'/>"), error('modify', 'bad-request', 'jid-required')],
    [
      'to nothing',
      {},
      () => set("<subscribe jid='romeo@verona.lit'/>"),
      error('modify', 'bad-request', 'nodeid-required'),
    ],
    [
      'to what is not there',
      {},
      () => set("<subscribe node='n' jid='romeo@verona.lit'/>"),
      error('cancel', 'item-not-found'),
    ],
    [
      'off the whitelist',
      { access_model: 'whitelist' },
      () => subscribe(romeo),
      error('cancel', 'not-allowed', 'closed-node'),
    ],
    [
      'where there are none',
      { subscribe: '0' },
      () => subscribe(romeo),
      error('cancel', 'feature-not-implemented', 'unsupported', 'subscribe'),
    ],
  ])('is refused: %s', async (_, fields, request, expected) => {
    await news(fields);
    await asks(romeo, request(), expected);
  });

  it('is refused to outcasts, to guests, and to one too many', async () => {
    stage.close();
    await enter({ maxSubscriptions: 1 });
    await news();
    await asks(guest, subscribe(guest), error('auth', 'forbidden'));
    await asks(juliet, affiliate(romeo, 'outcast'), done);
    await asks(romeo, subscribe(romeo), error('auth', 'forbidden'));
    await asks(juliet, affiliate(romeo, 'none'), done);
    await asks(romeo, subscribe(romeo), done);
    await asks(prince, subscribe(prince), error('wait', 'policy-violation', 'too-many-subscriptions'));
  });

  it.each([
    [
      "<unsubscribe node='news' jid='romeo@verona.lit'/>",
      error('modify', 'unexpected-request', 'not-subscribed'),
    ],
    ["<unsubscribe node='news' jid='juliet@verona.lit'/>", error('auth', 'forbidden')],
    ["<unsubscribe node='n' jid='romeo@verona.lit'/>", error('cancel', 'item-not-found')],
    ["<unsubscribe node='news'/>", error('modify', 'bad-request', 'jid-required')],
  ])('does not end by %s', async (request, expected) => {
    await news();
    await asks(romeo, set(request), expected);
  });
});

describe('a subscription that an owner decides on (s.8.6)', () => {
  const decision = (fields: Record<string, string>) =>
    `<message to='${service}'>${form('subscribe_authorization', { node: 'news', subscriber_jid: romeo.bare, ...fields })}</message>`;

  beforeEach(async () => {
    await news({ access_model: 'authorize' });
    await asks(romeo, subscribe(romeo), answer(`<subscription node='news' subscription='pending'/>`));
    juliet.receives(
      `<message from='${service}'><x xmlns='jabber:x:data' type='form'>
        <field var='FORM_TYPE'><value>${ns}#subscribe_authorization</value></field><field var='pubsub#node'><value>news</value></field>
        <field var='pubsub#subscriber_jid'><value>${romeo.bare}</value></field><field var='pubsub#allow'/></x></message>`,
    );
  });

  it('opens nothing while it waits', async () => {
    await juliet.sends(publish('1'));
    romeo.receivesNothing();
    await asks(romeo, get("<items node='news'/>"), error('auth', 'not-authorized', 'not-subscribed'));
    await asks(romeo, subscribe(romeo), error('auth', 'not-authorized', 'pending-subscription'));
  });

  it('is granted', async () => {
    await juliet.sends(decision({ allow: 'true' }));
    romeo.receives(event(`<subscription node='news' jid='${romeo.bare}' subscription='subscribed'/>`));
    await juliet.sends(publish('1'));
    romeo.receives(event('<items/>'));
    await asks(romeo, get("<items node='news'/>"), answer(`<items>${entry('1')}</items>`));
  });

  it('is denied', async () => {
    await juliet.sends(decision({ allow: '0' }));
    romeo.receives(event(`<subscription node='news' jid='${romeo.bare}' subscription='none'/>`));
    await asks(romeo, get('<subscriptions/>'), answer('<subscriptions/>'));
  });

  it('is not granted by anybody else, nor by a form that was cancelled', async () => {
    await romeo.sends(decision({ allow: '1' }));
    await guest.sends(decision({ allow: '1' }));
    await juliet.sends(decision({ allow: '1' }).replace("type='submit'", "type='cancel'"));
    romeo.receivesNothing();
    await asks(
      juliet,
      ownerGet("<subscriptions node='news'/>"),
      `<iq type='result'><pubsub><subscriptions><subscription jid='${romeo.bare}' subscription='pending'/></subscriptions></pubsub></iq>`,
    );
  });

  it('is granted and ended in the list of subscribers; nobody is subscribed who has not asked (s.8.8)', async () => {
    const change = (jid: string, state: string) =>
      ownerSet(
        `<subscriptions node='news'><subscription jid='${jid}' subscription='${state}'/></subscriptions>`,
      );
    await asks(juliet, change(romeo.bare, 'subscribed'), done);
    romeo.receives(event(`<subscription subscription='subscribed'/>`));
    await asks(juliet, change(romeo.bare, 'none'), done);
    romeo.receives(event(`<subscription subscription='none'/>`));
    await asks(juliet, change(romeo.bare, 'subscribed'), error('auth', 'forbidden'));
    await asks(juliet, change('@', 'none'), error('modify', 'bad-request', 'invalid-jid'));
    await asks(romeo, ownerGet("<subscriptions node='news'/>"), error('auth', 'forbidden'));
    await asks(juliet, ownerGet("<subscriptions node='n'/>"), error('cancel', 'item-not-found'));
  });
});

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
    const store = storage.keyval(service, 'pubsub_items', pubsubItems);
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

describe('owning (s.8)', () => {
  it('begins with making a node, with a name or without', async () => {
    await asks(juliet, set('<create/>'), answer('<create/>'));
    await news();
    await asks(romeo, set("<create node='news'/>"), error('cancel', 'conflict'));
    await asks(guest, set("<create node='n'/>"), error('auth', 'forbidden'));
    await asks(
      romeo,
      ownerGet('<default/>'),
      `<iq type='result'><pubsub><default><x type='form'><field var='pubsub#access_model'><value>open</value></field></x></default></pubsub></iq>`,
    );
  });

  it('stays within limits', async () => {
    stage.close();
    await enter({ maxNodesOfOne: 1, maxNodes: 2, maxTotal: 200, maxAffiliations: 1 });
    await news();
    const tooMany = error('cancel', 'conflict', 'max-nodes-exceeded');
    await asks(juliet, set("<create node='b'/>"), tooMany);
    await asks(romeo, set("<create node='b'/>"), done);
    await asks(prince, set("<create node='c'/>"), tooMany);
    await asks(juliet, publish('x'.repeat(150), '1'), done);
    await asks(juliet, publish('x'.repeat(150), '2'), error('wait', 'resource-constraint'));
    await asks(juliet, affiliate(romeo, 'member'), error('wait', 'resource-constraint'));
  });

  it.each([
    ["<configure node='news'/>", 'get'],
    ["<affiliations node='news'/>", 'get'],
    ["<subscriptions node='news'/>", 'get'],
    ["<purge node='news'/>", 'set'],
    ["<delete node='news'/>", 'set'],
  ])('is not for others: %s', async (payload, type) => {
    await news();
    const request = type === 'get' ? ownerGet : ownerSet;
    await asks(romeo, request(payload), error('auth', 'forbidden'));
    await asks(
      juliet,
      request(payload.replace("node='news'", "node='n'")),
      error('cancel', 'item-not-found'),
    );
    await asks(
      juliet,
      request(payload.replace("node='news'", '')),
      error('modify', 'bad-request', 'nodeid-required'),
    );
    await asks(prince, request(payload), `<iq type='result'/>`);
  });

  it('configures, and those who are subscribed hear of it if the node is like that', async () => {
    await news({ notify_config: '1', colour: 'rose' });
    await romeo.sends(subscribe(romeo));
    romeo.ignoresAll();
    await asks(juliet, configure({ title: 'Gossip' }), done);
    romeo.receives(event("<configuration node='news'/>"));
    for (const wrong of [
      { max_items: '0' },
      { max_items: '9999' },
      { node_type: 'collection' },
      { item_expire: '-1' },
    ]) {
      await asks(juliet, configure(wrong), error('modify', 'not-acceptable'));
    }
    await asks(juliet, ownerSet("<configure node='news'/>"), error('modify', 'bad-request'));
  });

  it('shuts subscribers out who may not read any more', async () => {
    await news();
    await romeo.sends(subscribe(romeo));
    romeo.ignoresAll();
    await juliet.sends(configure({ access_model: 'whitelist' }));
    await juliet.sends(publish('1'));
    romeo.receivesNothing();
    await juliet.sends(affiliate(romeo, 'member'));
    await juliet.sends(publish('2'));
    romeo.receives(event('<items/>'));
  });

  it('purges and deletes, and says where the node has gone', async () => {
    await news();
    await romeo.sends(subscribe(romeo));
    await juliet.sends(publish('1'));
    stage.everybodyIgnoresAll();
    await asks(juliet, ownerSet("<purge node='news'/>"), done);
    romeo.receives(event("<purge node='news'/>"));
    await asks(
      juliet,
      ownerSet("<delete node='news'><redirect uri='xmpp:elsewhere?;node=n'/></delete>"),
      done,
    );
    romeo.receives(event("<delete node='news'><redirect uri='xmpp:elsewhere?;node=n'/></delete>"));
    await asks(romeo, get("<items node='news'/>"), error('cancel', 'item-not-found'));
  });

  it('cannot purge what is not kept', async () => {
    await news({ persist_items: '0' });
    await asks(
      juliet,
      ownerSet("<purge node='news'/>"),
      error('cancel', 'feature-not-implemented', 'unsupported', 'persistent-items'),
    );
  });

  it('hears who subscribes, if the node is like that', async () => {
    await news({ notify_sub: '1' });
    await romeo.sends(subscribe(romeo));
    juliet.receives(event(`<subscription node='news' jid='${romeo.bare}' subscription='subscribed'/>`));
    await romeo.sends(set(`<unsubscribe node='news' jid='${romeo.bare}'/>`));
    juliet.receives(event(`<subscription node='news' jid='${romeo.bare}' subscription='none'/>`));
  });

  it('is passed on, and never ends (s.8.9)', async () => {
    await news();
    await asks(juliet, affiliate(juliet, 'none'), error('modify', 'not-acceptable'));
    await asks(juliet, affiliate(romeo, 'owner'), done);
    await asks(juliet, affiliate(juliet, 'none'), done);
    await asks(juliet, ownerGet("<affiliations node='news'/>"), error('auth', 'forbidden'));
    await asks(
      romeo,
      get('<affiliations/>'),
      answer("<affiliations><affiliation node='news' affiliation='owner'/></affiliations>"),
    );
    await asks(romeo, affiliate(juliet, 'king'), error('modify', 'not-acceptable'));
    await asks(
      romeo,
      ownerSet(
        `<affiliations node='news'><affiliation jid='a@b' affiliation='member'/><affiliation jid='a@b' affiliation='none'/></affiliations>`,
      ),
      error('modify', 'bad-request'),
    );
  });
});

describe('a node for its owner’s contacts (s.4.5)', () => {
  const notSeeing = error('auth', 'not-authorized', 'presence-subscription-required');
  const notInGroup = error('auth', 'not-authorized', 'not-in-roster-group');
  const read = get("<items node='news'/>");

  /** Romeo sees Juliet's presence. */
  async function befriend(): Promise<void> {
    await romeo.sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
    await juliet.sends(`<presence to='${romeo.bare}' type='subscribed'/>`);
    stage.everybodyIgnoresAll();
  }
  async function unfriend(): Promise<void> {
    await juliet.sends(`<presence to='${romeo.bare}' type='unsubscribed'/>`);
    stage.everybodyIgnoresAll();
  }
  async function group(...groups: readonly string[]): Promise<void> {
    const inside = groups.map((name) => `<group>${name}</group>`).join('');
    await juliet.sends(
      `<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='${romeo.bare}'>${inside}</item></query></iq>`,
    );
    stage.everybodyIgnoresAll();
  }

  it('is open to those who see its owner’s presence, for as long as they do', async () => {
    await news({ access_model: 'presence' });
    await asks(juliet, publish('1'), answer("<publish node='news'/>"));
    for (const request of [read, subscribe(romeo)]) await asks(romeo, request, notSeeing);
    await asks(guest, read, notSeeing);
    await befriend();
    await asks(romeo, read, answer(`<items>${entry('1')}</items>`));
    await asks(romeo, subscribe(romeo), answer("<subscription subscription='subscribed'/>"));
    await juliet.sends(publish('2'));
    romeo.receives(event('<items/>'));
    await unfriend();
    await juliet.sends(publish('3'));
    romeo.receivesNothing();
    await asks(romeo, read, notSeeing);
  });

  it('is open to those in groups of its owner’s roster', async () => {
    await news({ access_model: 'roster', roster_groups_allowed: 'Montagues' });
    await group('Montagues');
    await asks(romeo, read, notInGroup);
    await befriend();
    await asks(romeo, read, answer('<items/>'));
    await asks(romeo, subscribe(romeo), answer("<subscription subscription='subscribed'/>"));
    await group('Capulets');
    await juliet.sends(publish('1'));
    romeo.receivesNothing();
    await asks(romeo, read, notInGroup);
    await asks(prince, read, `<iq type='result'/>`);
  });

  it('takes no contacts of others for its owner’s', async () => {
    await befriend();
    await asks(
      prince,
      set(`<create node='news'/><configure>${form('node_config', { access_model: 'presence' })}</configure>`),
      done,
    );
    await asks(juliet, set("<create node='hers'/>"), done);
    await asks(
      juliet,
      iq(
        'set',
        `<pubsub xmlns='${ns}#owner'><configure node='hers'>${form('node_config', { access_model: 'presence' })}</configure></pubsub>`,
      ),
      done,
    );
    await asks(romeo, get("<items node='hers'/>"), answer('<items/>'));
    await asks(romeo, read, notSeeing);
    for (const cover of ["<x node='hers'/>", "<configure node='hers'/>", "<options node='hers'/>"]) {
      await asks(romeo, get(`${cover}<items node='news'/>`), `<iq type='error'/>`);
    }
    // Whoever owns it first decides, and when nobody of this server does, it is closed.
    await asks(prince, affiliate(juliet, 'owner'), done);
    await asks(romeo, read, notSeeing);
    await asks(prince, affiliate(prince, 'none'), done);
    await asks(romeo, read, answer('<items/>'));
  });

  it('is written to by them, where the node is like that', async () => {
    await news({ access_model: 'presence', publish_model: 'open' });
    await asks(romeo, publish('1'), error('auth', 'forbidden'));
    await befriend();
    await asks(romeo, publish('1'), answer("<publish node='news'/>"));
  });

  it('describes itself to them only', async () => {
    const disco = `<query xmlns='http://jabber.org/protocol/disco#info' node='news'/>`;
    await news({ access_model: 'presence' });
    await asks(romeo, iq('get', disco), notSeeing);
    await befriend();
    await asks(romeo, iq('get', disco), "<iq type='result'><query node='news'/></iq>");
  });

  it('cannot be an account’s of another domain, whose rosters are not known here', async () => {
    stage.close();
    await enter({ admins: ['count@auth.verona.lit', 'prince@verona.lit'] });
    const count = stage.stranger('count@auth.verona.lit/hall');
    const wish = (model: string) =>
      set(`<create node='news'/><configure>${form('node_config', { access_model: model })}</configure>`);
    for (const model of ['presence', 'roster']) {
      await asks(count, wish(model), error('modify', 'not-acceptable', 'unsupported-access-model'));
    }
    await asks(count, wish('open'), done);
    await asks(
      prince,
      configure({ access_model: 'presence' }),
      error('modify', 'not-acceptable', 'unsupported-access-model'),
    );
    await asks(romeo, read, answer('<items/>'));
  });

  it('is nothing that there can be where accounts have no rosters', async () => {
    stage.close();
    stage = await Dialogue.open(() =>
      conferencingLayout('verona.lit', { pubsub: true }).map((plan) =>
        plan.name === 'verona.lit'
          ? { ...plan, modules: choose(plan.name, plan.modules, { roster: false }) }
          : plan,
      ),
    );
    juliet = await stage.client('juliet', 'balcony');
    await juliet.sends(iq('get', "<query xmlns='http://jabber.org/protocol/disco#info'/>"));
    expect(String(juliet.receives("<iq type='result'/>"))).not.toMatch(/access-presence|access-roster/);
    await news();
    await asks(
      juliet,
      configure({ access_model: 'presence' }),
      error('modify', 'not-acceptable', 'unsupported-access-model'),
    );
  });
});

it('keeps nothing of an account that is removed, nor the nodes that were its alone', async () => {
  await news();
  await romeo.sends(set("<create node='his'/>"));
  await romeo.sends(subscribe(romeo));
  await juliet.sends(affiliate(romeo, 'publisher'));
  await stage.removeAccount('romeo');
  stage.everybodyIgnoresAll();
  await asks(prince, get("<items node='his'/>"), error('cancel', 'item-not-found'));
  romeo = await stage.client('romeo', 'orchard');
  await romeo.sends(get('<affiliations/>'));
  expect(String(romeo.receives(answer('<affiliations/>')))).not.toContain('news');
  await asks(romeo, publish('1'), error('auth', 'forbidden'));
});

it('finds everything again after the server has restarted', async () => {
  const storage = new MemoryStorage();
  stage.close();
  await enter({}, storage);
  await news({ title: 'Gossip' });
  await romeo.sends(subscribe(romeo));
  await juliet.sends(publish('1'));
  stage.close();
  await enter({}, storage);
  await asks(romeo, get("<items node='news'/>"), answer(`<items>${entry('1')}</items>`));
  await juliet.sends(publish('2'));
  romeo.receives(event('<items/>'));
});
