/** Personal eventing, told by two users and a stranger (XEP-0163, XEP-0060, XEP-0115). */
import { parse } from 'ltx';
import { capsHash, decodeDiscoInfo } from '@conclave/signaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configured } from '../host/module-set.js';
import { Dialogue, withModule, type Actor } from '../testing/dialogue.js';
import { pep } from './pep.js';
import { storedNode } from './pubsub/node.js';

const tune = 'http://jabber.org/protocol/tune';
const ns = 'http://jabber.org/protocol/pubsub';
const pepStore = storedNode.array();

let stage: Dialogue;
let romeo: Actor;
let juliet: Actor;
let mallory: Actor;

async function enter(plan?: Parameters<typeof Dialogue.open>[0]): Promise<void> {
  stage = await Dialogue.open(plan);
  romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
  juliet = await (await stage.client('juliet', 'balcony')).comesOnline();
  mallory = await (await stage.client('mallory', 'alley')).comesOnline();
}

beforeEach(() => enter());
afterEach(() => stage.close());

/** Romeo sees Juliet's presence. */
async function befriend(): Promise<void> {
  await romeo.sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
  await juliet.sends(`<presence to='${romeo.bare}' type='subscribed'/>`);
  stage.everybodyIgnoresAll();
}

const iq = (type: string, payload: string, to = '') =>
  `<iq type='${type}' id='1' ${to === '' ? '' : `to='${to}'`}>${payload}</iq>`;
const pubsub = (type: string, payload: string, to = '') =>
  iq(type, `<pubsub xmlns='${ns}'>${payload}</pubsub>`, to);
const owner = (type: string, payload: string, to = '') =>
  iq(type, `<pubsub xmlns='${ns}#owner'>${payload}</pubsub>`, to);
const item = (title: string, id = 'current') =>
  `<item id='${id}'><tune xmlns='${tune}'><title>${title}</title></tune></item>`;
const publish = (title: string, id?: string, options = '', to = '') =>
  pubsub('set', `<publish node='${tune}'>${item(title, id)}</publish>${options}`, to);
const form = (kind: string, fields: Record<string, string>) =>
  `<x xmlns='jabber:x:data' type='submit'>
    <field var='FORM_TYPE' type='hidden'><value>${ns}#${kind}</value></field>
    ${Object.entries(fields)
      .map(([name, value]) => `<field var='pubsub#${name}'><value>${value}</value></field>`)
      .join('')}
  </x>`;
const options = (fields: Record<string, string>) =>
  `<publish-options>${form('publish-options', fields)}</publish-options>`;
const items = `<items node='${tune}'/>`;
const error = (condition: string, detail = '') =>
  `<iq type='error'><error><${condition}/>${detail === '' ? '' : `<${detail} xmlns='${ns}#errors'/>`}</error></iq>`;
const news = (from: Actor, title: string) =>
  `<message type='headline' from='${from.bare}'>
    <event xmlns='${ns}#event'><items node='${tune}'>${item(title)}</items></event></message>`;

const info = { identities: [{ category: 'client', type: 'pc' }], features: [`${tune}+notify`], forms: [] };
const query = `<query xmlns='http://jabber.org/protocol/disco#info'>
  <identity category='client' type='pc'/><feature var='${tune}+notify'/></query>`;

/** Comes online with capabilities, and says what they are when asked. */
async function listens(actor: Actor, ver = capsHash(info)): Promise<void> {
  await actor.sends(
    `<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:x' ver='${ver}'/></presence>`,
  );
  const question = actor.inbox.find(({ name, attrs }) => name === 'iq' && attrs['type'] === 'get');
  if (question === undefined) return;
  actor.inbox.splice(actor.inbox.indexOf(question), 1);
  await actor.sends(`<iq type='result' id='${String(question.attrs['id'])}' to='verona.lit'>${query}</iq>`);
}

