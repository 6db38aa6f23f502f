/** Lua as Prosody writes it is read, written back the same, and never executed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LuaError, readLua, textOf, type LuaValue } from './lua-reader.js';
import { bytesOf, writeLua } from './lua-writer.js';

const plain = (value: LuaValue): unknown =>
  typeof value === 'object'
    ? Object.fromEntries([...value].map(([key, each]) => [String(key), plain(each)]))
    : value;

describe('reading', () => {
  it.each<[string, unknown]>([
    ['return { ["a"] = "b"; };', { a: 'b' }],
    ['return {["a"]=1,["b"]=-2.5e1;[3]=true,[false]={}}', { a: 1, b: -25, 3: true, false: {} }],
    ['return { "x"; "y"; n = "z", "w" }', { 1: 'x', 2: 'y', 3: 'w', n: 'z' }],
    ['-- a note\nreturn {\n\t-- another\n\ta = nil; b = 0x1F; -- last\n};\n', { b: 31 }],
    [String.raw`return { ["a\"b\\"] = "\065\x42\n\'" ; c = 'it "is"' }`, { 'a"b\\': "AB\n'", c: 'it "is"' }],
    ['return "a\\\nb"', 'a\nb'],
    ['return [[x]y]]', 'x]y'],
    ['return { [==[\nx]]y]==], [ [[k]] ] = 1 }', { 1: 'x]]y', k: 1 }],
    ['return {}', {}],
    ['return{}', {}],
  ])('%j', (source, expected) => {
    expect(plain(readLua(source))).toEqual(expected);
  });

  it('takes strings for bytes', () => {
    const value = readLua(String.raw`return "\226\130\172\255"`);
    expect(value).toBe('\u00e2\u0082\u00ac\u00ff');
    expect(textOf('\u00e2\u0082\u00ac')).toBe('€');
    expect(textOf(bytesOf('€ 😀'))).toBe('€ 😀');
  });

  it.each([
    '',
    'return',
    'return os.exit()',
    'return { a = os.getenv("HOME") }',
    'return { a = 1 + 1 }',
    'return { a = "x" .. "y" }',
    'return function() end',
    'return { a = (1) }',
    'return #{}',
    'return a',
    'return { [{}] = 1 }',
    'return { [nil] = 1 }',
    'return nil',
    'return { "a',
    'return { "a\nb" }',
    'return { [[a ',
    'return { "\\300" }',
    'return { "\\q" }',
    'return { a = = 1 }',
    'return { 1 2 }',
    'return {} return {}',
    'local x = 1 return {}',
    'return 1x',
    'returnx {}',
    'x = 1; return {}',
    '--[[ return {} ]]',
    `return ${'{'.repeat(100)}${'}'.repeat(100)}`,
  ])('not %j', (source) => {
    expect(() => readLua(source)).toThrow(LuaError);
  });

  it('says where', () => {
    expect(() => readLua('return {\n  a = 1;\n  b = f();\n}')).toThrow('line 3');
  });

  it('ends, whatever it is given', () => {
    const token = fc.constantFrom(
      'return',
      '{',
      '}',
      '[',
      ']',
      '=',
      ';',
      ',',
      '"',
      "'",
      '\\',
      '--',
      '[[',
      ']]',
      '1',
      'a',
      ' ',
      '\n',
      '0x',
      '-',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(token, fc.string()), { maxLength: 40 }), (parts) => {
        try {
          readLua(`return {${parts.join('')}`);
        } catch (error) {
          expect(error).toBeInstanceOf(LuaError);
        }
      }),
    );
  });
});

it('what is written is read back the same', () => {
  const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array).toString('latin1'));
  const scalar = fc.oneof(bytes, fc.integer(), fc.boolean());
  const { table } = fc.letrec<{ table: LuaValue }>((tie) => ({
    table: fc
      .array(
        fc.tuple(
          fc.oneof(bytes, fc.integer(), fc.boolean()),
          fc.oneof({ depthSize: 'small' }, scalar, tie('table')),
        ),
      )
      .map((entries) => new Map(entries)),
  }));
  fc.assert(
    fc.property(table, (value) => {
      expect(readLua(writeLua(value))).toEqual(value);
    }),
  );
});
