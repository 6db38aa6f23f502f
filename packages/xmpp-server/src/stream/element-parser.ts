/**
 * The one XML parser of all transports: namespace-aware, incremental, restricted XML only (RFC 6120 s.11.1). It yields the
 * stream's header and its top-level elements; limits hold while an element is still incomplete.
 *
 * Prefixes are resolved away: every element carries its namespace as a literal `xmlns` where it differs from its parent's,
 * so that an element means the same wherever it is serialised again, and clients that compare names as text can read it.
 */
import { Element } from 'ltx';
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { NS } from '@conclave/signaling';
import { streamError, type StreamError, type StreamErrorCondition } from './stream-error.js';
import type { ParserLimits } from './parser-limits.js';

/** The root start tag of a stream. */
export interface RootTag {
  readonly name: string;
  readonly namespace: string;
  /** The namespace that unprefixed children are in. */
  readonly contentNamespace: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface ElementSink {
  opened(root: RootTag): void;
  element(element: Element): void;
  closed(): void;
}

/** Unwinds the SAX parser from inside one of its callbacks; never leaves this file. */
class ParserFault extends Error {
  constructor(readonly error: StreamError) {
    super(error.condition);
  }
}

function fail(condition: StreamErrorCondition, text?: string): never {
  throw new ParserFault(streamError(condition, text));
}

/** What the SAX parser complains about but RFC 6120 s.11.1 forbids as a feature, rather than as bad syntax. */
const restricted =
  /^(undefined entity|inappropriately located doctype|an XML declaration must be at the start|the XML declaration must appear)/;

export const stanzaTooBig: StreamError = {
  condition: 'policy-violation',
  text: 'The stanza is too big',
  application: new Element('stanza-too-big', { xmlns: 'urn:xmpp:errors' }),
};

export class ElementParser {
  readonly #saxes = new SaxesParser({
    xmlns: true,
    position: false,
    forceXMLVersion: true,
    defaultXMLVersion: '1.0',
  });
  readonly #sink: ElementSink;
  #limits: ParserLimits;
  #failure: StreamError | undefined;
  /** Open elements below the root, outermost first, and the namespace of each. */
  readonly #open: Element[] = [];
  readonly #namespaces: string[] = [];
  #rootOpen = false;
  #attributes = 0;
  #elements = 0;
  /** Bytes fed since the last top-level element ended. */
  #pending = 0;
  /** The chunk being parsed, where it starts in the SAX parser's count, and how far it has been accounted for. */
  #chunk = '';
  #chunkStart = 0;
  #accounted = 0;
  #chunkIsAscii = true;
  /** Where in the chunk the last top-level element ended; -1: none did. */
  #boundaryAt = -1;

  constructor(sink: ElementSink, limits: ParserLimits) {
    this.#sink = sink;
    this.#limits = limits;
    const saxes = this.#saxes;
    saxes.on('xmldecl', ({ version, encoding }) => {
      if (version !== '1.0') fail('not-well-formed');
      if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8') fail('unsupported-encoding');
    });
    saxes.on('doctype', () => fail('restricted-xml'));
    saxes.on('comment', () => fail('restricted-xml'));
    saxes.on('processinginstruction', () => fail('restricted-xml'));
    saxes.on('error', ({ message }) => fail(restricted.test(message) ? 'restricted-xml' : 'not-well-formed'));
    saxes.on('opentagstart', () => {
      this.#attributes = 0;
    });
    saxes.on('attribute', () => {
      if (++this.#attributes > this.#limits.attributes) fail('policy-violation', 'Too many attributes');
    });
    saxes.on('opentag', (tag) => this.#opened(tag));
    saxes.on('closetag', () => this.#closed());
    saxes.on('text', (text) => this.#text(text));
    saxes.on('cdata', (text) => this.#text(text));
    // With so many handlers set, V8 keeps the parser's fields in a hash table, and parsing takes four times as long. An object
    // that serves as a prototype gets its fast fields back.
    Object.setPrototypeOf({}, saxes);
  }

  /** Later elements are held to these limits. */
  set limits(limits: ParserLimits) {
    this.#limits = limits;
  }

  /** Whether the stream stands between two top-level elements, where a peer may send white space to keep it alive. */
  get idle(): boolean {
    return this.#rootOpen && this.#open.length === 0 && this.#pending === 0;
  }

  /**
   * Parses the next piece of the stream, calling the sink for what it completes.
   * @param bytes its length on the wire
   * @returns the error that ends the stream; nothing may be fed after one.
   */
  feed(text: string, bytes: number): StreamError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    let chunk = text;
    if (this.idle) chunk = text.trimStart();
    if (chunk === '') return undefined;
    // A trailing carriage return, which the SAX parser held back, counts as part of the chunk it came with.
    this.#chunkStart += this.#chunk.length;
    this.#chunk = chunk;
    this.#chunkIsAscii = text.length === bytes;
    this.#accounted = 0;
    try {
      this.#saxes.write(chunk);
      this.#account(chunk.length);
      if (this.#rootOpen && this.#open.length === 0 && this.#endsInWhitespaceOnly()) this.#pending = 0;
    } catch (error) {
      if (!(error instanceof ParserFault)) throw error;
      this.#failure = error.error;
    }
    return this.#failure;
  }

  /** Adds the chunk up to `index` to what the current element has used up. */
  #account(index: number): void {
    const from = this.#accounted;
    this.#accounted = index;
    this.#pending += this.#chunkIsAscii ? index - from : Buffer.byteLength(this.#chunk.slice(from, index));
    if (this.#pending > this.#limits.stanzaBytes) throw new ParserFault(stanzaTooBig);
  }

  /** A top-level element (or the header) ends here: what follows counts for the next one. */
  #boundary(): void {
    this.#account(Math.max(this.#accounted, this.#saxes.position - this.#chunkStart));
    this.#pending = 0;
    this.#elements = 0;
    this.#boundaryAt = this.#accounted;
  }

  /** Whether nothing but white space stands between the last boundary in this chunk and its end. */
  #endsInWhitespaceOnly(): boolean {
    const at = this.#boundaryAt;
    this.#boundaryAt = -1;
    return at >= 0 && (at === this.#chunk.length || this.#chunk.slice(at).trim() === '');
  }

  #opened(tag: SaxesTagNS): void {
    if (!this.#rootOpen) {
      this.#rootOpen = true;
      const attributes: Record<string, string> = {};
      for (const { name, value } of Object.values(tag.attributes)) attributes[name] = value;
      this.#boundary();
      this.#sink.opened({
        name: tag.local,
        namespace: tag.uri,
        contentNamespace: tag.ns[''] ?? '',
        attributes,
      });
      return;
    }
    const depth = this.#open.length + 1;
    if (depth > this.#limits.depth) fail('policy-violation', 'Nested too deeply');
    if (++this.#elements > this.#limits.elements)
      fail('resource-constraint', 'Too many elements in a stanza');
    // Stanzas of external components (XEP-0114) and of other servers have namespaces of their own; inside, a stanza is a stanza.
    const namespace = tag.uri === NS.componentAccept || tag.uri === NS.server ? NS.client : tag.uri;
    const element = new Element(tag.local);
    if (depth === 1 || namespace !== this.#namespaces[depth - 2]) element.attrs['xmlns'] = namespace;
    const { attributes } = tag;
    for (const name in attributes) {
      const attribute = attributes[name];
      if (attribute === undefined || attribute.prefix === 'xmlns' || name === 'xmlns') continue;
      if (attribute.prefix !== '' && attribute.prefix !== 'xml') {
        element.attrs[`xmlns:${attribute.prefix}`] = attribute.uri;
      }
      element.attrs[name] = attribute.value;
    }
    this.#open.push(element);
    this.#namespaces.push(namespace);
  }

  #closed(): void {
    const element = this.#open.pop();
    if (element === undefined) {
      this.#rootOpen = false;
      this.#sink.closed();
      return;
    }
    this.#namespaces.pop();
    const parent = this.#open.at(-1);
    if (parent !== undefined) {
      parent.children.push(element);
      element.parent = parent;
      return;
    }
    this.#boundary();
    this.#sink.element(element);
  }

  #text(text: string): void {
    const element = this.#open.at(-1);
    if (element === undefined) {
      if (text.trim() !== '') fail('bad-format', 'Text between stanzas');
      return;
    }
    const last = element.children.length - 1;
    const before = element.children[last];
    if (typeof before === 'string') element.children[last] = before + text;
    else element.children.push(text);
  }
}
