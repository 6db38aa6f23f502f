/** Rosters, subscriptions and presence (RFC 6121 s.2 to s.4), and whom one does not want to know (XEP-0191). */
import type { Dialogue } from '../stage.js';

const roster = (type: string, id: string, items = ''): string =>
  `<iq type='${type}' id='${id}'><query xmlns='jabber:iq:roster'>${items}</query></iq>`;
const juliet = "<item jid='juliet@verona.lit' name='Juliet'><group>Capulets</group></item>";
const subscription = (type: string, to: string): string => `<presence type='${type}' to='${to}@verona.lit'/>`;
const blocking = (type: string, id: string, inner: string): string =>
  `<iq type='${type}' id='${id}'>${inner}</iq>`;
const ns = "xmlns='urn:xmpp:blocking'";

export const presence: readonly Dialogue[] = [
  {
    title: 'roster',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const phone = await stage.enter('romeo', 'phone');
      await romeo.sends('asks', roster('get', 'r1'));
      await phone.sends('asks too', roster('get', 'r2'));
      await romeo.sends('adds', roster('set', 'r3', juliet));
      await romeo.sends('renames', roster('set', 'r4', "<item jid='juliet@verona.lit' name='Jule'/>"));
      await romeo.sends(
        'says which subscription',
        roster('set', 'r5', "<item jid='juliet@verona.lit' subscription='both'/>"),
      );
      await romeo.sends('adds nobody', roster('set', 'r6'));
      await romeo.sends('adds two', roster('set', 'r7', `${juliet}<item jid='tybalt@verona.lit'/>`));
      await romeo.sends('adds himself', roster('set', 'r8', "<item jid='romeo@verona.lit'/>"));
      await romeo.sends('adds an address that is none', roster('set', 'r9', "<item jid='@'/>"));
      await romeo.sends(
        'adds to the roster of another',
        "<iq type='set' id='r10' to='juliet@verona.lit'><query xmlns='jabber:iq:roster'><item jid='romeo@verona.lit'/></query></iq>",
      );
      await romeo.sends(
        'reads the roster of another',
        "<iq type='get' id='r11' to='juliet@verona.lit'><query xmlns='jabber:iq:roster'/></iq>",
      );
      await romeo.sends(
        'removes a stranger',
        roster('set', 'r12', "<item jid='tybalt@verona.lit' subscription='remove'/>"),
      );
      await romeo.sends(
        'removes',
        roster('set', 'r13', "<item jid='juliet@verona.lit' subscription='remove'/>"),
      );
      await romeo.sends('asks at last', roster('get', 'r14'));
    },
  },
  {
    title: 'subscriptions',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const hers = await stage.enter('juliet', 'balcony');
      await romeo.sends('he comes', roster('get', 's1'), '<presence/>');
      await hers.sends('she comes', roster('get', 's2'), '<presence/>');
      await romeo.sends('he asks', subscription('subscribe', 'juliet'));
      await romeo.sends('he asks again', subscription('subscribe', 'juliet'));
      await hers.sends('she grants', subscription('subscribed', 'romeo'));
      await hers.sends('she asks', subscription('subscribe', 'romeo'));
      await romeo.sends('he grants', subscription('subscribed', 'juliet'));
      await romeo.sends('he changes', '<presence><show>away</show><status>sighing</status></presence>');
      const phone = await stage.enter('juliet', 'phone');
      await phone.sends('her phone comes', '<presence><priority>-1</priority></presence>');
      await romeo.sends('he probes', subscription('probe', 'juliet'));
      await phone.leaves('her phone goes');
      await hers.sends('she withdraws', subscription('unsubscribed', 'romeo'));
      await hers.sends('she unsubscribes', subscription('unsubscribe', 'romeo'));
      await romeo.sends('he probes a stranger', subscription('probe', 'juliet'));
      await romeo.sends('he asks nobody', subscription('subscribe', 'nobody'));
      await romeo.sends('he asks himself', subscription('subscribe', 'romeo'));
      await romeo.sends('he shows himself', "<presence to='juliet@verona.lit/balcony'/>");
      await romeo.leaves('he goes');
    },
  },
  {
    title: 'a request to who is away',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      await romeo.sends(
        'he asks',
        '<presence/>',
        "<presence type='subscribe' to='juliet@verona.lit'><status>O speak</status></presence>",
      );
      const hers = await stage.enter('juliet', 'balcony');
      await hers.sends('she comes', roster('get', 'p1'), '<presence/>');
      await hers.sends(
        'she removes',
        roster('set', 'p2', "<item jid='romeo@verona.lit' subscription='remove'/>"),
      );
      await hers.sends('she refuses', subscription('unsubscribed', 'romeo'));
    },
  },
  {
    title: 'blocking',
    async play(stage) {
      const hers = await stage.enter('juliet', 'balcony');
      const tybalt = await stage.enter('tybalt', 'street');
      await hers.sends('she comes', '<presence/>');
      await tybalt.sends('he comes', '<presence/>');
      await hers.sends('she asks', blocking('get', 'b1', `<blocklist ${ns}/>`));
      await hers.sends('she blocks nobody', blocking('set', 'b2', `<block ${ns}/>`));
      await hers.sends(
        'she blocks no address',
        blocking('set', 'b3', `<block ${ns}><item jid='@'/></block>`),
      );
      await hers.sends(
        'she blocks him',
        blocking('set', 'b4', `<block ${ns}><item jid='tybalt@verona.lit'/></block>`),
      );
      await tybalt.sends(
        'he writes',
        "<message type='chat' to='juliet@verona.lit' id='m1'><body>villain</body></message>",
      );
      await tybalt.sends(
        'he writes to her balcony',
        "<message type='chat' to='juliet@verona.lit/balcony' id='m2'><body>villain</body></message>",
      );
      await tybalt.sends(
        'he asks',
        "<iq type='get' to='juliet@verona.lit/balcony' id='q1'><query xmlns='jabber:iq:version'/></iq>",
      );
      await tybalt.sends('he shows himself', "<presence to='juliet@verona.lit/balcony'/>");
      await hers.sends(
        'she writes',
        "<message type='chat' to='tybalt@verona.lit' id='m3'><body>peace</body></message>",
      );
      await hers.sends(
        'she asks him',
        "<iq type='get' to='tybalt@verona.lit/street' id='q2'><query xmlns='jabber:iq:version'/></iq>",
      );
      await hers.sends('she asks again', blocking('get', 'b5', `<blocklist ${ns}/>`));
      await hers.sends('she forgives', blocking('set', 'b6', `<unblock ${ns}/>`));
      await tybalt.sends(
        'he writes once more',
        "<message type='chat' to='juliet@verona.lit' id='m4'><body>peace</body></message>",
      );
    },
  },
];
