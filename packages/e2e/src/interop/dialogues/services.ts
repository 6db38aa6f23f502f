/** Publishing (XEP-0163), archives (XEP-0313), and requests that nobody understands or that are none (RFC 6120 s.8). */
import type { Dialogue } from '../stage.js';

const iq = (type: string, id: string, inner: string, to?: string): string =>
  `<iq type='${type}' id='${id}'${to === undefined ? '' : ` to='${to}'`}>${inner}</iq>`;
const pubsub = (inner: string, owner = ''): string =>
  `<pubsub xmlns='http://jabber.org/protocol/pubsub${owner}'>${inner}</pubsub>`;
const publish = (node: string, item: string): string =>
  pubsub(`<publish node='${node}'><item id='${item}'><thing xmlns='urn:thing'/></item></publish>`);
const archive = (fields: string, rsm = ''): string =>
  `<query xmlns='urn:xmpp:mam:2' queryid='q'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>${fields}</x>${rsm}</query>`;
const withJuliet = "<field var='with'><value>juliet@verona.lit</value></field>";
const page = (inner: string): string => `<set xmlns='http://jabber.org/protocol/rsm'>${inner}</set>`;

export const services: readonly Dialogue[] = [
  {
    title: 'publishing',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const juliet = await stage.enter('juliet', 'balcony');
      await romeo.sends('publishes', iq('set', 'p1', publish('urn:node', 'one')));
      await romeo.sends('publishes again', iq('set', 'p2', publish('urn:node', 'two')));
      await romeo.sends('reads', iq('get', 'p3', pubsub("<items node='urn:node'/>")));
      await romeo.sends('reads no node', iq('get', 'p4', pubsub("<items node='urn:none'/>")));
      await romeo.sends('publishes nowhere', iq('set', 'p5', pubsub('<publish/>')));
      await juliet.sends(
        'she reads his, and may not',
        iq('get', 'p6', pubsub("<items node='urn:node'/>"), 'romeo@verona.lit'),
      );
      await juliet.sends(
        'she publishes there, and may not',
        iq('set', 'p7', publish('urn:node', 'three'), 'romeo@verona.lit'),
      );
      await romeo.sends(
        'retracts',
        iq('set', 'p8', pubsub("<retract node='urn:node'><item id='two'/></retract>")),
      );
      await romeo.sends(
        'retracts what is not there',
        iq('set', 'p9', pubsub("<retract node='urn:node'><item id='nine'/></retract>")),
      );
      await romeo.sends('makes it again', iq('set', 'p10', pubsub("<create node='urn:node'/>")));
      await romeo.sends('deletes', iq('set', 'p11', pubsub("<delete node='urn:node'/>", '#owner')));
      await romeo.sends('deletes again', iq('set', 'p12', pubsub("<delete node='urn:node'/>", '#owner')));
    },
  },
  {
    title: 'archives',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const juliet = await stage.enter('juliet', 'balcony');
      for (const each of [romeo, juliet]) await each.sends('comes', '<presence/>');
      await romeo.sends(
        'wants all kept',
        iq('set', 'a1', "<prefs xmlns='urn:xmpp:mam:2' default='always'><always/><never/></prefs>"),
      );
      await romeo.sends('asks what is kept', iq('get', 'a2', "<prefs xmlns='urn:xmpp:mam:2'/>"));
      await romeo.sends(
        'says one',
        "<message to='juliet@verona.lit/balcony' type='chat' id='m1'><body>one</body></message>",
      );
      await juliet.sends(
        'she says two',
        "<message to='romeo@verona.lit/orchard' type='chat' id='m2'><body>two</body></message>",
      );
      await romeo.sends(
        'is typing',
        "<message to='juliet@verona.lit/balcony' type='chat' id='m3'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
      );
      await romeo.sends('reads all', iq('set', 'a3', archive('')));
      await romeo.sends('reads what concerns her', iq('set', 'a4', archive(withJuliet)));
      await romeo.sends(
        'reads the last',
        iq('set', 'a5', archive(withJuliet, page('<max>1</max><before/>'))),
      );
      await romeo.sends('counts', iq('set', 'a6', archive('', page('<max>0</max>'))));
      await romeo.sends(
        'reads after what is not there',
        iq('set', 'a7', archive('', page('<after>none</after>'))),
      );
      await romeo.sends(
        'reads by no date',
        iq('set', 'a8', archive("<field var='start'><value>noon</value></field>")),
      );
      await romeo.sends('reads hers', iq('set', 'a9', archive(''), 'juliet@verona.lit'));
    },
  },
  {
    title: 'requests that are none',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const unknown = "<question xmlns='urn:unknown'/>";
      await romeo.sends('to his server', iq('get', 'r1', unknown, 'verona.lit'));
      await romeo.sends('to himself', iq('set', 'r2', unknown, 'romeo@verona.lit'));
      await romeo.sends('to nobody', iq('get', 'r3', unknown));
      await romeo.sends('to a stranger', iq('get', 'r4', unknown, 'juliet@verona.lit'));
      await romeo.sends('to rooms', iq('get', 'r5', unknown, 'conference.verona.lit'));
      await romeo.sends('an empty one', iq('get', 'r6', '', 'verona.lit'));
      await romeo.sends('two in one', iq('get', 'r7', `${unknown}${unknown}`, 'verona.lit'));
      await romeo.sends('of no known type', iq('ask', 'r8', unknown, 'verona.lit'));
      await romeo.sends('a result for nothing', iq('result', 'r9', '', 'verona.lit'));
      await romeo.sends('an error for nothing', iq('error', 'r10', '', 'verona.lit'));
      await romeo.sends('to no address', iq('get', 'r11', unknown, '@verona.lit'));
      await romeo.sends(
        'the version',
        iq('get', 'r12', "<query xmlns='jabber:iq:version'/>", 'romeo@verona.lit/gone'),
      );
      await romeo.sends(
        'a message of no known type',
        "<message to='romeo@verona.lit' type='shout' id='r13'><body>x</body></message>",
      );
    },
  },
];