describe('publishing', () => {
  it('makes the node, keeps one item, and tells those that listen', async () => {
    await befriend();
    for (const actor of [romeo, juliet, mallory]) await listens(actor);
    stage.everybodyIgnoresAll();
    await juliet.sends(publish('Greensleeves'));
    juliet.receivesAll(
      pubsub('result', `<publish node='${tune}'><item id='current'/></publish>`),
      news(juliet, 'Greensleeves'),
    );
    romeo.receives(news(juliet, 'Greensleeves'));
    mallory.receivesNothing();
    await juliet.sends(publish('Dowland', 'next'));
    stage.everybodyIgnoresAll();
    await romeo.sends(pubsub('get', items, juliet.bare));
    const answer = romeo.receives(
      pubsub('result', `<items node='${tune}'>${item('Dowland', 'next')}</items>`),
    );
    expect(answer.getChild('pubsub')?.getChild('items')?.children).toHaveLength(1);
  });

  it('tells nobody who has not said that it wants to hear', async () => {
    await befriend();
    await juliet.sends(publish('Greensleeves'));
    juliet.receives("<iq type='result'/>");
    juliet.receivesNothing();
    romeo.receivesNothing();
  });

  it.each([
    ['no node', `<publish>${item('x')}</publish>`, error('bad-request', 'nodeid-required')],
    ['no item', `<publish node='n'/>`, error('bad-request', 'item-required')],
    ['no payload', `<publish node='n'><item id='1'/></publish>`, error('bad-request', 'payload-required')],
    [
      'two payloads',
      `<publish node='n'><item><a xmlns='x'/><b xmlns='x'/></item></publish>`,
      error('bad-request', 'invalid-payload'),
    ],
    [
      'a payload without a namespace',
      `<publish node='n'><item><a/></item></publish>`,
      error('bad-request', 'invalid-payload'),
    ],
    ['nothing known', '<sing/>', error('feature-not-implemented', 'unsupported')],
    ['two things', `<publish node='n'/><create node='n'/>`, error('bad-request')],
  ])('is refused with %s', async (_, payload, expected) => {
    await juliet.sends(pubsub('set', payload));
    juliet.receives(expected);
  });

  it('takes its options for the configuration of a new node, and as a condition on one that is there', async () => {
    await juliet.sends(publish('a', '1', options({ access_model: 'open', max_items: '2' })));
    await juliet.sends(publish('b', '2', options({ access_model: 'open' })));
    await juliet.sends(publish('c', '3'));
    juliet.ignoresAll();
    await juliet.sends(publish('d', '4', options({ access_model: 'whitelist' })));
    juliet.receives(error('conflict', 'precondition-not-met'));
    await juliet.sends(publish('d', '4', options({ colour: 'rose' })));
    juliet.receives(error('conflict', 'precondition-not-met'));
    await mallory.sends(pubsub('get', items, juliet.bare));
    mallory.receives(pubsub('result', `<items>${item('b', '2')}${item('c', '3')}</items>`));
  });

  it('is the owner’s unless the node is open to others, or they are its publishers', async () => {
    await juliet.sends(publish('a', '1', options({ access_model: 'open' })));
    for (const actor of [romeo, mallory]) {
      await actor.sends(publish('b', '2', '', juliet.bare));
      actor.receives(error('forbidden'));
    }
    const affiliations = (jid: string, affiliation: string) =>
      owner(
        'set',
        `<affiliations node='${tune}'><affiliation jid='${jid}' affiliation='${affiliation}'/></affiliations>`,
      );
    await juliet.sends(affiliations(romeo.bare, 'publisher'));
    await romeo.sends(publish('b', '2', '', juliet.bare));
    romeo.receives("<iq type='result'/>");
    await romeo.sends(owner('set', `<delete node='${tune}'/>`, juliet.bare));
    romeo.receives(error('forbidden'));
    juliet.ignoresAll();
    await juliet.sends(affiliations(juliet.bare, 'none'));
    juliet.receives(error('not-acceptable'));
  });

  it('stays within limits', async () => {
    stage.close();
    await enter(withModule(configured(pep, { maxNodes: 1, maxPayload: 200, maxTotal: 260, maxItems: 8 })));
    await juliet.sends(publish('a', '1', options({ max_items: 'max' })));
    juliet.receives("<iq type='result'/>");
    await juliet.sends(pubsub('set', `<publish node='other'>${item('b')}</publish>`));
    juliet.receives(error('conflict', 'max-nodes-exceeded'));
    await juliet.sends(publish('x'.repeat(200), '2'));
    juliet.receives(error('not-acceptable', 'payload-too-big'));
    await juliet.sends(publish('x'.repeat(100), '2'));
    juliet.receives("<iq type='result'/>");
    await juliet.sends(publish('x'.repeat(100), '3'));
    juliet.receives(error('resource-constraint'));
  });

  it('waits when it has made the server send too much', async () => {
    stage.close();
    await enter(withModule(configured(pep, { notificationsPerSecond: 1, notificationsAtOnce: 2 })));
    await listens(juliet);
    juliet.ignoresAll();
    for (let i = 0; i < 3; i++) await juliet.sends(publish('a'));
    juliet.ignoresAll();
    await juliet.sends(publish('a'));
    juliet.receives(error('resource-constraint'));
  });
});

