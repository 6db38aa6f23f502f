/** XML as Prosody keeps it in a table: name, attributes, and the children by their numbers. */
import { Element } from '@conclave/signaling';
import { bytesOf, luaTable } from './lua-writer.js';
import { LuaError, textOf, type LuaTable, type LuaValue } from './lua-reader.js';

const maxDepth = 64;

/** Throws a LuaError. */
export function elementFrom(value: LuaValue | undefined, depth = 0): Element {
  if (typeof value !== 'object' || depth > maxDepth) throw new LuaError('not an element');
  const name = value.get('name');
  const attributes = value.get('attr');
  if (typeof name !== 'string' || !isName(name)) throw new LuaError('an element without a name');
  const element = new Element(textOf(name));
  for (const [key, text] of typeof attributes === 'object' ? attributes : []) {
    // An attribute in a namespace has that before its name, which in what clients keep here stands for nothing but xml:lang.
    if (typeof key !== 'string' || typeof text !== 'string' || !isName(key)) continue;
    element.attrs[textOf(key)] = textOf(text);
  }
  for (let i = 1; ; i++) {
    const child = value.get(i);
    if (child === undefined) return element;
    if (typeof child === 'string') element.append(textOf(child));
    else element.append(elementFrom(child, depth + 1));
  }
}

export function tableFrom(element: Element): LuaTable {
  const attributes = Object.entries(element.attrs).map(
    ([key, value]) => [bytesOf(key), bytesOf(String(value))] as const,
  );
  const children = element.children.map((child): LuaValue =>
    typeof child === 'string' ? bytesOf(child) : tableFrom(child),
  );
  const table = new Map<string | number, LuaValue>([
    ['name', bytesOf(element.name)],
    ['attr', luaTable(Object.fromEntries(attributes))],
  ]);
  for (const [i, child] of children.entries()) table.set(i + 1, child);
  return table;
}

/** Names that can be written back as XML. */
function isName(name: string): boolean {
  return /^[A-Za-z_\x80-\xff][\w.\-:\x80-\xff]*$/.test(name);
}
