/**
 * The one XML parser of all transports: namespace-aware, incremental, restricted XML only (RFC 6120 s.11.1). It yields the
 * stream's header and its top-level elements; limits hold while an element is still incomplete.
 *
 * Prefixes are resolved away: every element carries its namespace as a literal `xmlns` where it differs from its parent's,
 * so that an element means the same wherever it is serialised again, and clients that compare names as text can read it.
 */
import { Element } from 'ltx';
import { NS } from '@conclave/signaling';
import { declaredIn, namespaceOf, noNamespaces, type Namespaces } from './namespaces.js';
import { fail, ParserFault } from './parser-fault.js';
import type { ParserLimits } from './parser-limits.js';
import type { StreamError } from './stream-error.js';
import { Tokenizer } from './tokenizer.js';
import type { StartTag } from './xml-tag.js';

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

export const stanzaTooBig: StreamError = {
  condition: 'policy-violation',
  text: 'The stanza is too big',
  application: new Element('stanza-too-big', { xmlns: 'urn:xmpp:errors' }),
};

/** What streams of external components (XEP-0114) and of other servers have their stanzas in. */
const otherStanzas: readonly string[] = [NS.componentAccept, NS.server];

/** White space as XML has it: there is more in Unicode. */
const blank = /^[ \t\r\n]*$/;
const leadingSpace = /^[ \t\r\n]+/;

/** An element that is open, and what it declares. */
interface Open {
  /** As written. */
  readonly name: string;
  readonly namespaces: Namespaces;
  /** Undefined: the root. */
  readonly element: Element | undefined;
  readonly namespace: string;
}

type Phase = 'before' | 'inside' | 'after';

export class ElementParser {
  readonly #tokenizer: Tokenizer;
  readonly #sink: ElementSink;
  #limits: ParserLimits;
  #failure: StreamError | undefined;
  /** Where the stream is: before its root element has begun, inside, or after its end. */
  #phase: Phase = 'before';
  /** Outermost first: the root, a top-level element, and so on. */
  readonly #open: Open[] = [];
  /** The namespace that stanzas are in here, where it is another than clients': inside the server, a stanza is a stanza. */
  #stanzas: string | undefined;
  #elements = 0;
  /** Bytes fed since the last top-level element ended. */
  #pending = 0;
  /** The chunk being parsed, and how far it has been accounted for. */
  #chunk = '';
  #accounted = 0;
  #chunkIsAscii = true;
  /** Where in the chunk the last top-level element ended; -1: none did. */
  #boundaryAt = -1;

