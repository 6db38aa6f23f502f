/** Subscriptions, told by who asks for them and by who decides on them (XEP-0060 s.6.1 to s.6.4, s.8.6). */
import { afterEach, beforeEach, describe, it } from 'vitest';
import {
  affiliate,
  answer,
  asks,
  done,
  enter,
  entry,
  error,
  event,
  form,
  get,
  guest,
  juliet,
  news,
  ns,
  ownerGet,
  ownerSet,
  prince,
  publish,
  romeo,
  service,
  set,
  stage,
  subscribe,
} from '../../testing/pubsub-scene.js';

beforeEach(() => enter());
afterEach(() => stage.close());

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
