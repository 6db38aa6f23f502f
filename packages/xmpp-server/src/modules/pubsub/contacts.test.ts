/** Nodes that are for the contacts of their owners (XEP-0060 s.4.5). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  affiliate,
  answer,
  asks,
  configure,
  done,
  enter,
  enterWithoutRosters,
  entry,
  error,
  event,
  form,
  get,
  guest,
  iq,
  juliet,
  news,
  ns,
  prince,
  publish,
  romeo,
  set,
  stage,
  subscribe,
} from '../../testing/pubsub-scene.js';

beforeEach(() => enter());
afterEach(() => stage.close());

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
    await enterWithoutRosters();
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
