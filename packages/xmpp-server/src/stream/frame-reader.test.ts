/** One element a frame (RFC 7395 s.3.3). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from './frame-reader.js';

const limits = { stanzaBytes: 1000, depth: 5, attributes: 8, elements: 20 };

function read(...frames: readonly string[]): string {
  const reader = new FrameReader(limits);
  let last = '';
  for (const frame of frames) {
    const result = reader.read(frame);
    if ('error' in result) return result.error.condition;
    last = result.element.toString();
  }
  return last;
}

describe('a frame', () => {
  it('is one element, with the namespaces that it declares itself', () => {
    expect(
      read("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a'/>", "<presence xmlns='jabber:client'/>"),
    ).toBe('<presence xmlns="jabber:client"/>');
    expect(read('<presence/>')).toBe('<presence xmlns=""/>');
  });

  it.each([
    ['nothing', ''],
    ['white space', ' '],
    ['two elements', "<a xmlns='u'/><a xmlns='u'/>"],
    ['an element and a half', "<a xmlns='u'/><b"],
    ['half an element', "<a xmlns='u'>"],
    ['a tag cut short', '<a'],
    ['the end of what is around it', '</frames>'],
    [
      'a raw stream header',
      "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client'>",
    ],
  ])('is not %s', (_, frame) => {
    expect(read(frame)).toBe('bad-format');
  });

  it('has no XML declaration', () => {
    expect(read("<?xml version='1.0'?><a xmlns='u'/>")).toBe('restricted-xml');
  });

  it('never throws', () => {
    const piece = fc.constantFrom(
      '<a',
      '/>',
      '>',
      '</a>',
      '<a xmlns="u"/>',
      '<!--',
      ']]>',
      '<![CDATA[',
      '&',
      ';',
      'x',
      '\r',
      ' ',
      '</frames>',
    );
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 6 }), { maxLength: 4 }), (frames) => {
        read(...frames.map((frame) => frame.join('')));
      }),
      { numRuns: 1000 },
    );
  });
});
