import { describe, expect, it } from 'vitest';
import { catalogues, chooseLanguage } from './i18n.js';

type Node = string | { readonly [key: string]: Node };

const flatten = (node: Node, path: string[] = []): [string, string][] =>
  typeof node === 'string'
    ? [[path.join('.'), node]]
    : Object.entries(node).flatMap(([key, child]) => flatten(child, [...path, key]));

const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

const english = new Map(flatten(catalogues.en));
const code = Object.entries(
  import.meta.glob<string>('../**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true }),
)
  .filter(([file]) => !file.includes('.test.') && !file.startsWith('./'))
  .map(([, text]) => text)
  .join('\n');

describe('the catalogues', () => {
  it.each(Object.entries(catalogues))('say everything in %s, with the same placeholders', (_, catalogue) => {
    const texts = new Map(flatten(catalogue));
    expect([...texts.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [key, text] of texts) {
      expect(text.trim(), key).not.toBe('');
      expect(placeholders(text), key).toEqual(placeholders(english.get(key)!));
    }
  });

  it('have every key that the page asks for', () => {
    const asked = [...code.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key!);
    expect(asked.length).toBeGreaterThan(50);
    for (const key of asked) expect(english.has(key) || english.has(`${key}_other`), key).toBe(true);
  });

  it('have no key that nothing asks for', () => {
    const dynamic = [...code.matchAll(/\bt\(\s*`([^`$]+)\$\{/g)].map(([, prefix]) => prefix!);
    for (const key of english.keys()) {
      const plain = key.replace(/_(one|other)$/, '');
      expect(code.includes(`'${plain}'`) || dynamic.some((prefix) => key.startsWith(prefix)), key).toBe(true);
    }
  });
});

describe('the language', () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'DE'], 'de'],
    [['fr'], 'en'],
    [[], 'en'],
  ] as const)('for %j is %s', (wanted, language) => expect(chooseLanguage(wanted)).toBe(language));
});
