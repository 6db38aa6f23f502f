/** The small services of an account and of its host, each of which one question and its answer explain. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configured } from '../host/module-set.js';
import { Dialogue, withModule, withoutModules, type Actor } from '../testing/dialogue.js';
import { contactAddresses } from './contact-addresses.js';

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
const error = (condition: string) => `<iq type='error' id='1'><error><${condition}/></error></iq>`;

describe('private XML (XEP-0049)', () => {
  const query = (payload: string) => `<query xmlns='jabber:iq:private'>${payload}</query>`;
  const prefs = "<prefs xmlns='urn:example:prefs'><colour>rose</colour></prefs>";

  it('keeps each element by name and namespace', async () => {
    await romeo.sends(iq('set', query(prefs)));
    romeo.receives("<iq type='result'/>");
    await romeo.sends(iq('set', query("<prefs xmlns='urn:example:other'>1</prefs>")));
    romeo.ignoresAll();
    await romeo.sends(iq('get', query("<prefs xmlns='urn:example:prefs'/>")));
    romeo.receives(iq('result', query(prefs)));
    await romeo.sends(iq('get', query("<none xmlns='urn:example:prefs'/>")));
    romeo.receives(iq('result', query("<none xmlns='urn:example:prefs'/>")));
  });

  it.each([
    ['nothing', ''],
    ['two elements', `${prefs}<a xmlns='b'/>`],
    ['an element without a namespace of its own', '<prefs/>'],
  ])('refuses %s', async (_, payload) => {
    await romeo.sends(iq('set', query(payload)));
    romeo.receives(error('bad-request'));
  });

  it('refuses what is too much, and belongs to nobody else', async () => {
    await romeo.sends(iq('set', query(`<a xmlns='b'>${'x'.repeat(256 * 1024)}</a>`)));
    romeo.receives(error('resource-constraint'));
    for (const type of ['get', 'set']) {
      await juliet.sends(iq(type, query("<a xmlns='b'/>"), romeo.bare));
      juliet.receives(error('forbidden'));
    }
  });
});

describe('vcard-temp (XEP-0054)', () => {
  const vcard = "<vCard xmlns='vcard-temp'><FN>Romeo</FN></vCard>";
  const asked = "<vCard xmlns='vcard-temp'/>";

  it('is written by its owner, and read by everybody', async () => {
    await romeo.sends(iq('get', asked));
    romeo.receives(iq('result', asked));
    await romeo.sends(iq('set', vcard));
    romeo.receives("<iq type='result'/>");
    for (const [who, to] of [
      [romeo, romeo.bare],
      [juliet, romeo.bare],
      [stage.stranger('g@guest.verona.lit/x'), romeo.bare],
    ] as const) {
      await who.sends(iq('get', asked, to));
      who.receives(`<iq type='result' from='${romeo.bare}'>${vcard}</iq>`);
    }
  });

  it('is not written by others, and says nothing of who exists', async () => {
    await juliet.sends(iq('set', vcard, romeo.bare));
    juliet.receives(error('forbidden'));
    for (const to of [romeo.bare, 'nobody@verona.lit']) {
      await juliet.sends(iq('get', asked, to));
      juliet.receives(error('item-not-found'));
    }
    await romeo.sends(iq('set', `<vCard xmlns='vcard-temp'>${'x'.repeat(128 * 1024)}</vCard>`));
    romeo.receives(error('resource-constraint'));
  });
});

describe('last activity (XEP-0012)', () => {
  const query = "<query xmlns='jabber:iq:last'/>";

  it('of the server is how long it has been up', async () => {
    await romeo.sends(iq('get', query, 'verona.lit'));
    romeo.receives("<iq type='result'><query xmlns='jabber:iq:last' seconds='0'/></iq>");
  });

  it('of an account is for those who see its presence', async () => {
    for (const to of [juliet.bare, 'nobody@verona.lit']) {
      await romeo.sends(iq('get', query, to));
      romeo.receives(error('forbidden'));
    }
    await romeo.sends(`<presence type='subscribe' to='${juliet.bare}'/>`);
    await juliet.sends(`<presence type='subscribed' to='${romeo.bare}'/>`);
    await juliet.comesOnline();
    await romeo.sends(iq('get', query, juliet.bare));
    const online = romeo.receives("<iq type='result'><query seconds='0'/></iq>");
    expect(online.getChildText('query')).toBe('');
    await juliet.sends("<presence type='unavailable'><status>Poison</status></presence>");
    romeo.ignoresAll();
    await romeo.sends(iq('get', query, juliet.bare));
    romeo.receives("<iq type='result'><query seconds='0'>Poison</query></iq>");
  });
});

describe('what an account offers (XEP-0030 s.8)', () => {
  const info = "<query xmlns='http://jabber.org/protocol/disco#info'/>";

  it('is for those who see its presence, and others cannot tell whether it is there', async () => {
    for (const to of [juliet.bare, 'nobody@verona.lit']) {
      for (const payload of [info, info.replace('info', 'items')]) {
        await romeo.sends(iq('get', payload, to));
        romeo.receives(error('service-unavailable'));
      }
    }
    await romeo.sends(`<presence type='subscribe' to='${juliet.bare}'/>`);
    await juliet.sends(`<presence type='subscribed' to='${romeo.bare}'/>`);
    romeo.ignoresAll();
    await romeo.sends(iq('get', info, juliet.bare));
    romeo.receives(
      "<iq type='result'><query><identity category='account' type='registered'/><feature var='vcard-temp'/></query></iq>",
    );
    await romeo.sends(iq('get', info.replace('/>', " node='x'/>"), juliet.bare));
    romeo.receives(error('item-not-found'));
  });
});

it('tells the time (XEP-0202)', async () => {
  await romeo.sends(iq('get', "<time xmlns='urn:xmpp:time'/>", 'verona.lit'));
  const time = romeo.receives("<iq type='result'><time><tzo>+00:00</tzo></time></iq>").getChild('time');
  expect(Math.abs(Date.now() - Date.parse(time?.getChildText('utc') ?? ''))).toBeLessThan(5000);
});

it('tells its version (XEP-0092)', async () => {
  await romeo.sends(iq('get', "<query xmlns='jabber:iq:version'/>", 'verona.lit'));
  const query = romeo
    .receives("<iq type='result'><query><name>Conclave</name></query></iq>")
    .getChild('query');
  expect(query?.getChildText('version')).toMatch(/^\d+\.\d+\.\d+/);
  expect(query?.getChild('os')).toBeUndefined();
});

it('says whom to turn to (XEP-0157)', async () => {
  stage.close();
  stage = await Dialogue.open(
    withModule(
      configured(contactAddresses, { abuse: ['mailto:abuse@verona.lit', 'xmpp:prince@verona.lit'] }),
    ),
  );
  romeo = await stage.client('romeo', 'orchard');
  await romeo.sends(iq('get', "<query xmlns='http://jabber.org/protocol/disco#info'/>", 'verona.lit'));
  romeo.receives(
    `<iq type='result'><query><x xmlns='jabber:x:data' type='result'>
      <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/network/serverinfo</value></field>
      <field var='abuse-addresses' type='list-multi'><value>mailto:abuse@verona.lit</value><value>xmpp:prince@verona.lit</value></field>
    </x></query></iq>`,
  );
});

it('forgets all of an account that is removed, and nothing of others', async () => {
  await romeo.sends(iq('set', "<vCard xmlns='vcard-temp'><FN>R</FN></vCard>"));
  await juliet.sends(iq('set', "<vCard xmlns='vcard-temp'><FN>J</FN></vCard>"));
  await romeo.sends(iq('set', "<query xmlns='jabber:iq:private'><a xmlns='b'>1</a></query>"));
  await romeo.sends(iq('set', "<block xmlns='urn:xmpp:blocking'><item jid='a@b.c'/></block>"));
  await romeo.sends(iq('set', "<query xmlns='jabber:iq:roster'><item jid='a@b.c'/></query>"));
  await stage.removeAccount('romeo');
  for (const store of ['accounts', 'vcard', 'private', 'blocklist', 'roster', 'last_activity']) {
    expect(await stage.storage.keyval('verona.lit', store, z.unknown()).users(), store).not.toContain(
      'romeo',
    );
  }
  expect(await stage.storage.archive('verona.lit', 'offline').users()).toEqual([]);
  expect(await stage.storage.keyval('verona.lit', 'vcard', z.unknown()).users()).toEqual(['juliet']);
});

it.each([
  ['private-xml', "<query xmlns='jabber:iq:private'><a xmlns='b'/></query>", 'jabber:iq:private'],
  ['vcard-temp', "<vCard xmlns='vcard-temp'/>", 'vcard-temp'],
  ['carbons', "<enable xmlns='urn:xmpp:carbons:2'/>", 'urn:xmpp:carbons:2'],
  ['last-activity', "<query xmlns='jabber:iq:last'/>", 'jabber:iq:last'],
])('is without %s when that is not loaded', async (name, payload, feature) => {
  stage.close();
  stage = await Dialogue.open(withoutModules(name));
  romeo = await stage.client('romeo', 'orchard');
  await romeo.sends(iq(name === 'carbons' ? 'set' : 'get', payload));
  romeo.receives(error('service-unavailable'));
  expect(stage.router.host('verona.lit')?.disco.features).not.toContain(feature);
});
