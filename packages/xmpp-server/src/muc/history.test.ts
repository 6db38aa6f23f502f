import { el, parseJid } from '@conclave/signaling';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Broadcast } from './broadcast.js';
import { decodeHistoryRequest, delayElement, History } from './history.js';

const message = (text: string) => el('message', { type: 'groupchat' }, el('body', {}, text));
const bodies = (history: History, request = {}) =>
  history.select(request).map(({ stanza }) => stanza.getChildText('body'));

const room = parseJid('hall@rooms.example');
const said = (text: string, at = 0) => ({
  message: new Broadcast(message(text)),
  room,
  at,
  author: undefined,
});

it('forgets the oldest beyond its number and its size', () => {
  const few = new History({ messages: 2, characters: 10_000 });
  for (const text of ['a', 'b', 'c']) few.add(said(text), 20);
  expect(bodies(few)).toEqual(['b', 'c']);
  const small = new History({ messages: 100, characters: 400 });
  for (const text of ['a', 'b', 'c', 'd', 'e']) small.add(said(text.repeat(50)), 20);
  expect(bodies(small).at(-1)).toBe('e'.repeat(50));
  expect(bodies(small).length).toBeLessThan(4);
});

it('does not let one message too large push the others out', () => {
  const history = new History({ messages: 10, characters: 300 });
  history.add(said('kept'), 20);
  history.add(said('x'.repeat(500)), 20);
  expect(bodies(history)).toEqual(['kept']);
});

it('stays within its limits whatever is added', () => {
  const texts = fc.array(fc.string({ maxLength: 200 }), { maxLength: 50 });
  fc.assert(
    fc.property(texts, fc.nat(10), fc.nat(5000), fc.nat(12), (all, messages, characters, wanted) => {
      const history = new History({ messages, characters });
      for (const text of all) history.add(said(text), wanted);
      const kept = history.select({});
      const size = kept.reduce((sum, { serialized }) => sum + serialized.xml.length, 0);
      expect(kept.length).toBeLessThanOrEqual(Math.min(messages, wanted));
      expect(size).toBeLessThanOrEqual(characters);
    }),
  );
});

it('gives the newest of what is asked for, oldest first', () => {
  const history = new History({ messages: 10, characters: 10_000 });
  ['a', 'b', 'c'].forEach((text, index) => history.add(said(text, index * 1000), 20));
  const size = history.select({ maxStanzas: 1 })[0]?.serialized.xml.length ?? 0;
  expect(bodies(history, { maxStanzas: 2 })).toEqual(['b', 'c']);
  expect(bodies(history, { maxCharacters: 2 * size })).toEqual(['b', 'c']);
  expect(bodies(history, { since: 2000 })).toEqual(['c']);
});

it('gives the newcomer what was said, and when; those who were there have it as it was', () => {
  const history = new History({ messages: 10, characters: 10_000 });
  const entry = said('a', Date.parse('2026-01-01T00:00:00Z'));
  history.add(entry, 20);
  const [first] = history.select({});
  const delay = '<delay xmlns="urn:xmpp:delay" from="hall@rooms.example" stamp="2026-01-01T00:00:00.000Z"/>';
  expect(first?.serialized.xml.endsWith(`<body>a</body>${delay}</message>`)).toBe(true);
  expect(entry.message.serialized.xml).not.toContain('delay');
  expect(history.select({})).toEqual([first]);
});

it('reads what a newcomer asks for, and takes the later of two beginnings', () => {
  const now = Date.parse('2026-01-01T00:10:00Z');
  const read = (attributes: Record<string, string>) =>
    decodeHistoryRequest(el('x', {}, el('history', attributes)), now, 20);
  expect(read({ maxstanzas: '5', maxchars: '100' })).toEqual({ maxStanzas: 5, maxCharacters: 100 });
  expect(read({ seconds: '60', since: '2026-01-01T00:00:00Z' })).toEqual({ since: now - 60_000 });
  expect(read({ seconds: '-1', since: 'yesterday', maxstanzas: '1e9' })).toEqual({});
  expect(decodeHistoryRequest(el('x'), now, 20)).toEqual({ maxStanzas: 20 });
});

it('stamps in the name of the room (XEP-0203)', () => {
  const delay = delayElement(parseJid('garden@rooms.verona.lit'), 0);
  expect(delay.attrs).toEqual({
    xmlns: 'urn:xmpp:delay',
    from: 'garden@rooms.verona.lit',
    stamp: '1970-01-01T00:00:00.000Z',
  });
});
