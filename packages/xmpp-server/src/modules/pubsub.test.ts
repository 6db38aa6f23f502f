/** The publish-subscribe service as a whole: what it says of itself (XEP-0060 s.5), and what it keeps. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStorage } from '../storage/memory.js';
import {
  affiliate,
  answer,
  asks,
  configure,
  enter,
  entry,
  error,
  event,
  get,
  iq,
  juliet,
  news,
  ns,
  prince,
  publish,
  romeo,
  service,
  set,
  stage,
  subscribe,
} from '../testing/pubsub-scene.js';

beforeEach(() => enter());
afterEach(() => stage.close());

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

it('keeps nothing of an account that is removed, nor the nodes that were its alone', async () => {
  await news();
  await romeo.sends(set("<create node='his'/>"));
  await romeo.sends(subscribe(romeo));
  await juliet.sends(affiliate(romeo, 'publisher'));
  await stage.removeAccount('romeo');
  stage.everybodyIgnoresAll();
  await asks(prince, get("<items node='his'/>"), error('cancel', 'item-not-found'));
  const another = await stage.client('romeo', 'orchard');
  await another.sends(get('<affiliations/>'));
  expect(String(another.receives(answer('<affiliations/>')))).not.toContain('news');
  await asks(another, publish('1'), error('auth', 'forbidden'));
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
