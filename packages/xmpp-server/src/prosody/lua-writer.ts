/** Writes data as the Lua that Prosody reads: `return` and one literal. */
import type { LuaKey, LuaTable, LuaValue } from './lua-reader.js';

export function writeLua(value: LuaValue): string {
  return `return ${literal(value, '')};\n`;
}

/** The Lua string that a text is in UTF-8. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** A table of what is defined; keys and strings are bytes. */
export function luaTable(entries: Readonly<Record<string, LuaValue | undefined>>): LuaTable {
  return new Map(
    Object.entries(entries).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
  );
}

function literal(value: LuaValue, indent: string): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return String(value);
  const inner = `${indent}\t`;
  const entries = [...value].map(
    ([key, each]) => `${inner}[${keyLiteral(key)}] = ${literal(each, inner)};\n`,
  );
  return entries.length === 0 ? '{}' : `{\n${entries.join('')}${indent}}`;
}

function keyLiteral(key: LuaKey): string {
  return typeof key === 'string' ? quoted(key) : String(key);
}

/** Whatever is not plain ASCII as its number, so that no reader can take it for something else. */
function quoted(bytes: string): string {
  const escaped = bytes.replace(
    /[^\x20-\x7e]|["\\]/g,
    (byte) => `\\${String(byte.charCodeAt(0)).padStart(3, '0')}`,
  );
  return `"${escaped}"`;
}
