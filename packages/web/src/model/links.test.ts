import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkParts } from './links.js';

describe('addresses in a text', () => {
  it('are told from the words around them', () => {
    expect(linkParts('See https://example.org/a?b=1, please.')).toEqual([
      { text: 'See ' },
      { text: 'https://example.org/a?b=1', href: 'https://example.org/a?b=1' },
      { text: ', please.' },
    ]);
  });

  it('are http and https only', () => {
    expect(linkParts('javascript:alert(1) data:text/html,x')).toEqual([
      { text: 'javascript:alert(1) data:text/html,x' },
    ]);
  });

  it('lose no character', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.webUrl()), { maxLength: 4 }), (words) => {
        const text = words.join(' ');
        expect(
          linkParts(text)
            .map((part) => part.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });
});
