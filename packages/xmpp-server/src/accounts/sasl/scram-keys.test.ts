/** Names and passwords are prepared by SASLprep (RFC 4013). */
import fc from 'fast-check';
import saslprep from 'saslprep';
import { expect, it } from 'vitest';
import { prepare } from './scram-keys.js';

it('leaves printable ASCII as it is, which is what SASLprep does', () => {
  const printable = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  });
  fc.assert(
    fc.property(printable, (text) => {
      expect(prepare(text)).toBe(saslprep(text));
    }),
  );
});

it.each([
  ['maps to nothing', 'I\u00adX', 'IX'],
  ['normalises', '\u2168', 'IX'],
  ['takes other spaces for spaces', 'a\u00a0b', 'a b'],
  ['refuses controls', 'a\u0007', undefined],
  ['refuses the control at the end of ASCII', 'a\u007f', undefined],
  ['refuses what runs both ways', '\u06271', undefined],
])('%s (s.3)', (_, text, prepared) => {
  expect(prepare(text)).toBe(prepared);
});