describe('reading', () => {
  it('waits when it was too much at once', async () => {
    stage.close();
    await enter(withModule(configured(pep, { readPerSecond: 1, readAtOnce: 1000 })));
    await juliet.sends(publish('x'.repeat(600)));
    juliet.ignoresAll();
    for (let i = 0; i < 2; i++) await juliet.sends(pubsub('get', items));
    juliet.receives("<iq type='result'/>");
    juliet.ignoresAll();
    await juliet.sends(pubsub('get', items));
    juliet.receives(error('resource-constraint'));
  });
});

describe('who comes later', () => {
  it('gets the last items of its own account and of those it sees, dated', async () => {
    await befriend();
    await juliet.sends(publish('Greensleeves'));
    await mallory.sends(publish('Malice'));
    stage.everybodyIgnoresAll();
    await listens(romeo);
    const heard = romeo.inbox.filter(({ name }) => name === 'message');
    expect(heard.map(({ attrs }) => String(attrs['from']))).toEqual([juliet.bare]);
    expect(heard[0]?.getChild('delay', 'urn:xmpp:delay')).toBeDefined();
    stage.everybodyIgnoresAll();
    await listens(juliet);
    juliet.receivesAll(`<presence/>`, news(juliet, 'Greensleeves'));
  });

  it('gets them as soon as it may see the account', async () => {
    await juliet.sends(publish('Greensleeves'));
    await listens(romeo);
    stage.everybodyIgnoresAll();
    await befriendAloud();
    expect(romeo.inbox.some((stanza) => stanza.name === 'message')).toBe(true);
  });

  async function befriendAloud(): Promise<void> {
    await romeo.sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
    await juliet.sends(`<presence to='${romeo.bare}' type='subscribed'/>`);
  }

  it('finds everything again after the server has restarted', async () => {
    await juliet.sends(publish('Greensleeves', '1', options({ max_items: '4' })));
    await juliet.sends(publish('Dowland', '2'));
    const { storage } = stage;
    stage.close();
    stage = await Dialogue.open(undefined, storage);
    juliet = await stage.client('juliet', 'balcony');
    await juliet.sends(pubsub('get', items));
    juliet.receives(pubsub('result', `<items>${item('Greensleeves', '1')}${item('Dowland', '2')}</items>`));
  });
});

describe('a client that lies about its capabilities', () => {
  it('speaks for itself only', async () => {
    await listens(mallory, 'bm90IHRoZSBoYXNo');
    await befriend();
    await romeo.sends(
      `<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:x' ver='bm90IHRoZSBoYXNo'/></presence>`,
    );
    // It is asked as well: what Mallory has said is not taken for what the hash stands for.
    romeo.receivesAll('<presence/>', "<iq type='get' from='verona.lit'><query/></iq>");
  });
});

describe('a stranger', () => {
  const requests = [
    pubsub('get', items),
    pubsub('get', '<subscriptions/>'),
    pubsub('get', '<affiliations/>'),
    pubsub('set', `<subscribe node='${tune}' jid='mallory@verona.lit'/>`),
    pubsub('set', `<unsubscribe node='${tune}' jid='mallory@verona.lit'/>`),
    pubsub('set', `<publish node='${tune}'>${item('x')}</publish>`),
    pubsub('set', `<retract node='${tune}'><item id='current'/></retract>`),
    pubsub('set', `<create node='${tune}'/>`),
    owner('get', `<configure node='${tune}'/>`),
    owner('get', '<default/>'),
    owner('set', `<delete node='${tune}'/>`),
    owner('set', `<purge node='${tune}'/>`),
    owner('get', `<affiliations node='${tune}'/>`),
    owner('get', `<subscriptions node='${tune}'/>`),
    iq('get', "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    iq('get', "<query xmlns='http://jabber.org/protocol/disco#items'/>"),
    iq('get', `<query xmlns='http://jabber.org/protocol/disco#info' node='${tune}'/>`),
  ];

  it.each(requests)('does not learn whether an account, or its node, is there: %s', async (request) => {
    await juliet.sends(publish('Secret'));
    const answers: string[] = [];
    for (const to of [juliet.bare, romeo.bare, 'nobody@verona.lit']) {
      await mallory.sends(request.replace("id='1' ", `id='1' to='${to}' `));
      answers.push(mallory.inbox.map(String).join('').replaceAll(to, 'someone'));
      mallory.ignoresAll();
    }
    expect(answers[0]).not.toBe('');
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).not.toContain('Secret');
  });

  it('cannot make the server keep anything for an account that does not exist', async () => {
    await mallory.sends(publish('x', '1', '', 'nobody@verona.lit'));
    mallory.receives(error('forbidden'));
    await mallory.sends(
      pubsub('set', `<subscribe node='${tune}' jid='${mallory.bare}'/>`, 'nobody@verona.lit'),
    );
    mallory.receives(error('not-authorized', 'presence-subscription-required'));
    expect(await stage.storage.keyval('verona.lit', 'pep', pepStore).users()).toEqual([]);
  });
});

