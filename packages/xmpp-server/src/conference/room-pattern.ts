/**
 * Lua patterns (Lua 5.4 reference manual s.6.4.1), by which a token may name rooms. A name is matched as a whole, in a time that
 * grows with the lengths of name and pattern and no faster: whoever signs tokens cannot make the server think for long.
 */

/** One character, and how often it comes. */
interface Item {
  readonly matches: (character: string) => boolean;
  readonly optional: boolean;
  readonly repeats: boolean;
}

const longestPattern = 256;
const longestName = 1023;

const classes: Readonly<Record<string, RegExp>> = {
  a: /[A-Za-z]/,
  c: /\p{Cc}/u,
  d: /[0-9]/,
  g: /[!-~]/,
  l: /[a-z]/,
  p: /[!-/:-@[-`{-~]/,
  s: /[\t-\r ]/,
  u: /[A-Z]/,
  w: /[A-Za-z0-9]/,
  x: /[A-Fa-f0-9]/,
};

/** Undefined: it is no pattern, or one with what names have no use for (`%b`, `%f`, back references). */
export function roomPattern(text: string): ((name: string) => boolean) | undefined {
  const items =
    text.length > longestPattern
      ? undefined
      : parse(Array.from(text.replace(/^\^/, '').replace(/(?<!%)\$$/, '')));
  return items && ((name) => name.length <= longestName && matches(items, Array.from(name)));
}

function parse(pattern: readonly string[]): readonly Item[] | undefined {
  const items: Item[] = [];
  let depth = 0;
  for (let at = 0; at < pattern.length;) {
    const character = pattern[at] ?? '';
    // Captures do not change what matches.
    if (character === '(' || character === ')') {
      depth += character === '(' ? 1 : -1;
      if (depth < 0) return undefined;
      at++;
      continue;
    }
    const single = character === '[' ? set(pattern, at) : one(pattern, at);
    if (single === undefined) return undefined;
    const quantifier = pattern[single.end] ?? '';
    const isQuantified = quantifier !== '' && '*+-?'.includes(quantifier);
    items.push({
      matches: single.matches,
      optional: isQuantified && quantifier !== '+',
      repeats: isQuantified && quantifier !== '?',
    });
    at = single.end + (isQuantified ? 1 : 0);
  }
  return depth === 0 ? items : undefined;
}

interface Single {
  readonly matches: (character: string) => boolean;
  readonly end: number;
}

/** A character, `.`, or a class. */
function one(pattern: readonly string[], at: number): Single | undefined {
  const character = pattern[at] ?? '';
  if (character === '.') return { matches: () => true, end: at + 1 };
  if (character !== '%') return { matches: (each) => each === character, end: at + 1 };
  const escaped = pattern[at + 1];
  if (escaped === undefined) return undefined;
  const named = classes[escaped.toLowerCase()];
  if (named !== undefined) {
    const wanted = escaped === escaped.toLowerCase();
    return { matches: (each) => named.test(each) === wanted, end: at + 2 };
  }
  return /[A-Za-z0-9]/.test(escaped) ? undefined : { matches: (each) => each === escaped, end: at + 2 };
}

/** `[a-z_%d]`, `[^/]`: a bracket that comes first is one of the characters. */
function set(pattern: readonly string[], start: number): Single | undefined {
  const negated = pattern[start + 1] === '^';
  const first = start + (negated ? 2 : 1);
  const parts: Single['matches'][] = [];
  for (let at = first; at < pattern.length;) {
    if (pattern[at] === ']' && at > first) {
      return { matches: (each) => parts.some((part) => part(each)) !== negated, end: at + 1 };
    }
    const [from = '', dash, to = ''] = pattern.slice(at, at + 3);
    if (from !== '%' && dash === '-' && to !== ']' && to !== '') {
      parts.push((each) => from <= each && each <= to);
      at += 3;
      continue;
    }
    const part = from === '.' ? { matches: (each: string) => each === '.', end: at + 1 } : one(pattern, at);
    if (part === undefined) return undefined;
    parts.push(part.matches);
    at = part.end;
  }
  return undefined;
}

/** All ways at once: after each character, which items may come next. */
function matches(items: readonly Item[], name: readonly string[]): boolean {
  let places = skipping(items, [true]);
  for (const character of name) {
    const next: boolean[] = [];
    for (const [place, item] of items.entries()) {
      if (places[place] !== true || !item.matches(character)) continue;
      next[place + 1] = true;
      if (item.repeats) next[place] = true;
    }
    places = skipping(items, next);
  }
  return places[items.length] === true;
}

/** With those places that are reached without a character. */
function skipping(items: readonly Item[], places: boolean[]): boolean[] {
  for (const [place, { optional }] of items.entries()) {
    if (optional && places[place] === true) places[place + 1] = true;
  }
  return places;
}
