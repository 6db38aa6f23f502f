/** What comes of bytes: RFC 6120 s.4.9.3 and s.11, and limits that hold before an element is complete. */
import fc from 'fast-check';
import type { Element } from 'ltx';
import { describe, expect, it } from 'vitest';
import type { RootTag } from './element-parser.js';
import type { ParserLimits } from './parser-limits.js';
import type { StreamErrorCondition } from './stream-error.js';
import { StreamReader } from './stream-reader.js';

const header =
  "<?xml version='1.0'?><stream:stream to='a.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
const limits: ParserLimits = { stanzaBytes: 1000, depth: 5, attributes: 8, elements: 20 };

interface Read {
  readonly roots: RootTag[];
  readonly elements: Element[];
  readonly closed: number;
  readonly condition: StreamErrorCondition | undefined;
}

function read(...chunks: readonly (string | Uint8Array)[]): Read {
  const roots: RootTag[] = [];
  const elements: Element[] = [];
  let closed = 0;
  const reader = new StreamReader(
    {
      opened: (root) => void roots.push(root),
      element: (element) => void elements.push(element),
      closed: () => {
        closed++;
      },
    },
    limits,
  );
  for (const chunk of chunks) {
    const error = reader.read(Buffer.from(chunk as string));
    if (error !== undefined) return { roots, elements, closed, condition: error.condition };
  }
  return { roots, elements, closed, condition: undefined };
}

describe('a stream', () => {
  it('yields its header, its elements and its end', () => {
    const { roots, elements, closed, condition } = read(
      header,
      "<message to='b'><body>Hi &amp; bye</body></message><presence/>",
      '</stream:stream>',
    );
    expect(roots).toEqual([
      {
        name: 'stream',
        namespace: 'http://etherx.jabber.org/streams',
        contentNamespace: 'jabber:client',
        attributes: expect.objectContaining({ to: 'a.example', version: '1.0' }) as unknown,
      },
    ]);
    expect(elements.map(String)).toEqual([
      '<message xmlns="jabber:client" to="b"><body>Hi &amp; bye</body></message>',
      '<presence xmlns="jabber:client"/>',
    ]);
    expect(closed).toBe(1);
    expect(condition).toBeUndefined();
  });

  it('takes a byte order mark for one at its beginning only', () => {
    expect(read(`\ufeff${header}`, '<presence/>').elements).toHaveLength(1);
    const [message] = read(header, '<message>', '\ufeffword', '</message>').elements;
    expect(message?.getText()).toBe('\ufeffword');
  });

  it('reads the same whatever pieces it comes in', () => {
    const text = `${header}<message><body>Grüße, 世界 😀 <![CDATA[<&>]]></body></message>\r\n <iq id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>`;
    const bytes = Buffer.from(text);
    const whole = read(text).elements.map(String);
    expect(whole).toHaveLength(2);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        expect(read(...pieces).elements.map(String)).toEqual(whole);
      }),
    );
  });

  it('means what its references and line ends stand for', () => {
    const [element] = read(
      header,
      "<message to='a\n&#x9;&quot;&apos;b'><body>&lt;&gt;&#38;&#x1F600;\r\nx\r",
      'y]]z&',
      'amp;</body></message>',
    ).elements;
    expect(element?.attrs['to']).toBe('a \t"\'b');
    expect(element?.getChildText('body')).toBe('<>&😀\nx\ny]]z&');
  });

  it('is kept alive by white space without end', () => {
    const spaces = Array.from({ length: 50 }, () => ' \n'.repeat(50));
    expect(read(header, ...spaces, '<presence/>', '\r\n', ...spaces, '<presence/>').elements).toHaveLength(2);
  });
});

describe('namespaces', () => {
  it('stand on each element literally, where they change', () => {
    const [element] = read(
      header,
      "<c:iq xmlns:c='jabber:client' id='1'><q:query xmlns:q='urn:q'><q:item/><plain/></q:query></c:iq>",
    ).elements;
    expect(String(element)).toBe(
      '<iq xmlns="jabber:client" id="1"><query xmlns="urn:q"><item/><plain xmlns="jabber:client"/></query></iq>',
    );
  });

  it('go with prefixed attributes', () => {
    const [element] = read(
      header,
      "<message xml:lang='de'><x xmlns='urn:x' a:b='c' xmlns:a='urn:a'/></message>",
    ).elements;
    expect(String(element)).toBe(
      '<message xmlns="jabber:client" xml:lang="de"><x xmlns="urn:x" xmlns:a="urn:a" a:b="c"/></message>',
    );
  });

  it('of external components are those of clients', () => {
    const [element] = read(
      header.replace('jabber:client', 'jabber:component:accept'),
      '<message><body>x</body></message>',
    ).elements;
    expect(String(element)).toBe('<message xmlns="jabber:client"><body>x</body></message>');
  });
});

