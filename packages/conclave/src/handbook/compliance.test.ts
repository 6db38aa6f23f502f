/** The handbook's table of compliance and doap.xml: what they claim is shown by tests that exist, and is what the code says of itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'ltx';
import { expect, test } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(at(path), 'utf8');
const page = read('docs/handbook/compliance.md');
const doap = read('doap.xml');

/** Each line's feature, and the tests that show it: `file` `title` `title`, `file` `title`. */
const rows = page
  .split('\n')
  .filter((line) => /^\| .*(XEP-|RFC )\d/.test(line))
  .map((line) => line.slice(2, -2).split(' | '))
  .map(([feature = '', , , shown = '']) => ({ feature, shown: shownBy(shown) }));

function shownBy(cell: string): { readonly path: string; readonly titles: readonly string[] }[] {
  const quoted = [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
  return quoted.reduce<{ path: string; titles: string[] }[]>((all, text) => {
    if (text.startsWith('packages/')) all.push({ path: text, titles: [] });
    else all.at(-1)?.titles.push(text);
    return all;
  }, []);
}

const numbers = (text: string): string[] => [...text.matchAll(/XEP-(\d{4})/g)].map(([, each = '']) => each);
const told = new Set([...doap.matchAll(/xep-(\d{4})\.html/g)].map(([, number]) => number));

test('there is something to show', () => {
  expect(rows.length).toBeGreaterThan(35);
});

test.each(rows)('$feature', ({ shown }) => {
  expect(shown).not.toEqual([]);
  for (const { path, titles } of shown) {
    expect(existsSync(at(path)), path).toBe(true);
    expect(titles, path).not.toEqual([]);
    const source = read(path);
    for (const title of titles) expect(source).toContain(`'${title}'`);
  }
});

test('doap.xml claims all that the page claims', () => {
  const claimed = new Set(rows.flatMap(({ feature }) => numbers(feature)));
  expect([...claimed].filter((number) => !told.has(number))).toEqual([]);
});

/** What is followed in a detail only, or passed on: no claim. */
const details = new Set([
  '0082', // Times are written as it says.
  '0085', // Chat states are not kept.
  '0172', // Nicknames of meetings are passed on.
  '0185', // Keys of dialback are made as it suggests.
  '0203',
  '0380', // Marks of encryption are looked at.
  '0441', // Preferences of archives were once its own specification.
  '0461', // Replies are passed on.
]);

test('doap.xml claims all that the first lines of the XMPP server’s files say they are', () => {
  const root = at('packages/xmpp-server/src/');
  const files = readdirSync(root, { encoding: 'utf8', recursive: true });
  const code = files.filter((file) => file.endsWith('.ts') && !/\.test\.ts$|testing/.test(file));
  const said = code.map((file) => /^\/\*\*.*?\*\//s.exec(readFileSync(root + file, 'utf8'))?.[0] ?? '');
  const declared = new Set(said.flatMap(numbers));
  expect(declared.size).toBeGreaterThan(50);
  expect([...declared].filter((number) => !told.has(number) && !details.has(number))).toEqual([]);
});

test('doap.xml is in the form that the list of software at xmpp.org reads, each XEP once and with the version meant', () => {
  const claims = [...doap.matchAll(/<xmpp:SupportedXep>\s*([^]*?)\s*<\/xmpp:SupportedXep>/g)].map(
    ([, claim]) => claim,
  );
  const form =
    /^<xmpp:xep rdf:resource="https:\/\/xmpp\.org\/extensions\/xep-\d{4}\.html"\/>(\s*<xmpp:status>(complete|partial)<\/xmpp:status>)?\s*<xmpp:version>\d+(\.\d+){1,2}<\/xmpp:version>(\s*<xmpp:note [^>]*>[^<]*<\/xmpp:note>)?$/;
  expect(claims.filter((claim) => !form.test(claim ?? ''))).toEqual([]);
  expect(claims).toHaveLength(told.size);
});

test('doap.xml says what XEP-0453 wants to know of a project, in the words of DOAP and of RDF', () => {
  const document = parse(doap);
  expect([document.name, document.getNS()]).toEqual([
    'rdf:RDF',
    'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  ]);
  const [project, ...others] = document.getChildElements();
  expect([project?.name, project?.getNS(), others]).toEqual(['Project', 'http://usefulinc.com/ns/doap#', []]);
  const said = project?.getChildElements() ?? [];
  const values = (name: string): string[] =>
    said
      .filter((element) => element.name === name)
      .map((element) => (element.attrs['rdf:resource'] as string | undefined) ?? element.getText().trim());
  expect(new Set(said.map(({ name }) => name))).toEqual(
    new Set([
      'name',
      'shortdesc',
      'description',
      'created',
      'os',
      'category',
      'programming-language',
      'license',
      'implements',
    ]),
  );
  expect(values('name')).toEqual(['Conclave']);
  expect(values('created')).toEqual([expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/)]);
  expect(values('category')).toEqual(['https://linkmauve.fr/ns/xmpp-doap#category-server']);
  for (const name of ['shortdesc', 'description']) {
    const languages = said
      .filter((element) => element.name === name)
      .map(({ attrs }) => attrs['xml:lang'] as string);
    expect(languages).toEqual(['en', 'de']);
  }
  const specifications = said.filter(({ name, attrs }) => name === 'implements' && 'rdf:resource' in attrs);
  expect(specifications.length).toBeGreaterThan(4);
  for (const { attrs } of specifications) expect(attrs['rdf:resource']).toMatch(/^https:\/\/.*\/rfc\d{4}$/);
});
