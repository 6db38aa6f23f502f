/**
 * Cuts what comes in pieces into tags and text, as restricted XML has them (RFC 6120 s.11.1). Each character is looked at once, in
 * whatever pieces it comes; what is held back until it is complete is bounded by whoever feeds.
 */
import { fail } from './parser-fault.js';
import { parseEndTag, parseStartTag, type StartTag } from './xml-tag.js';
import { decodeCdata, decodeText } from './xml-text.js';

export interface TokenSink {
  startTag(tag: StartTag): void;
  /** @param name as written; undefined: of the start tag just before, which was its own end */
  endTag(name: string | undefined): void;
  text(text: string): void;
}

const lessThan = 0x3c;
const greaterThan = 0x3e;
const doubleQuote = 0x22;
const singleQuote = 0x27;

const cdataStart = '<![CDATA[';
const cdataEnd = ']]>';
const declaration = /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')(.*)\?>$/s;
const encoding = /[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')/;
/** What may become something else by what follows: a reference, a line end, the end of a CDATA section that never began. */
const longestUnfinished = 33;
const unfinished = /(?:&#?\w{0,31}|\r|\]{1,2})$/;

/** What is being read. `markup`: after `<!` or `<?`, of which it is not known yet what it is. */
type State = 'text' | 'tag' | 'markup' | 'declaration' | 'cdata';

export class Tokenizer {
  readonly #sink: TokenSink;
  #state: State = 'text';
  /** What came of the current token before this chunk. */
  #held = '';
  /** The quote that an attribute's value waits for; 0: outside of values. */
  #quote = 0;
  /** Values of the current tag that are complete. */
  #values = 0;
  #isStart = true;
  #maxAttributes: number;
  #at = 0;

  constructor(sink: TokenSink, maxAttributes: number) {
    this.#sink = sink;
    this.#maxAttributes = maxAttributes;
  }

  set maxAttributes(max: number) {
    this.#maxAttributes = max;
  }

  /** How much of the chunk being fed belongs to tokens that are complete. */
  get position(): number {
    return this.#at;
  }

  /** Throws a ParserFault, after which nothing may be fed. */
  feed(chunk: string): void {
    this.#at = 0;
    while (this.#at < chunk.length) this.#next(chunk);
  }

  #next(chunk: string): void {
    switch (this.#state) {
      case 'text':
        this.#text(chunk);
        return;
      case 'tag':
        this.#tag(chunk);
        return;
      case 'markup':
        this.#markup(chunk);
        return;
      case 'declaration':
        this.#upTo('?>', chunk, (text) => this.#declaration(text));
        return;
      case 'cdata':
        this.#upTo(cdataEnd, chunk, (text) => {
          this.#sink.text(decodeCdata(text.slice(cdataStart.length, -cdataEnd.length)));
        });
    }
  }

  /** Goes on with `state` behind `end`; the rest of the chunk is left. */
  #become(state: State, end: number): void {
    this.#state = state;
    this.#at = end;
  }

  /** The token so far, with the chunk up to `end`. */
  #take(chunk: string, end: number): string {
    const piece = chunk.slice(this.#at, end);
    if (this.#held === '') return piece;
    const token = this.#held + piece;
    this.#held = '';
    return token;
  }

  #text(chunk: string): void {
    const found = chunk.indexOf('<', this.#at);
    const raw = this.#take(chunk, found < 0 ? chunk.length : found);
    if (found >= 0) {
      this.#become('tag', found);
      if (raw !== '') this.#emitText(raw);
      return;
    }
    this.#at = chunk.length;
    this.#held = unfinished.exec(raw.slice(-longestUnfinished))?.[0] ?? '';
    const finished = raw.slice(0, raw.length - this.#held.length);
    if (finished !== '') this.#emitText(finished);
  }

  #emitText(raw: string): void {
    this.#isStart = false;
    this.#sink.text(decodeText(raw));
  }

  #tag(chunk: string): void {
    const begin = this.#held === '' ? this.#at + 1 : this.#at;
    const second = this.#held.length > 1 ? undefined : chunk[begin];
    if (second === '!' || second === '?') {
      this.#state = 'markup';
      return;
    }
    for (let at = begin; at < chunk.length; at++) {
      const code = chunk.charCodeAt(at);
      if (code === lessThan) fail('not-well-formed');
      if (this.#quote !== 0) {
        if (code !== this.#quote) continue;
        this.#quote = 0;
        if (++this.#values > this.#maxAttributes) fail('policy-violation', 'Too many attributes');
      } else if (code === doubleQuote || code === singleQuote) {
        this.#quote = code;
      } else if (code === greaterThan) {
        this.#complete(this.#take(chunk, at + 1), at + 1);
        return;
      }
    }
    this.#hold(chunk);
  }

  #complete(tag: string, end: number): void {
    this.#become('text', end);
    this.#values = 0;
    this.#isStart = false;
    if (tag.charCodeAt(1) === 0x2f) {
      this.#sink.endTag(parseEndTag(tag));
      return;
    }
    const parsed = parseStartTag(tag);
    this.#sink.startTag(parsed);
    if (parsed.empty) this.#sink.endTag(undefined);
  }

  #hold(chunk: string): void {
    this.#held += chunk.slice(this.#at);
    this.#at = chunk.length;
  }

  /** Finds out what begins with `<!` or `<?`: of all that XML has, only a declaration at the start, and CDATA, are allowed. */
  #markup(chunk: string): void {
    const begun = this.#held + chunk.slice(this.#at, this.#at + cdataStart.length - this.#held.length);
    if (begun.startsWith('<?')) {
      if (!this.#isStart) fail('restricted-xml');
      this.#state = 'declaration';
    } else if (begun === cdataStart) {
      this.#state = 'cdata';
    } else if (cdataStart.startsWith(begun)) {
      this.#hold(chunk);
    } else {
      fail(/^<!(?:-|[A-Z])/.test(begun) ? 'restricted-xml' : 'not-well-formed');
    }
  }

  /** Looks for the end of a token that only its last characters end. */
  #upTo(terminator: string, chunk: string, complete: (token: string) => void): void {
    // The terminator may have begun before this chunk.
    const overlap = this.#held.slice(-(terminator.length - 1));
    const found = (overlap + chunk.slice(this.#at)).indexOf(terminator);
    if (found < 0) {
      this.#hold(chunk);
      return;
    }
    const end = this.#at + found - overlap.length + terminator.length;
    const token = this.#take(chunk, end);
    this.#become('text', end);
    complete(token);
  }

  #declaration(text: string): void {
    this.#isStart = false;
    const [, double, single, rest = ''] = declaration.exec(text) ?? [];
    const version = double ?? single;
    if (version === undefined) fail(/^<\?xml[ \t\r\n]/.test(text) ? 'not-well-formed' : 'restricted-xml');
    if (version !== '1.0') fail('not-well-formed');
    const named = encoding.exec(rest);
    if ((named?.[1] ?? named?.[2] ?? 'utf-8').toLowerCase() !== 'utf-8') fail('unsupported-encoding');
  }
}
