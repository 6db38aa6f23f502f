/** Whom messages reach (RFC 6121 s.8), copies for one's other clients (XEP-0280), and messages to who is away (XEP-0160). */
import type { Dialogue } from '../stage.js';

const message = (type: string, to: string, id: string, inner = '<body>hist</body>'): string =>
  `<message type='${type}' to='${to}' id='${id}'>${inner}</message>`;
const types = ['normal', 'chat', 'headline', 'groupchat', 'error'] as const;
const carbons = (which: string, id: string): string =>
  `<iq type='set' id='${id}'><${which} xmlns='urn:xmpp:carbons:2'/></iq>`;

export const messaging: readonly Dialogue[] = [
  {
    title: 'routing',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const hers = await stage.enter('juliet', 'balcony');
      const phone = await stage.enter('juliet', 'phone');
      const watch = await stage.enter('juliet', 'watch');
      await hers.sends('the balcony comes', '<presence><priority>5</priority></presence>');
      await phone.sends('the phone comes', '<presence><priority>1</priority></presence>');
      await watch.sends('the watch comes', '<presence><priority>-1</priority></presence>');
      for (const type of types) {
        await romeo.sends(`${type} to the account`, message(type, 'juliet@verona.lit', `${type}1`));
        await romeo.sends(`${type} to the phone`, message(type, 'juliet@verona.lit/phone', `${type}2`));
        await romeo.sends(`${type} to the watch`, message(type, 'juliet@verona.lit/watch', `${type}3`));
        await romeo.sends(`${type} to nowhere`, message(type, 'juliet@verona.lit/crypt', `${type}4`));
        await romeo.sends(`${type} to nobody`, message(type, 'nobody@verona.lit', `${type}5`));
      }
      await romeo.sends('a message to oneself', "<message id='self'><body>hist</body></message>");
      await romeo.sends(
        'a question to nowhere',
        "<iq type='get' to='juliet@verona.lit/crypt' id='q1'><query xmlns='jabber:iq:version'/></iq>",
      );
      await romeo.sends(
        'a question to the phone',
        "<iq type='get' to='juliet@verona.lit/phone' id='q2'><query xmlns='jabber:iq:version'/></iq>",
      );
      await romeo.sends(
        'a question to the account',
        "<iq type='get' to='juliet@verona.lit' id='q3'><query xmlns='urn:love'/></iq>",
      );
      await romeo.sends(
        'a question to nobody',
        "<iq type='get' to='nobody@verona.lit' id='q4'><query xmlns='urn:love'/></iq>",
      );
      await romeo.sends(
        'a question to the server',
        "<iq type='get' to='verona.lit' id='q5'><query xmlns='urn:love'/></iq>",
      );
      await romeo.sends(
        'a question without a type',
        "<iq to='verona.lit' id='q6'><query xmlns='urn:love'/></iq>",
      );
      await romeo.sends(
        'two questions',
        "<iq type='get' to='verona.lit' id='q7'><a xmlns='urn:a'/><b xmlns='urn:b'/></iq>",
      );
      await romeo.sends('no question', "<iq type='get' to='verona.lit' id='q8'/>");
      await romeo.sends(
        'a question to an address that is none',
        "<iq type='get' to='@' id='q9'><query xmlns='urn:love'/></iq>",
      );
      await romeo.sends(
        'presence of no known type',
        "<presence type='love' id='q10' to='juliet@verona.lit/phone'/>",
      );
      await romeo.sends('a message to another domain', message('chat', 'benvolio@mantua.lit', 'far'));
    },
  },
  {
    title: 'carbons',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const hers = await stage.enter('juliet', 'balcony');
      const phone = await stage.enter('juliet', 'phone');
      await romeo.sends('he comes', '<presence/>');
      await hers.sends('she comes', '<presence><priority>1</priority></presence>');
      await phone.sends('her phone comes', '<presence/>', carbons('enable', 'c1'));
      await romeo.sends('chat', message('chat', 'juliet@verona.lit/balcony', 'm1'));
      await romeo.sends('normal', message('normal', 'juliet@verona.lit/balcony', 'm2'));
      await romeo.sends(
        'normal without a body',
        message('normal', 'juliet@verona.lit/balcony', 'm3', '<x xmlns="urn:love"/>'),
      );
      await romeo.sends('headline', message('headline', 'juliet@verona.lit/balcony', 'm4'));
      await romeo.sends(
        'private',
        message(
          'chat',
          'juliet@verona.lit/balcony',
          'm5',
          "<body>hist</body><private xmlns='urn:xmpp:carbons:2'/>",
        ),
      );
      await romeo.sends(
        'no-copy',
        message(
          'chat',
          'juliet@verona.lit/balcony',
          'm6',
          "<body>hist</body><no-copy xmlns='urn:xmpp:hints'/>",
        ),
      );
      await hers.sends('she answers', message('chat', 'romeo@verona.lit/orchard', 'm7'));
      await phone.sends('no more', carbons('disable', 'c2'));
      await romeo.sends('chat again', message('chat', 'juliet@verona.lit/balcony', 'm8'));
    },
  },
  {
    title: 'offline messages',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      for (const type of types) await romeo.sends(type, message(type, 'juliet@verona.lit', `o-${type}`));
      await romeo.sends('to a client', message('chat', 'juliet@verona.lit/balcony', 'o-full'));
      await romeo.sends(
        'typing',
        message(
          'chat',
          'juliet@verona.lit',
          'o-typing',
          "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
        ),
      );
      const hers = await stage.enter('juliet', 'balcony');
      await hers.sends('she comes for nothing', '<presence><priority>-1</priority></presence>');
      await hers.sends('she comes', '<presence><priority>0</priority></presence>');
      await hers.sends('she comes again', "<presence type='unavailable'/>", '<presence/>');
    },
  },
];