describe('subscribers', () => {
  it('are told without presence, as long as they may read, and cannot subscribe others', async () => {
    await juliet.sends(publish('a', '1', options({ access_model: 'open' })));
    await mallory.sends(pubsub('set', `<subscribe node='${tune}' jid='${romeo.bare}'/>`, juliet.bare));
    mallory.receives(error('bad-request', 'invalid-jid'));
    await mallory.sends(pubsub('set', `<subscribe node='${tune}' jid='${mallory.bare}'/>`, juliet.bare));
    mallory.receivesAll(
      pubsub('result', `<subscription node='${tune}' jid='${mallory.bare}' subscription='subscribed'/>`),
      "<message type='headline'><event><items/></event><delay/></message>",
    );
    await juliet.sends(publish('b', '2'));
    mallory.receives("<message type='headline'><event><items><item id='2'/></items></event></message>");
    await juliet.sends(
      owner(
        'set',
        `<configure node='${tune}'>${form('node_config', { access_model: 'presence' })}</configure>`,
      ),
    );
    await juliet.sends(publish('c', '3'));
    mallory.receivesNothing();
    await mallory.sends(pubsub('set', `<unsubscribe node='${tune}' jid='${mallory.bare}'/>`, juliet.bare));
    mallory.receives("<iq type='result'/>");
    await mallory.sends(pubsub('get', items, juliet.bare));
    mallory.receives(error('not-authorized', 'presence-subscription-required'));
  });
});

describe('a node whose owner decides who subscribes (XEP-0060 s.8.6)', () => {
  const decision = (allow: string) =>
    `<message to='${juliet.bare}'>${form('subscribe_authorization', { node: tune, subscriber_jid: mallory.bare, allow })}</message>`;
  const asks = async () => {
    await juliet.sends(publish('a', '1', options({ access_model: 'authorize' })));
    juliet.ignoresAll();
    await mallory.sends(pubsub('set', `<subscribe node='${tune}' jid='${mallory.bare}'/>`, juliet.bare));
    mallory.receives(pubsub('result', `<subscription node='${tune}' subscription='pending'/>`));
    juliet.receives(
      `<message><x type='form'><field var='pubsub#subscriber_jid'><value>${mallory.bare}</value></field></x></message>`,
    );
  };

  it('opens to those whom the owner admits, and shows them the last item', async () => {
    await asks();
    await mallory.sends(pubsub('get', items, juliet.bare));
    mallory.receives(error('not-authorized'));
    await mallory.sends(decision('1'));
    await juliet.sends(publish('b', '2'));
    juliet.ignoresAll();
    // It was not Mallory's to decide: to Juliet it is a message like any other.
    mallory.receivesNothing();
    await juliet.sends(decision('1'));
    mallory.receivesAll(
      `<message from='${juliet.bare}'><event><subscription jid='${mallory.bare}' subscription='subscribed'/></event></message>`,
      "<message><event><items><item id='2'/></items></event><delay/></message>",
    );
    juliet.receivesNothing();
    await mallory.sends(pubsub('get', items, juliet.bare));
    mallory.receives(pubsub('result', '<items/>'));
  });

  it('stays closed to the others', async () => {
    await asks();
    await juliet.sends(decision('0'));
    mallory.receives("<message><event><subscription subscription='none'/></event></message>");
    await juliet.sends(publish('b', '2'));
    mallory.receivesNothing();
  });
});

it('reads page by page (XEP-0059)', async () => {
  await juliet.sends(publish('a', '1', options({ max_items: '9' })));
  for (const id of ['2', '3']) await juliet.sends(publish(id, id));
  juliet.ignoresAll();
  const set = "<set xmlns='http://jabber.org/protocol/rsm'><max>1</max><before>3</before></set>";
  await juliet.sends(pubsub('get', `${items}${set}`));
  juliet.receives(
    pubsub(
      'result',
      `<items>${item('2', '2')}</items><set><first>2</first><last>2</last><count>3</count></set>`,
    ),
  );
});

