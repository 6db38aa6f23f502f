/** The `<body/>` that wraps whatever goes either way over BOSH (XEP-0124 s.4, XEP-0206): read as it arrives, written whole. */
import { Element } from 'ltx';
import { attribute, NS } from '@conclave/signaling';
import type { RootTag } from '../../stream/element-parser.js';
import { stanzaTooBig } from '../../stream/element-parser.js';
import type { ParserLimits } from '../../stream/parser-limits.js';
import type { StreamError } from '../../stream/stream-error.js';
import { StreamReader } from '../../stream/stream-reader.js';

export const httpBind = 'http://jabber.org/protocol/httpbind';
export const xbosh = 'urn:xmpp:xbosh';

/** Terminal binding conditions (XEP-0124 s.17.2). */
export type TerminalCondition =
  | 'bad-request'
  | 'host-unknown'
  | 'improper-addressing'
  | 'internal-server-error'
  | 'item-not-found'
  | 'policy-violation'
  | 'remote-stream-error'
  | 'see-other-uri'
  | 'system-shutdown'
  | 'undefined-condition';

/** What the attributes of a client's body say; numbers are those of the wire. */
export interface BodyHead {
  readonly rid: number;
  readonly sid: string | undefined;
  readonly to: string | undefined;
  readonly from: string | undefined;
  /** Seconds. */
  readonly wait: number | undefined;
  readonly hold: number | undefined;
  readonly ver: string | undefined;
  readonly content: string | undefined;
  readonly key: string | undefined;
  readonly newKey: string | undefined;
  /** Seconds. */
  readonly pause: number | undefined;
  /** Whether the client counts on acknowledgements of its requests (s.9). */
  readonly ack: boolean;
  readonly terminate: boolean;
  readonly restart: boolean;
  readonly version: string | undefined;
}

export interface ClientBody extends BodyHead {
  readonly elements: readonly Element[];
  /** What is wrong with the XML behind the head: it ends the stream. */
  readonly fault: StreamError | undefined;
}

/** Reads one body. Limits hold from the first byte, and are those of the session once the head has told which that is. */
export class BodyReader {
  readonly #reader: StreamReader;
  readonly #elements: Element[] = [];
  #maxBytes: number;
  #bytes = 0;
  #head: BodyHead | undefined;
  #complete = false;
  #fault: StreamError | undefined;

  /** @param limitsOf of the session that a head belongs to */
  constructor(limits: ParserLimits, limitsOf: (head: BodyHead) => ParserLimits) {
    this.#maxBytes = 2 * limits.stanzaBytes;
    this.#reader = new StreamReader(
      {
        opened: (root) => {
          this.#head = decodeHead(root);
          if (this.#head === undefined) return;
          const own = limitsOf(this.#head);
          this.#reader.limits = own;
          this.#maxBytes = 2 * own.stanzaBytes;
        },
        element: (element) => {
          // Some clients forget to say that a stanza is one.
          if (attribute(element, 'xmlns') === httpBind) element.attrs['xmlns'] = NS.client;
          this.#elements.push(element);
        },
        closed: () => {
          this.#complete = true;
        },
      },
      limits,
    );
  }

  /** @returns false when nothing more needs to be read: it is wrong already */
  read(bytes: Buffer): boolean {
    this.#bytes += bytes.length;
    this.#fault ??= this.#bytes > this.#maxBytes ? stanzaTooBig : this.#reader.read(bytes);
    return this.#fault === undefined;
  }

  /** What has come; undefined when it is no body at all (`bad-request`). */
  end(): ClientBody | undefined {
    const head = this.#head;
    if (head === undefined || (!this.#complete && this.#fault === undefined)) return undefined;
    return { ...head, elements: this.#fault === undefined ? this.#elements : [], fault: this.#fault };
  }
}

function decodeHead({ name, namespace, attributes }: RootTag): BodyHead | undefined {
  if (name !== 'body' || namespace !== httpBind) return undefined;
  const rid = integer(attributes['rid']);
  if (rid === undefined || rid === 0) return undefined;
  const prefixed = (local: string): string | undefined => {
    const declared = Object.entries(attributes).find(
      ([each, value]) => value === xbosh && each.startsWith('xmlns:'),
    );
    return declared === undefined ? undefined : attributes[`${declared[0].slice('xmlns:'.length)}:${local}`];
  };
  const restart = prefixed('restart');
  return {
    rid,
    sid: attributes['sid'],
    to: attributes['to'],
    from: attributes['from'],
    wait: integer(attributes['wait']),
    hold: integer(attributes['hold']),
    ver: attributes['ver'],
    content: attributes['content'],
    key: attributes['key'],
    newKey: attributes['newkey'],
    pause: integer(attributes['pause']),
    ack: attributes['ack'] === '1',
    terminate: attributes['type'] === 'terminate',
    restart: restart === 'true' || restart === '1',
    version: prefixed('version'),
  };
}

/** A whole number from 0 to 2^53 - 1, the most that a request id may be. */
function integer(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A body to the client. @param payload elements that declare their own namespaces */
export function bodyXml(
  attributes: Readonly<Record<string, string | number | undefined>>,
  payload: string,
): string {
  const body = new Element('body', { xmlns: httpBind, ...attributes }).toString();
  return payload === '' ? body : `${body.slice(0, -2)}>${payload}</body>`;
}

export function terminateXml(condition: TerminalCondition | undefined, payload = ''): string {
  return bodyXml({ type: 'terminate', condition }, payload);
}

/** What a stream error is as a condition of the binding (s.17.2); others are passed on as they are. */
const conditions: Readonly<Record<string, TerminalCondition>> = {
  'host-unknown': 'host-unknown',
  'improper-addressing': 'improper-addressing',
  'system-shutdown': 'system-shutdown',
};
const streamError = /^<stream:error[^>]*><([a-z-]+)/;

/** The condition of the binding for the stream error with which a stream's last words end, if they do. */
export function streamErrorIn(xml: string): TerminalCondition | undefined {
  const condition = streamError.exec(xml.slice(xml.lastIndexOf('<stream:error')))?.[1];
  return condition === undefined ? undefined : (conditions[condition] ?? 'remote-stream-error');
}
