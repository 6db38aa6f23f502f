/** Whatever is sent to a room, nothing throws, and every question to it gets exactly one answer. */
import { Element, NS } from '@conclave/signaling';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { garden, room } from './testing/verona.js';

const names = [
  'x',
  'item',
  'query',
  'destroy',
  'invite',
  'decline',
  'field',
  'value',
  'reason',
  'subject',
  'body',
  'history',
  'password',
  'status',
  'error',
  'ping',
  'delay',
  'json-message',
  'a.b',
  'thread',
  'vCard',
  'PHOTO',
  'BINVAL',
  'command',
  'moderate',
  'retract',
  'remove',
];
const namespaces = [
  NS.muc,
  NS.mucUser,
  NS.mucAdmin,
  NS.mucOwner,
  NS.dataForms,
  NS.discoInfo,
  NS.discoItems,
  NS.ping,
  NS.delay,
  NS.stanzaErrors,
  NS.jitmeet,
  'a:b',
  'vcard-temp',
  'jabber:iq:register',
  'http://jabber.org/protocol/commands',
  'urn:xmpp:message-moderate:1',
  'urn:xmpp:message-retract:1',
  'http://jabber.org/protocol/pubsub',
];
const values = [
  'submit',
  'form',
  'cancel',
  'FORM_TYPE',
  NS.mucRoomConfig,
  NS.mucRequest,
  'owner',
  'admin',
  'member',
  'none',
  'outcast',
  'moderator',
  'visitor',
  'romeo',
  'juliet',
  'romeo@verona.lit',
  'juliet@verona.lit/balcony',
  'tybalt@verona.lit',
  '@',
  '',
  '1',
  '0',
  '-1',
  '99999999999',
  'muc#roomconfig_membersonly',
  'muc#roomconfig_maxusers',
  'muc#roomnick',
  'muc#roomconfig_roomowners',
  'muc#roomconfig_presencebroadcast',
  'urn:xmpp:hats:commands:create',
  'urn:xmpp:hats:commands:assign',
  'hats#uri',
  'hats#title',
  'x-roomuser-item',
  '2020-01-01T00:00:00Z',
  '__proto__',
  'constructor',
];
const attributeNames = [
  'type',
  'var',
  'jid',
  'nick',
  'role',
  'affiliation',
  'to',
  'from',
  'code',
  'maxstanzas',
  'maxchars',
  'seconds',
  'since',
  'node',
  'id',
  'action',
  'xml:lang',
];

const value = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...values) }, fc.string({ maxLength: 20 }));

function element(depth: number): fc.Arbitrary<Element> {
  const child: fc.Arbitrary<Element | string> = depth === 0 ? value : fc.oneof(value, element(depth - 1));
  return fc
    .record({
      name: fc.constantFrom(...names),
      namespace: fc.option(fc.constantFrom(...namespaces), { freq: 1 }),
      attributes: fc.dictionary(fc.constantFrom(...attributeNames), value, { maxKeys: 3 }),
      children: fc.array(child, { maxLength: 4 }),
    })
    .map(({ name, namespace, attributes, children }) => {
      const made = new Element(name, attributes);
      if (namespace !== null) made.attrs['xmlns'] = namespace;
      made.append(...children);
      return made;
    });
}

const stanza = fc
  .record({
    name: fc.constantFrom('presence', 'message', 'iq'),
    type: fc.option(
      fc.constantFrom(
        'get',
        'set',
        'result',
        'error',
        'groupchat',
        'chat',
        'unavailable',
        'probe',
        'subscribe',
      ),
    ),
    to: fc.constantFrom(
      room,
      `${room}/romeo`,
      `${room}/juliet`,
      `${room}/nobody`,
      'tomb@rooms.verona.lit',
      'tomb@rooms.verona.lit/x',
    ),
    children: fc.array(element(3), { maxLength: 3 }),
  })
  .map(({ name, type, to, children }) => {
    const made = new Element(name, { xmlns: NS.client, id: 'q', to, ...(type === null ? {} : { type }) });
    made.append(...children);
    return made;
  });

it('is survived', { timeout: 30_000 }, () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), stanza), { maxLength: 12, size: 'max' }), (script) => {
      const { stage, romeo, juliet } = garden();
      for (const [isRomeo, sent] of script) {
        stage.everybodyIgnoresAll();
        const actor = isRomeo ? romeo : juliet;
        actor.sends(sent.toString());
        const { type, to } = sent.attrs as Record<string, string | undefined>;
        const asksRoom = sent.name === 'iq' && (type === 'get' || type === 'set') && to === room;
        const answers = actor.inbox.filter(({ name, attrs }) => name === 'iq' && attrs['id'] === 'q');
        if (asksRoom) expect(answers).toHaveLength(1);
      }
    }),
    { numRuns: 200 },
  );
});