it('gives one person, whatever their clients are called, only so many subscriptions', async () => {
  await juliet.sends(publish('a', '1', options({ access_model: 'open' })));
  for (let i = 0; i < 21; i++) {
    const client = await stage.client('mallory', `alley${i}`);
    await client.sends(pubsub('set', `<subscribe node='${tune}' jid='${client.jid}'/>`, juliet.bare));
    if (i < 20) expect(client.inbox.find(({ name }) => name === 'iq')?.attrs['type']).toBe('result');
    else client.receives(error('policy-violation', 'too-many-subscriptions'));
  }
});

describe('the owner', () => {
  it('retracts, purges and deletes, and who listens is told', async () => {
    await befriend();
    await listens(romeo);
    await juliet.sends(publish('a', '1'));
    stage.everybodyIgnoresAll();
    const event = (payload: string) => `<message><event xmlns='${ns}#event'>${payload}</event></message>`;
    await juliet.sends(pubsub('set', `<retract node='${tune}' notify='true'><item id='1'/></retract>`));
    romeo.receives(event(`<items node='${tune}'><retract id='1'/></items>`));
    await juliet.sends(owner('set', `<purge node='${tune}'/>`));
    romeo.receives(event(`<purge node='${tune}'/>`));
    await juliet.sends(owner('set', `<delete node='${tune}'/>`));
    romeo.receives(event(`<delete node='${tune}'/>`));
    juliet.ignoresAll();
    await juliet.sends(pubsub('get', items));
    juliet.receives(error('item-not-found'));
  });

  it('reads and changes the configuration', async () => {
    await juliet.sends(
      pubsub(
        'set',
        `<create node='${tune}'/><configure>${form('node_config', { max_items: '7' })}</configure>`,
      ),
    );
    juliet.receives("<iq type='result'/>");
    await juliet.sends(pubsub('set', `<create node='${tune}'/>`));
    juliet.receives(error('conflict'));
    await juliet.sends(owner('get', `<configure node='${tune}'/>`));
    juliet.receives(
      owner(
        'result',
        `<configure><x type='form'><field var='pubsub#max_items'><value>7</value></field></x></configure>`,
      ),
    );
    await juliet.sends(
      owner('set', `<configure node='${tune}'>${form('node_config', { max_items: '0' })}</configure>`),
    );
    juliet.receives(error('not-acceptable'));
  });
});

it('shows in service discovery, of the account and of the node, to those who may read', async () => {
  await befriend();
  await juliet.sends(publish('a'));
  await romeo.sends(iq('get', "<query xmlns='http://jabber.org/protocol/disco#info'/>", juliet.bare));
  romeo.receives(
    iq(
      'result',
      `<query><identity category='pubsub' type='pep'/><feature var='${ns}#publish-options'/></query>`,
    ),
  );
  await romeo.sends(iq('get', "<query xmlns='http://jabber.org/protocol/disco#items'/>", juliet.bare));
  romeo.receives(iq('result', `<query><item jid='${juliet.bare}' node='${tune}'/></query>`));
  await romeo.sends(
    iq('get', `<query xmlns='http://jabber.org/protocol/disco#info' node='${tune}'/>`, juliet.bare),
  );
  romeo.receives(iq('result', `<query node='${tune}'><identity category='pubsub' type='leaf'/></query>`));
});

it('says in the stream’s features what the server can do, and answers for the hash (XEP-0115)', async () => {
  const features = parse(
    `<features>${stage.router.host('verona.lit')?.streamFeatures.xml() ?? ''}</features>`,
  );
  const caps = features.getChild('c')?.attrs as { node: string; ver: string };
  const about = (node: string) =>
    iq('get', `<query xmlns='http://jabber.org/protocol/disco#info' ${node}/>`, 'verona.lit');
  await romeo.sends(about(`node='${caps.node}#${caps.ver}'`));
  const answer = romeo.receives("<iq type='result'><query/></iq>").getChild('query');
  expect(answer?.attrs['node']).toBe(`${caps.node}#${caps.ver}`);
  expect(answer && capsHash(decodeDiscoInfo(answer))).toBe(caps.ver);
  for (const other of ['else', `${caps.node}#else`]) {
    await romeo.sends(about(`node='${other}'`));
    romeo.receives(error('item-not-found'));
  }
});
