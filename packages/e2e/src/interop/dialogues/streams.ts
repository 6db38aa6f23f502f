/** How streams begin and fail (RFC 6120 s.4.9), and how resources are bound (s.7). */
import type { Dialogue } from '../stage.js';

const open = (attributes: string, ns = 'jabber:client'): string =>
  `<stream:stream ${attributes} xmlns="${ns}" xmlns:stream="http://etherx.jabber.org/streams">`;
const good = open('to="verona.lit" version="1.0"');
const bind = (inner: string): string => `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind">${inner}</bind>`;

export const streams: readonly Dialogue[] = [
  {
    title: 'stream errors',
    async play(stage) {
      await stage.stranger('no to', open('version="1.0"'));
      await stage.stranger('another host', open('to="mantua.lit" version="1.0"'));
      await stage.stranger('a room service as host', open('to="conference.verona.lit" version="1.0"'));
      await stage.stranger(
        'another content namespace',
        open('to="verona.lit" version="1.0"', 'jabber:wrong'),
      );
      await stage.stranger(
        'another stream namespace',
        '<stream:stream to="verona.lit" version="1.0" xmlns="jabber:client" xmlns:stream="urn:wrong">',
      );
      await stage.stranger('a comment', `${good}<!-- love -->`);
      await stage.stranger('a processing instruction', `${good}<?love is?>`);
      await stage.stranger('a document type', `<!DOCTYPE x [<!ENTITY a "b">]>${good}`);
      await stage.stranger('an entity that is not declared', `${good}<iq>&love;</iq>`);
      await stage.stranger('tags that do not match', `${good}<iq></message>`);
      await stage.stranger('an unknown element', `${good}<love/>`);
      await stage.stranger('a stanza before authentication', `${good}<message to="romeo@verona.lit"/>`);
      await stage.stranger('binding before authentication', `${good}<iq type="set" id="b">${bind('')}</iq>`);
      await stage.stranger('a stanza before binding', '<message to="romeo@verona.lit"/>', 'romeo');
      await stage.stranger('an unknown element after login', '<love xmlns="urn:love"/>', 'romeo');
    },
  },
  {
    title: 'authentication',
    async play(stage) {
      const sasl = 'xmlns="urn:ietf:params:xml:ns:xmpp-sasl"';
      await stage.stranger('an unknown mechanism', `${good}<auth ${sasl} mechanism="LOVE"/>`);
      await stage.stranger('bad base64', `${good}<auth ${sasl} mechanism="SCRAM-SHA-1">!</auth>`);
      await stage.stranger(
        'a malformed message',
        `${good}<auth ${sasl} mechanism="SCRAM-SHA-1">bG92ZQ==</auth>`,
      );
      await stage.stranger('a response to nothing', `${good}<response ${sasl}/>`);
      await stage.stranger('giving up', `${good}<abort ${sasl}/>`);
    },
  },
  {
    title: 'binding',
    async play(stage) {
      await stage.stranger(
        'a resource',
        `<iq type='set' id='bind1'>${bind('<resource>garden</resource>')}</iq>`,
        'romeo',
      );
      const romeo = await stage.enter('romeo', 'orchard');
      await romeo.sends('again', `<iq type='set' id='again'>${bind('<resource>balcony</resource>')}</iq>`);
      await stage.enter('romeo', 'orchard');
      const juliet = await stage.enter('juliet', 'balcony');
      await juliet.sends('is there alone', '<presence/>');
      await juliet.leaves('leaves');
    },
  },
];
