/**
 * Each module of each host can be switched off: what needs it goes with it, the rest works, and what service discovery says is what
 * there is.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { choose } from '../host/module-choice.js';
import { conferencingLayout } from '../layout.js';
import { Dialogue, type Actor } from '../testing/dialogue.js';

const domain = 'verona.lit';
const layout = conferencingLayout(domain, { pubsub: true });
const cases = layout.flatMap((plan) => plan.modules.map(({ name }) => [plan.name, name] as const));

let stage: Dialogue | undefined;
afterEach(() => stage?.close());

/** Features, and how each is told to be there: a request that is not answered with `service-unavailable`. */
const probes: readonly (readonly [feature: string, of: 'host' | 'account', type: string, payload: string])[] =
  [
    ['urn:xmpp:ping', 'host', 'get', "<ping xmlns='urn:xmpp:ping'/>"],
    ['jabber:iq:version', 'host', 'get', "<query xmlns='jabber:iq:version'/>"],
    ['jabber:iq:last', 'host', 'get', "<query xmlns='jabber:iq:last'/>"],
    ['urn:xmpp:time', 'host', 'get', "<time xmlns='urn:xmpp:time'/>"],
    ['jabber:iq:register', 'host', 'get', "<query xmlns='jabber:iq:register'/>"],
    ['urn:xmpp:extdisco:2', 'host', 'get', "<services xmlns='urn:xmpp:extdisco:2'/>"],
    [
      'http://jabber.org/protocol/commands',
      'host',
      'set',
      "<command xmlns='http://jabber.org/protocol/commands' node='x'/>",
    ],
    [
      'http://jabber.org/protocol/disco#info',
      'host',
      'get',
      "<query xmlns='http://jabber.org/protocol/disco#info'/>",
    ],
    [
      'http://jabber.org/protocol/disco#items',
      'host',
      'get',
      "<query xmlns='http://jabber.org/protocol/disco#items'/>",
    ],
    ['vcard-temp', 'account', 'get', "<vCard xmlns='vcard-temp'/>"],
    ['urn:xmpp:blocking', 'account', 'get', "<blocklist xmlns='urn:xmpp:blocking'/>"],
    ['urn:xmpp:carbons:2', 'account', 'set', "<enable xmlns='urn:xmpp:carbons:2'/>"],
    ['urn:xmpp:mam:2', 'account', 'get', "<prefs xmlns='urn:xmpp:mam:2'/>"],
    ['jabber:iq:private', 'account', 'get', "<query xmlns='jabber:iq:private'><x xmlns='x'/></query>"],
    [
      'http://jabber.org/protocol/pubsub',
      'account',
      'get',
      "<pubsub xmlns='http://jabber.org/protocol/pubsub'><subscriptions/></pubsub>",
    ],
  ];

const refusal = 'service-unavailable';

async function isThere(actor: Actor, type: string, to: string, payload: string): Promise<boolean> {
  actor.ignoresAll();
  await actor.sends(`<iq type='${type}' id='probe' ${to}>${payload}</iq>`);
  const answer = actor.inbox.find(({ attrs }) => attrs['id'] === 'probe');
  expect(answer, payload).toBeDefined();
  return answer?.getChild('error')?.getChild(refusal) === undefined;
}

describe.each(cases)('%s without %s', (host, module) => {
  it('starts, answers, and says what is true', async () => {
    stage = await Dialogue.open(() =>
      layout.map((plan) =>
        plan.name === host ? { ...plan, modules: choose(host, plan.modules, { [module]: false }) } : plan,
      ),
    );
    expect(stage.hosts.offered(host, module)).toBeUndefined();
    const juliet = await stage.client('juliet', 'balcony');
    const romeo = await stage.client('romeo', 'orchard');
    for (const xml of [
      '<presence/>',
      `<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>`,
      `<iq type='get' id='host' to='${host}'><ping xmlns='urn:xmpp:ping'/></iq>`,
      `<message to='romeo@${domain}' type='chat'><body>Hist!</body></message>`,
      `<presence to='romeo@${domain}' type='subscribe'/>`,
    ]) {
      await juliet.sends(xml);
      await romeo.sends(xml);
    }
    for (const id of ['roster', 'host'])
      expect(juliet.inbox.some(({ attrs }) => attrs['id'] === id)).toBe(true);
    expect([juliet.session.state, romeo.session.state]).toEqual(['attached', 'attached']);

    const { disco } = stage.router.host(domain) ?? expect.fail();
    const told = new Set([...disco.features, ...disco.accountFeatures]);
    for (const [feature, of, type, payload] of probes) {
      const to = of === 'host' ? `to='${domain}'` : '';
      expect([feature, told.has(feature)]).toEqual([feature, await isThere(juliet, type, to, payload)]);
    }
  });
});
