/**
 * The router and every module of instant messaging are given requests of which each was a good one before some of it was changed:
 * whatever comes of it, nothing breaks, each request is answered once, and each error is one that means something.
 */
import { Element, NS } from '@conclave/signaling';
import fc from 'fast-check';
import { parse } from 'ltx';
import { expect, it, vi } from 'vitest';
import { Dialogue, type Actor } from '../testing/dialogue.js';

const form = (type: string, fields: Readonly<Record<string, string>>): string =>
  `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>${type}</value></field>${Object.entries(
    fields,
  )
    .map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`)
    .join('')}</x>`;
const pubsub = (inner: string, owner = ''): string =>
  `<pubsub xmlns='http://jabber.org/protocol/pubsub${owner}'>${inner}</pubsub>`;
const rsm = "<set xmlns='http://jabber.org/protocol/rsm'><max>5</max><before/></set>";
const forwarded =
  "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>x</body></message></forwarded>";

/** What good requests hold. */
const payloads = [
  "<query xmlns='jabber:iq:roster'><item jid='juliet@verona.lit' name='Juliet'><group>Friends</group></item></query>",
  "<query xmlns='jabber:iq:roster'><item jid='juliet@verona.lit' subscription='remove'/></query>",
  "<query xmlns='jabber:iq:roster' ver='1'/>",
  "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'><conference jid='a@b' autojoin='1'><nick>x</nick></conference></storage></query>",
  "<query xmlns='jabber:iq:register'><username>romeo</username><password>password</password></query>",
  "<query xmlns='jabber:iq:last'/>",
  "<query xmlns='jabber:iq:version'/>",
  "<time xmlns='urn:xmpp:time'/>",
  "<ping xmlns='urn:xmpp:ping'/>",
  "<query xmlns='http://jabber.org/protocol/disco#info' node='urn:example:n'/>",
  "<query xmlns='http://jabber.org/protocol/disco#items'/>",
  "<vCard xmlns='vcard-temp'><FN>Romeo</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>AAAA</BINVAL></PHOTO></vCard>",
  "<block xmlns='urn:xmpp:blocking'><item jid='tybalt@verona.lit'/></block>",
  "<unblock xmlns='urn:xmpp:blocking'><item jid='tybalt@verona.lit'/></unblock>",
  "<blocklist xmlns='urn:xmpp:blocking'/>",
  "<enable xmlns='urn:xmpp:carbons:2'/>",
  `<query xmlns='urn:xmpp:mam:2' queryid='q'>${form('urn:xmpp:mam:2', { with: 'juliet@verona.lit', start: '2020-01-01T00:00:00Z' })}${rsm}</query>`,
  "<prefs xmlns='urn:xmpp:mam:2' default='always'><always><jid>juliet@verona.lit</jid></always><never/></prefs>",
  "<metadata xmlns='urn:xmpp:mam:2'/>",
  "<enable xmlns='urn:xmpp:push:0' jid='push.verona.lit' node='n'/>",
  "<services xmlns='urn:xmpp:extdisco:2'/>",
  "<command xmlns='http://jabber.org/protocol/commands' node='http://jabber.org/protocol/admin#add-user' action='execute'/>",
  pubsub(
    `<publish node='urn:example:n'><item id='1'><thing xmlns='urn:example:t'/></item></publish><publish-options>${form('http://jabber.org/protocol/pubsub#publish-options', { 'pubsub#access_model': 'open', 'pubsub#max_items': '5' })}</publish-options>`,
  ),
  pubsub(
    "<publish node='urn:xmpp:bookmarks:1'><item id='a@conference.verona.lit'><conference xmlns='urn:xmpp:bookmarks:1' name='A' autojoin='true'><nick>x</nick></conference></item></publish>",
  ),
  pubsub(
    "<publish node='urn:xmpp:avatar:metadata'><item id='0c'><metadata xmlns='urn:xmpp:avatar:metadata'><info id='0c' bytes='3' type='image/png'/></metadata></item></publish>",
  ),
  pubsub(
    "<publish node='urn:xmpp:vcard4'><item id='current'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Romeo</text></fn></vcard></item></publish>",
  ),
  pubsub(`<items node='urn:example:n' max_items='2'><item id='1'/></items>${rsm}`),
  pubsub("<retract node='urn:example:n' notify='true'><item id='1'/></retract>"),
  pubsub("<subscribe node='urn:example:n' jid='romeo@verona.lit'/>"),
  pubsub("<unsubscribe node='urn:example:n' jid='romeo@verona.lit'/>"),
  pubsub('<subscriptions/><affiliations/>'),
  pubsub("<options node='urn:example:n' jid='romeo@verona.lit'/>"),
  pubsub(
    `<create node='urn:example:n'/><configure>${form('http://jabber.org/protocol/pubsub#node_config', { 'pubsub#access_model': 'whitelist' })}</configure>`,
  ),
  pubsub(
    `<configure node='urn:example:n'>${form('http://jabber.org/protocol/pubsub#node_config', { 'pubsub#title': 'x' })}</configure>`,
    '#owner',
  ),
  pubsub(
    "<affiliations node='urn:example:n'><affiliation jid='juliet@verona.lit' affiliation='member'/></affiliations>",
    '#owner',
  ),
  pubsub(
    "<subscriptions node='urn:example:n'><subscription jid='juliet@verona.lit' subscription='subscribed'/></subscriptions>",
    '#owner',
  ),
  pubsub("<purge node='urn:example:n'/>", '#owner'),
  pubsub("<delete node='urn:example:n'/>", '#owner'),
  "<query xmlns='http://jabber.org/protocol/muc#owner'/>",
  "<query xmlns='http://jabber.org/protocol/muc#admin'><item nick='romeo' role='none'/></query>",
  "<conference xmlns='http://jitsi.org/protocol/focus' room='a@conference.verona.lit'/>",
  "<body>hello</body><request xmlns='urn:xmpp:receipts'/><private xmlns='urn:xmpp:carbons:2'/><no-store xmlns='urn:xmpp:hints'/>",
  `<sent xmlns='urn:xmpp:carbons:2'>${forwarded}</sent><stanza-id xmlns='urn:xmpp:sid:0' id='1' by='romeo@verona.lit'/>`,
  "<x xmlns='http://jabber.org/protocol/muc'><password>x</password></x><priority>5</priority><show>away</show>",
  "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='AAAA'/><x xmlns='vcard-temp:x:update'><photo/></x>",
  "<delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z' from='verona.lit'/>",
];

const values = [
  '',
  ' ',
  '0',
  '-1',
  '1e9',
  '99999999999999999999',
  'NaN',
  '2020-13-45T99:00:00Z',
  'romeo@verona.lit',
  'juliet@verona.lit/balcony',
  'verona.lit',
  '@',
  'a@b@c',
  '/',
  '__proto__',
  'constructor',
  'toString',
  'x'.repeat(3000),
  '\u202e\u0301',
  '=',
];
const value = fc.oneof(fc.constantFrom(...values), fc.string({ unit: 'grapheme', maxLength: 8 }));

/** One change: of which element (by its number, in document order), and how. */
const change = fc.record({
  at: fc.nat(40),
  kind: fc.constantFrom('text', 'attribute', 'without', 'drop', 'double', 'namespace', 'move', 'empty'),
  value,
  which: fc.nat(5),
});
type Change = typeof change extends fc.Arbitrary<infer Made> ? Made : never;

function all(element: Element): Element[] {
  return [element, ...element.children.flatMap((child) => (child instanceof Element ? all(child) : []))];
}

function apply(root: Element, { at, kind, value: put, which }: Change): void {
  const elements = all(root).slice(1);
  const chosen = elements[at % Math.max(elements.length, 1)];
  if (chosen === undefined) return;
  const { parent } = chosen;
  const names = Object.keys(chosen.attrs);
  const name = names[which % Math.max(names.length, 1)] ?? 'node';
  switch (kind) {
    case 'text':
      chosen.children = [put];
      break;
    case 'attribute':
      chosen.attrs[name] = put;
      break;
    case 'without':
      if (name !== 'xmlns') Reflect.deleteProperty(chosen.attrs, name);
      break;
    case 'drop':
      parent?.remove(chosen);
      break;
    case 'double':
      parent?.append(parse(chosen.toString()));
      break;
    case 'namespace':
      chosen.attrs['xmlns'] = put === '' ? NS.client : put;
      break;
    case 'move':
      root.append(parse(chosen.toString()));
      break;
    case 'empty':
      chosen.children = [];
      break;
  }
}

const addresses = [
  undefined,
  'romeo@verona.lit',
  'juliet@verona.lit',
  'juliet@verona.lit/balcony',
  'juliet@verona.lit/gone',
  'nobody@verona.lit',
  'verona.lit',
  'conference.verona.lit',
  'garden@conference.verona.lit',
  'garden@conference.verona.lit/romeo',
  'focus.verona.lit',
  'guest.verona.lit',
  'internal.auth.verona.lit',
  'elsewhere.invalid',
  '@verona.lit',
] as const;

const stanza = fc
  .record({
    name: fc.constantFrom('iq', 'iq', 'iq', 'message', 'presence'),
    type: fc.constantFrom(
      'get',
      'set',
      'set',
      'chat',
      'headline',
      'groupchat',
      'error',
      'result',
      'subscribe',
      'probe',
      'unavailable',
      undefined,
    ),
    to: fc.constantFrom(...addresses),
    payload: fc.constantFrom(...payloads),
    changes: fc.array(change, { maxLength: 3 }),
  })
  .map(({ name, type, to, payload, changes }) => {
    const made = parse(`<${name} xmlns='jabber:client'>${payload}</${name}>`);
    if (type !== undefined) made.attrs['type'] = type;
    if (to !== undefined) made.attrs['to'] = to;
    for (const each of changes) apply(made, each);
    return made;
  });

const conditions =
  /^(bad-request|conflict|feature-not-implemented|forbidden|gone|item-not-found|jid-malformed|not-acceptable|not-allowed|not-authorized|policy-violation|recipient-unavailable|redirect|registration-required|remote-server-not-found|remote-server-timeout|resource-constraint|service-unavailable|subscription-required|unexpected-request)$/;

function answersIn({ inbox }: Actor, id: string): Element[] {
  return inbox.filter(
    ({ name, attrs }) =>
      name === 'iq' && attrs['id'] === id && /^(result|error)$/.test(String(attrs['type'])),
  );
}

/** Exactly one answer, to a request that the server answers itself; and no error that says that something broke. */
async function expectSense(actor: Actor, id: string, sent: Element): Promise<void> {
  const { type, to } = sent.attrs as { type?: string; to?: string };
  const isRequest = sent.name === 'iq' && (type === 'get' || type === 'set');
  if (isRequest && to !== 'juliet@verona.lit/balcony') {
    // Keys of a password are made on another thread.
    if (answersIn(actor, id).length === 0) await vi.waitUntil(() => answersIn(actor, id).length > 0);
    expect(answersIn(actor, id).length, sent.toString()).toBe(1);
  }
  // What a client calls an error itself is passed on as it is.
  if (type === 'error') return;
  for (const answer of actor.inbox.filter(({ attrs }) => attrs['type'] === 'error')) {
    const [condition] = answer.getChild('error')?.children.filter((child) => child instanceof Element) ?? [];
    expect(condition?.name ?? '', sent.toString()).toMatch(conditions);
  }
}

it('is survived, and answered', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stanza, { minLength: 8, maxLength: 16, size: 'max' }), async (script) => {
      const stage = await Dialogue.open();
      try {
        const romeo = await stage.client('romeo', 'orchard');
        const juliet = await stage.client('juliet', 'balcony');
        for (const each of [romeo, juliet]) await each.sends('<presence/>');
        let count = 0;
        for (const sent of script) {
          stage.everybodyIgnoresAll();
          const id = `q${++count}`;
          sent.attrs['id'] = id;
          await romeo.sends(sent.toString());
          await stage.settles();
          if (!stage.sessions.all().includes(romeo.session)) return;
          await expectSense(romeo, id, sent);
        }
        stage.everybodyIgnoresAll();
        await juliet.sends("<iq type='get' id='p' to='verona.lit'><ping xmlns='urn:xmpp:ping'/></iq>");
        juliet.receives("<iq type='result' id='p'/>");
      } finally {
        stage.close();
      }
    }),
    { numRuns: 150 },
  );
});