  constructor(sink: ElementSink, limits: ParserLimits) {
    this.#sink = sink;
    this.#limits = limits;
    this.#tokenizer = new Tokenizer(
      {
        startTag: (tag) => this.#opened(tag),
        endTag: (name) => this.#closed(name),
        text: (text) => this.#text(text),
      },
      limits.attributes,
    );
  }

  /** Later elements are held to these limits. */
  set limits(limits: ParserLimits) {
    this.#limits = limits;
    this.#tokenizer.maxAttributes = limits.attributes;
  }

  /** Whether the stream stands between two top-level elements, where a peer may send white space to keep it alive. */
  get idle(): boolean {
    return this.#open.length === 1 && this.#pending === 0;
  }

  /**
   * Parses the next piece of the stream, calling the sink for what it completes.
   * @param bytes its length on the wire
   * @returns the error that ends the stream; nothing may be fed after one.
   */
  feed(text: string, bytes: number): StreamError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    const chunk = this.idle ? text.replace(leadingSpace, '') : text;
    if (chunk === '') return undefined;
    this.#chunk = chunk;
    this.#chunkIsAscii = text.length === bytes;
    this.#accounted = 0;
    try {
      this.#tokenizer.feed(chunk);
      this.#account(chunk.length);
      if (this.#open.length === 1 && this.#endsInWhitespaceOnly()) this.#pending = 0;
    } catch (error) {
      if (!(error instanceof ParserFault)) throw error;
      this.#failure = error.error;
    } finally {
      this.#chunk = '';
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
    this.#account(this.#tokenizer.position);
    this.#pending = 0;
    this.#elements = 0;
    this.#boundaryAt = this.#accounted;
  }

  /** Whether nothing but white space stands between the last boundary in this chunk and its end. */
  #endsInWhitespaceOnly(): boolean {
    const at = this.#boundaryAt;
    this.#boundaryAt = -1;
    return at >= 0 && (at === this.#chunk.length || blank.test(this.#chunk.slice(at)));
  }

  #opened(tag: StartTag): void {
    const outside = this.#open.at(-1);
    const namespaces = declaredIn(tag, outside?.namespaces ?? noNamespaces);
    if (outside === undefined) {
      this.#root(tag, namespaces);
      return;
    }
    const depth = this.#open.length;
    if (depth > this.#limits.depth) fail('policy-violation', 'Nested too deeply');
    if (++this.#elements > this.#limits.elements)
      fail('resource-constraint', 'Too many elements in a stanza');
    const { local, namespace: written } = resolve(tag.name, namespaces);
    const namespace = written === this.#stanzas ? NS.client : written;
    const element = new Element(local);
    if (depth === 1 || namespace !== outside.namespace) element.attrs['xmlns'] = namespace;
    if (tag.attributes.length > 0) addAttributes(element, tag, namespaces);
    this.#open.push({ name: tag.name, namespaces, element, namespace });
  }

  #root(tag: StartTag, namespaces: Namespaces): void {
    if (this.#phase !== 'before') fail('not-well-formed');
    const { local, namespace } = resolve(tag.name, namespaces);
    addAttributes(new Element(local), tag, namespaces);
    this.#phase = 'inside';
    if (otherStanzas.includes(namespaces.content)) this.#stanzas = namespaces.content;
    this.#open.push({ name: tag.name, namespaces, element: undefined, namespace });
    this.#boundary();
    this.#sink.opened({
      name: local,
      namespace,
      contentNamespace: namespaces.content,
      attributes: Object.fromEntries(tag.attributes),
    });
  }

  #closed(name: string | undefined): void {
    const open = this.#open.at(-1);
    if (open === undefined || (name !== undefined && name !== open.name)) fail('not-well-formed');
    this.#open.pop();
    const { element } = open;
    if (element === undefined) {
      this.#phase = 'after';
      this.#sink.closed();
      return;
    }
    const parent = this.#open.at(-1)?.element;
    if (parent !== undefined) {
      parent.children.push(element);
      element.parent = parent;
      return;
    }
    this.#boundary();
    this.#sink.element(element);
  }

  #text(text: string): void {
    const element = this.#open.at(-1)?.element;
    if (element === undefined) {
      if (blank.test(text)) return;
      if (this.#phase === 'inside') fail('bad-format', 'Text between stanzas');
      fail('not-well-formed');
    }
    const last = element.children.length - 1;
    const before = element.children[last];
    if (typeof before === 'string') element.children[last] = before + text;
    else element.children.push(text);
  }
}

/** Of an element's name. */
function resolve(name: string, namespaces: Namespaces): { local: string; namespace: string } {
  const colon = name.indexOf(':');
  if (colon < 0) return { local: name, namespace: namespaces.content };
  return { local: name.slice(colon + 1), namespace: namespaceOf(name.slice(0, colon), namespaces) };
}

/** Each attribute once, by its name and by its namespace; declarations are left out but for prefixes that attributes have. */
function addAttributes(element: Element, { attributes }: StartTag, namespaces: Namespaces): void {
  const names = new Set<string>();
  for (const [name, value] of attributes) {
    const colon = name.indexOf(':');
    const prefix = colon < 0 ? '' : name.slice(0, colon);
    const isDeclaration = prefix === 'xmlns' || name === 'xmlns';
    const namespace = prefix === '' || isDeclaration ? '' : namespaceOf(prefix, namespaces);
    const expanded = namespace === '' ? name : `${namespace} ${name.slice(colon + 1)}`;
    if (names.has(expanded)) fail('not-well-formed');
    names.add(expanded);
    if (isDeclaration) continue;
    if (namespace !== '' && prefix !== 'xml') element.attrs[`xmlns:${prefix}`] = namespace;
    element.attrs[name] = value;
  }
}
