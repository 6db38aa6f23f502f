import { capsHash } from '@conclave/signaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Dialogue, type Actor } from '../testing/dialogue.js';

const ns = 'http://jabber.org/protocol/pubsub';
const node = 'urn:xmpp:bookmarks:1';

let stage: Dialogue;
let romeo: Actor;
let juliet: Actor;

beforeEach(async () => {
  stage = await Dialogue.open();
  romeo = await stage.client('romeo', 'orchard');
  juliet = await stage.client('juliet', 'balcony');
});

afterEach(() => stage.close());

const iq = (type: string, payload: string, to = '') =>
  `<iq type='${type}' id='1' ${to === '' ? '' : `to='${to}'`}>${payload}</iq>`;
const pubsub = (type: string, payload: string, to = '') =>
  iq(type, `<pubsub xmlns='${ns}'>${payload}</pubsub>`, to);
const privately = (type: string, payload: string) =>
  iq(type, `<query xmlns='jabber:iq:private'>${payload}</query>`);
const conference = (name: string, more = '') =>
  `<conference xmlns='${node}' name='${name}' autojoin='true'><nick>R</nick>${more}</conference>`;
const publish = (room: string, payload: string) =>
  pubsub('set', `<publish node='${node}'><item id='${room}'>${payload}</item></publish>`);
const storage = (payload: string) => `<storage xmlns='storage:bookmarks'>${payload}</storage>`;
const legacy = (room: string, name: string) =>
  `<conference jid='${room}' name='${name}' autojoin='true'><nick>R</nick></conference>`;

const crypt = 'crypt@conference.verona.lit';
const hall = 'hall@conference.verona.lit';

it('keeps each room as an item, for the owner alone, whatever its clients ask for', async () => {
  await romeo.sends(publish(crypt, conference('Crypt')));
  await romeo.sends(publish(hall, conference('Hall')));
  romeo.ignoresAll();
  await romeo.sends(pubsub('get', `<items node='${node}'/>`));
  romeo.receives(
    pubsub('result', `<items><item id='${crypt}'>${conference('Crypt')}</item><item id='${hall}'/></items>`),
  );
  await romeo.sends(
    iq(
      'set',
      `<pubsub xmlns='${ns}#owner'><configure node='${node}'><x xmlns='jabber:x:data' type='submit'>
        <field var='pubsub#access_model'><value>open</value></field></x></configure></pubsub>`,
    ),
  );
  romeo.receives("<iq type='error'><error><not-acceptable/></error></iq>");
  await juliet.sends(pubsub('get', `<items node='${node}'/>`, romeo.bare));
  juliet.receives("<iq type='error'><error><not-authorized/></error></iq>");
});

describe('a client that knows only the list', () => {
  const ways = [
    ['in private storage', privately, (type: string, payload: string) => privately(type, payload)],
    [
      'in a node',
      (_: string, payload: string) =>
        pubsub('result', `<items node='storage:bookmarks'><item>${payload}</item></items>`),
      (type: string, payload: string) =>
        type === 'get'
          ? pubsub('get', "<items node='storage:bookmarks'/>")
          : pubsub('set', `<publish node='storage:bookmarks'><item id='current'>${payload}</item></publish>`),
    ],
  ] as const;

  it.each(ways)('reads and writes the same bookmarks %s', async (_, result, ask) => {
    await romeo.sends(publish(crypt, conference('Crypt', '<extensions><a xmlns="x"/></extensions>')));
    romeo.ignoresAll();
    await romeo.sends(ask('get', storage('')));
    romeo.receives(result('result', storage(legacy(crypt, 'Crypt'))));

    await romeo.sends(ask('set', storage(legacy(crypt, 'Tomb') + legacy(hall, 'Hall'))));
    romeo.receives("<iq type='result'/>");
    await romeo.sends(pubsub('get', `<items node='${node}'/>`));
    romeo.receives(
      pubsub(
        'result',
        `<items><item id='${crypt}'>${conference('Tomb', '<extensions><a/></extensions>')}</item>
          <item id='${hall}'>${conference('Hall')}</item></items>`,
      ),
    );

    await romeo.sends(ask('set', storage(legacy(hall, 'Hall'))));
    romeo.ignoresAll();
    await romeo.sends(pubsub('get', `<items node='${node}'/>`));
    const answer = romeo.receives(pubsub('result', `<items><item id='${hall}'/></items>`));
    expect(answer.toString()).not.toContain(crypt);
  });

  it.each(ways)('is refused what would be lost, or is no room, %s', async (_, __, ask) => {
    await romeo.sends(ask('set', storage("<url url='https://verona.lit'/>")));
    romeo.receives("<iq type='error'><error type='modify'><not-allowed/></error></iq>");
    await romeo.sends(ask('set', storage("<conference jid='@'/>")));
    romeo.receives("<iq type='error'><error><jid-malformed/></error></iq>");
  });
});

it('tells clients that listen to the older node of the older form, and those of the newer of the newer', async () => {
  const listens = async (actor: Actor, feature: string) => {
    const info = {
      identities: [{ category: 'client', type: 'pc' }],
      features: [`${feature}+notify`],
      forms: [],
    };
    await actor.sends(
      `<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:x' ver='${capsHash(info)}'/></presence>`,
    );
    const question = actor.inbox.find(({ name, attrs }) => name === 'iq' && attrs['type'] === 'get');
    await actor.sends(
      `<iq type='result' id='${String(question?.attrs['id'])}' to='verona.lit'><query xmlns='http://jabber.org/protocol/disco#info'>
        <identity category='client' type='pc'/><feature var='${feature}+notify'/></query></iq>`,
    );
  };
  const news = (items: string) =>
    `<message type='headline' from='${romeo.bare}'><event>${items}</event></message>`;
  await romeo.sends(publish(crypt, conference('Crypt')));
  const old = await stage.client('romeo', 'old');
  await listens(old, 'storage:bookmarks');
  const fresh = await stage.client('romeo', 'new');
  await listens(fresh, node);
  const list = (...rooms: string[]) =>
    news(`<items node='storage:bookmarks'><item id='current'>${storage(rooms.join(''))}</item></items>`);
  const last = old.inbox.filter(({ name }) => name === 'message').at(-1);
  expect(String(last)).toContain('<storage xmlns="storage:bookmarks"><conference jid="crypt@');
  stage.everybodyIgnoresAll();
  await romeo.sends(publish(hall, conference('Hall')));
  old.receives(list(legacy(crypt, 'Crypt'), legacy(hall, 'Hall')));
  old.receivesNothing();
  fresh.receives(news(`<items node='${node}'><item id='${hall}'/></items>`));
  await old.sends(privately('set', storage(legacy(hall, 'Hall'))));
  fresh.receives(news(`<items node='${node}'><retract id='${crypt}'/></items>`));
  fresh.receivesNothing();
});