describe('what ends the stream', () => {
  it.each<[string, StreamErrorCondition, ...(string | Uint8Array)[]]>([
    ['a DTD', 'restricted-xml', "<!DOCTYPE a [<!ENTITY b 'c'>]><stream:stream>"],
    ['a DTD inside', 'restricted-xml', header, '<!DOCTYPE a>'],
    ['a comment', 'restricted-xml', header, '<!-- c -->'],
    ['a comment in a stanza', 'restricted-xml', header, '<message><!-- c --></message>'],
    ['a processing instruction', 'restricted-xml', header, '<?php echo ?>'],
    ['a processing instruction before the stream', 'restricted-xml', '<?php echo ?>', header],
    ['an XML declaration that is not the first', 'restricted-xml', header, "<?xml version='1.0'?>"],
    ['an undeclared entity', 'restricted-xml', header, '<message>&nbsp;</message>'],
    ['an undeclared entity in an attribute', 'restricted-xml', header, "<message to='&lol;'/>"],
    ['another encoding', 'unsupported-encoding', "<?xml version='1.0' encoding='iso-8859-1'?>"],
    ['UTF-16', 'unsupported-encoding', Buffer.from(`\ufeff${header}`, 'utf16le')],
    ['UTF-16 without a mark', 'unsupported-encoding', Buffer.from(header, 'utf16le')],
    ['bytes that are not UTF-8', 'not-well-formed', header, Buffer.from([0x3c, 0x61, 0xc3, 0x28])],
    ['XML 1.1', 'not-well-formed', "<?xml version='1.1'?>"],
    ['tags that do not match', 'not-well-formed', header, '<message></presence>'],
    ['an unknown prefix', 'not-well-formed', header, '<a:message/>'],
    ['an attribute twice', 'not-well-formed', header, "<message to='a' to='b'/>"],
    [
      'an attribute twice by prefixes',
      'not-well-formed',
      header,
      "<m xmlns:a='u' xmlns:b='u' a:c='' b:c=''/>",
    ],
    ['a character that XML has not', 'not-well-formed', header, '<message>&#0;</message>'],
    ['something else altogether', 'not-well-formed', 'GET / HTTP/1.1\r\n\r\n'],
    ['text between stanzas', 'bad-format', header, 'hello<presence/>'],
    ['a stanza that is too big', 'policy-violation', header, `<message>${'x'.repeat(1000)}</message>`],
    ['a stanza that never ends', 'policy-violation', header, '<message>', 'x'.repeat(500), 'x'.repeat(500)],
    ['a tag that never ends', 'policy-violation', header, `<message a='${'x'.repeat(1000)}`],
    ['a comment that never ends', 'restricted-xml', header, '<!--', 'x'.repeat(1000)],
    ['a header that never ends', 'policy-violation', `<stream:stream a='${'x'.repeat(1000)}`],
    [
      'bytes, not characters, over the limit',
      'policy-violation',
      header,
      `<message>${'世'.repeat(334)}</message>`,
    ],
    ['deep nesting', 'policy-violation', header, '<a>'.repeat(6)],
    [
      'many attributes',
      'policy-violation',
      header,
      `<a ${Array.from('abcdefghi', (a) => `${a}=''`).join(' ')}`,
    ],
    ['markup that is none of these', 'not-well-formed', header, '<!x'],
    ['a section that never ends', 'policy-violation', header, '<message><![CDATA[', 'x'.repeat(1000)],
    ['the end of a section that has not begun', 'not-well-formed', header, '<message>]', ']', '>'],
    ['a tag in a tag', 'not-well-formed', header, '<message <'],
    ['an attribute without a value', 'not-well-formed', header, '<message a/>'],
    ['attributes without space between', 'not-well-formed', header, "<message a='b'c='d'/>"],
    ['an ampersand that refers to nothing', 'not-well-formed', header, '<message>a & b</message>'],
    ['half a surrogate pair', 'not-well-formed', header, '<message>&#xd800;</message>'],
    ['a name with two colons', 'not-well-formed', header, "<a:b:c xmlns:a='u'/>"],
    ['a prefix that is taken back', 'not-well-formed', header, "<message xmlns:a=''/>"],
    ['another meaning of xml', 'not-well-formed', header, "<message xmlns:xml='u'/>"],
    ['a second root', 'not-well-formed', header, '</stream:stream>', header.slice(21)],
    ['text behind the end', 'not-well-formed', header, '</stream:stream>', 'x'],
    ['many elements', 'resource-constraint', header, `<a>${'<b/>'.repeat(20)}`],
  ])('%s', (_, condition, ...chunks) => {
    expect(read(...chunks).condition).toBe(condition);
  });

  it('is never more than the one stanza: those before it have been read', () => {
    const { elements, condition } = read(header, '<presence/><message/><!---->');
    expect(elements).toHaveLength(2);
    expect(condition).toBe('restricted-xml');
  });

  it('limits each element, not their sum', () => {
    const stanza = `<message>${'x'.repeat(900)}</message>`;
    expect(read(header, stanza + stanza + stanza.slice(0, 500), stanza.slice(500)).elements).toHaveLength(3);
  });
});

describe('whatever bytes come', () => {
  const pieces = fc.constantFrom(
    header,
    '<', '>', '/', '<message', '<a b="', "'", '&amp;', '&#x41;', '&lol;', '<!--', '-->', '<![CDATA[', ']]>', '<!DOCTYPE', '<?xml', '?>',
    '</message>', '</stream:stream>', ' ', '\r', '\n', '\u0000', '\ufffe', 'é', '😀', 'xmlns:a="u"', 'xmlns=""', 'a:b', ':', '__proto__="x"', '<constructor>',
  ); // prettier-ignore

  it('are elements or a defined error, never an exception', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(pieces, fc.uint8Array({ maxLength: 8 })), { maxLength: 40 }),
        (chunks) => {
          const { condition } = read(...chunks);
          expect(condition === undefined || typeof condition === 'string').toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('also when they are a good stream with some bytes changed', () => {
    const good = Buffer.from(
      `${header}<iq id='1' type='get' to='b@c/d'><query xmlns='urn:q'><a b='&lt;'/>text</query></iq>`,
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        (changes) => {
          const bytes = Buffer.from(good);
          for (const [at, byte] of changes) bytes[at] = byte;
          read(bytes);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
