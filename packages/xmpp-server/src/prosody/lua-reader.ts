/**
 * Reads the Lua that Prosody keeps data in: `return` and one literal. Nothing is executed, and nothing but literals is understood: no names, no
 * calls, no arithmetic. Lua strings are bytes, and stay so: each character of a string that is read stands for one.
 */

export type LuaValue = string | number | boolean | LuaTable;
export type LuaKey = string | number | boolean;
export type LuaTable = ReadonlyMap<LuaKey, LuaValue>;

export class LuaError extends Error {
  override readonly name = 'LuaError';
}

const maxDepth = 64;

/** Throws a LuaError that says where. @param source the bytes of the file, as `latin1` */
export function readLua(source: string): LuaValue {
  return new LuaReader(source).file();
}

/** The text that a Lua string is in UTF-8. */
export function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
  '\n': '\n',
};

class LuaReader {
  #at = 0;

  constructor(private readonly source: string) {}

  file(): LuaValue {
    this.#space();
    if (this.#match(/return(?![\w])/y) === undefined) this.#fail('`return`');
    const value = this.#value(0);
    this.#skip(';');
    this.#space();
    if (this.#at < this.source.length) this.#fail('the end');
    if (value === undefined) this.#fail('a value');
    return value;
  }

  /** Undefined stands for nil. */
  #value(depth: number): LuaValue | undefined {
    if (depth > maxDepth) throw new LuaError('the data is nested too deeply');
    this.#space();
    const next = this.source[this.#at];
    if (next === '{') return this.#table(depth);
    if (next === '"' || next === "'") return this.#string(next);
    if (next === '[') return this.#longString();
    const number = this.#match(/-?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])/y);
    if (number !== undefined) return number.startsWith('-') ? -Number(number.slice(1)) : Number(number);
    const word = this.#match(/[A-Za-z_]\w*/y);
    if (word === 'true' || word === 'false') return word === 'true';
    if (word !== 'nil') this.#fail('a value');
    return undefined;
  }

  #table(depth: number): LuaTable {
    const table = new Map<LuaKey, LuaValue>();
    this.#at++;
    let position = 1;
    for (;;) {
      this.#space();
      if (this.#skip('}')) return table;
      const key = this.#key(depth);
      const value = this.#value(depth + 1);
      if (value !== undefined) table.set(key ?? position, value);
      if (key === undefined) position++;
      this.#space();
      if (this.#skip(';') || this.#skip(',')) continue;
      if (this.source[this.#at] !== '}') this.#fail('the end of a table');
    }
  }

  /** `[key] =` or `name =`; undefined: the next position. */
  #key(depth: number): LuaKey | undefined {
    let key: LuaKey | undefined = this.#match(/[A-Za-z_]\w*(?=\s*=(?!=))/y);
    if (key === undefined) {
      if (this.source[this.#at] !== '[' || /\[=*\[/y.test(this.source.slice(this.#at, this.#at + 64)))
        return undefined;
      this.#at++;
      const value = this.#value(depth + 1);
      if (value === undefined || typeof value === 'object') this.#fail('a key');
      key = value;
      this.#space();
      if (!this.#skip(']')) this.#fail('`]`');
    }
    this.#space();
    if (!this.#skip('=')) this.#fail('`=`');
    return key;
  }

  #string(quote: string): string {
    this.#at++;
    let text = '';
    for (;;) {
      text += this.#match(/[^\\"'\n]+/y) ?? '';
      const next = this.source[this.#at++];
      if (next === quote) return text;
      if (next === '\\') text += this.#escape();
      else if (next === '"' || next === "'") text += next;
      else this.#fail('the end of a string');
    }
  }

  #escape(): string {
    const decimal = this.#match(/\d{1,3}/y);
    if (decimal !== undefined) {
      if (Number(decimal) > 255) this.#fail('a byte');
      return String.fromCharCode(Number(decimal));
    }
    const hex = this.#match(/x[0-9a-fA-F]{2}/y);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex.slice(1), 16));
    const escaped = escapes[this.source[this.#at++] ?? ''];
    if (escaped === undefined) this.#fail('an escape');
    return escaped;
  }

  #longString(): string {
    const opening = this.#match(/\[=*\[\n?/y);
    if (opening === undefined) this.#fail('a value');
    const closing = `]${'='.repeat(opening.trimEnd().length - 2)}]`;
    const end = this.source.indexOf(closing, this.#at);
    if (end === -1) this.#fail('the end of a string');
    const text = this.source.slice(this.#at, end);
    this.#at = end + closing.length;
    return text;
  }

  #space(): void {
    while (this.#match(/\s+|--(?!\[=*\[)[^\n]*/y) !== undefined);
  }

  #skip(character: string): boolean {
    this.#space();
    if (this.source[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.source) ?? [];
    if (found === undefined) return undefined;
    this.#at += found.length;
    return found;
  }

  #fail(expected: string): never {
    const line = this.source.slice(0, this.#at).split('\n').length;
    throw new LuaError(`line ${line}: ${expected} was expected`);
  }
}
