import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareJid, JidError, makeJid, parseJid, tryParseJid } from './jid.js';

describe('an address', () => {
  it.each([
    ['meet.example', undefined, 'meet.example', undefined],
    ['Ann@Meet.Example/Phone', 'ann', 'meet.example', 'Phone'],
    ['room@muc.example/a@b/c', 'room', 'muc.example', 'a@b/c'],
    ['straße@bücher.example', 'straße', 'bücher.example', undefined],
    ['Ａnn@example', 'ann', 'example', undefined],
    ['meet.example./x', undefined, 'meet.example', 'x'],
    ['[::1]', undefined, '[::1]', undefined],
    ['a_b.example', undefined, 'a_b.example', undefined],
  ])('%s has its parts, folded', (text, local, domain, resource) => {
    expect(parseJid(text)).toMatchObject({ local, domain, resource });
  });

  it.each([
    '',
    '@example',
    'ann@',
    'example/',
    'a b@example',
    'a"b@example',
    'ann@exa mple',
    'ann@bob@example',
    'ann@-example',
    'ann@example..org',
    'ann\u0000@example',
    'ann＠bob@example',
    'ann@example/\u0007',
    'ann@example/\uFFFE',
    'ann@example/\uD800',
    `${'a'.repeat(1024)}@example`,
    `${'ä'.repeat(512)}@example`,
    `ann@${'a'.repeat(64)}.example`,
    `ann@example/${'a'.repeat(1024)}`,
  ])('is refused: %j', (text) => {
    expect(() => parseJid(text)).toThrow(JidError);
    expect(tryParseJid(text)).toBeUndefined();
  });

  it('is equal to another that differs in the case of local part and domain only', () => {
    expect(parseJid('ANN@EXAMPLE/r').equals(parseJid('ann@example/r'))).toBe(true);
    expect(parseJid('ann@example/R').equals(parseJid('ann@example/r'))).toBe(false);
  });

  it('knows its bare form', () => {
    const jid = parseJid('ann@example/r');
    expect(jid.bare.toString()).toBe('ann@example');
    expect(jid.isBare).toBe(false);
    expect(jid.bare.bare).toBe(jid.bare);
    expect(bareJid('Ann@example/r')).toBe('ann@example');
  });

  it('takes another resource', () => {
    expect(parseJid('room@muc/a').withResource('b').toString()).toBe('room@muc/b');
    expect(() => parseJid('room@muc').withResource('')).toThrow(JidError);
  });

  it('cannot be changed', () => {
    expect(() => Object.assign(parseJid('ann@example'), { local: 'bob' })).toThrow(TypeError);
  });

  it('reads its own text as itself, and never fails but with a JidError', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.string({ maxLength: 10 }),
        (local, resource) => {
          try {
            const jid = makeJid(local, 'example.org', resource);
            const again = makeJid(jid.local, jid.domain, jid.resource);
            expect(again.toString()).toBe(jid.toString());
            expect(parseJid(jid.toString()).equals(jid)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(JidError);
          }
        },
      ),
    );
  });

  it('is the same address however often it is asked for', () => {
    for (let index = 0; index < 10_000; index += 1) {
      expect(parseJid(`user${index % 5000}@example/r`).local).toBe(`user${index % 5000}`);
    }
  });
});
