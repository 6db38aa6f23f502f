/** What a server keeps and tells for its users: private XML (XEP-0049), vCards (XEP-0054), service discovery (XEP-0030) and the like. */
import type { Dialogue } from '../stage.js';

const iq = (type: string, id: string, inner: string, to?: string): string =>
  `<iq type='${type}' id='${id}'${to === undefined ? '' : ` to='${to}'`}>${inner}</iq>`;
const store = (inner: string): string => `<query xmlns='jabber:iq:private'>${inner}</query>`;
const info = (node = ''): string => `<query xmlns='http://jabber.org/protocol/disco#info'${node}/>`;
const items = "<query xmlns='http://jabber.org/protocol/disco#items'/>";
const vcard = (inner: string): string => `<vCard xmlns='vcard-temp'>${inner}</vCard>`;

export const storing: readonly Dialogue[] = [
  {
    title: 'private XML',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      await romeo.sends('reads what is not there', iq('get', 'x1', store("<love xmlns='urn:love'/>")));
      await romeo.sends('writes', iq('set', 'x2', store("<love xmlns='urn:love'><juliet/></love>")));
      await romeo.sends('reads', iq('get', 'x3', store("<love xmlns='urn:love'/>")));
      await romeo.sends('reads nothing', iq('get', 'x4', store('')));
      await romeo.sends('reads two', iq('get', 'x5', store("<a xmlns='urn:a'/><b xmlns='urn:b'/>")));
      await romeo.sends(
        'reads another’s',
        iq('get', 'x6', store("<love xmlns='urn:love'/>"), 'juliet@verona.lit'),
      );
    },
  },
  {
    title: 'vCards',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      await romeo.sends('reads none', iq('get', 'v1', vcard('')));
      await romeo.sends('writes', iq('set', 'v2', vcard('<FN>Romeo</FN>')));
      await romeo.sends('reads', iq('get', 'v3', vcard('')));
      await romeo.sends('reads hers, who has none', iq('get', 'v4', vcard(''), 'juliet@verona.lit'));
      await romeo.sends('reads nobody’s', iq('get', 'v5', vcard(''), 'nobody@verona.lit'));
      await romeo.sends('writes hers', iq('set', 'v6', vcard('<FN>Romeo</FN>'), 'juliet@verona.lit'));
      const hers = await stage.enter('juliet', 'balcony');
      await hers.sends('she reads his', iq('get', 'v7', vcard(''), 'romeo@verona.lit'));
    },
  },
  {
    title: 'discovery',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      await romeo.sends('of an unknown node', iq('get', 'd1', info(" node='love'"), 'verona.lit'));
      await romeo.sends('of nobody', iq('get', 'd2', info(), 'nobody@verona.lit'));
      await romeo.sends('of a stranger', iq('get', 'd3', info(), 'juliet@verona.lit'));
      await romeo.sends('of rooms', iq('get', 'd4', items, 'conference.verona.lit'));
      await romeo.sends(
        'of a room that is not there',
        iq('get', 'd5', info(), 'nowhere@conference.verona.lit'),
      );
      await romeo.sends('ping', iq('get', 'd6', "<ping xmlns='urn:xmpp:ping'/>", 'verona.lit'));
      await romeo.sends(
        'ping of the rooms',
        iq('get', 'd7', "<ping xmlns='urn:xmpp:ping'/>", 'conference.verona.lit'),
      );
      await romeo.sends(
        'last activity of a stranger',
        iq('get', 'd8', "<query xmlns='jabber:iq:last'/>", 'juliet@verona.lit'),
      );
      await romeo.sends(
        'the session of old',
        iq('set', 'd9', "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"),
      );
    },
  },
];
