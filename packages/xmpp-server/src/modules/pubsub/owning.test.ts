/** Nodes, told by who owns them (XEP-0060 s.8). */
import { afterEach, beforeEach, describe, it } from 'vitest';
import {
  affiliate,
  answer,
  asks,
  configure,
  done,
  enter,
  error,
  event,
  get,
  guest,
  juliet,
  news,
  ownerGet,
  ownerSet,
  prince,
  publish,
  romeo,
  set,
  stage,
  subscribe,
} from '../../testing/pubsub-scene.js';

beforeEach(() => enter());
afterEach(() => stage.close());

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
