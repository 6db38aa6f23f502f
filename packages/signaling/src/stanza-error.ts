/** Stanza errors as values (RFC 6120 s.8.3) and the replies that carry them. */
import { type Element, attribute, childElements, el, present } from './elements.js';
import { NS } from './namespaces.js';

export type StanzaErrorType = 'auth' | 'cancel' | 'continue' | 'modify' | 'wait';

/** The defined conditions (RFC 6120 s.8.3.3), each with the type the RFC recommends. */
const recommendedType = {
  'bad-request': 'modify',
  conflict: 'cancel',
  'feature-not-implemented': 'cancel',
  forbidden: 'auth',
  gone: 'cancel',
  'internal-server-error': 'cancel',
  'item-not-found': 'cancel',
  'jid-malformed': 'modify',
  'not-acceptable': 'modify',
  'not-allowed': 'cancel',
  'not-authorized': 'auth',
  'policy-violation': 'modify',
  'recipient-unavailable': 'wait',
  redirect: 'modify',
  'registration-required': 'auth',
  'remote-server-not-found': 'cancel',
  'remote-server-timeout': 'wait',
  'resource-constraint': 'wait',
  'service-unavailable': 'cancel',
  'subscription-required': 'auth',
  'undefined-condition': 'cancel',
  'unexpected-request': 'wait',
} as const satisfies Record<string, StanzaErrorType>;

export type StanzaCondition = keyof typeof recommendedType;

export interface StanzaError {
  readonly type: StanzaErrorType;
  readonly condition: StanzaCondition;
  readonly text?: string;
  /** Application-specific conditions: children of `<error/>` in namespaces of their own. */
  readonly application?: readonly Element[];
}

const types: readonly string[] = ['auth', 'cancel', 'continue', 'modify', 'wait'];

function isCondition(name: string): name is StanzaCondition {
  return Object.hasOwn(recommendedType, name);
}

/** A stanza error of the type that RFC 6120 recommends for its condition. */
export function stanzaError(
  condition: StanzaCondition,
  text?: string,
  ...application: readonly Element[]
): StanzaError {
  return {
    type: recommendedType[condition],
    condition,
    ...(text === undefined ? {} : { text }),
    ...(application.length === 0 ? {} : { application }),
  };
}

/** Tells a StanzaError from the element or nothing that an IQ handler may return instead. */
export function isStanzaError(value: unknown): value is StanzaError {
  return (
    typeof value === 'object' &&
    value !== null &&
    'condition' in value &&
    typeof value.condition === 'string' &&
    isCondition(value.condition)
  );
}

/** `<error/>` as it stands inside a stanza. */
export function encodeStanzaError(error: StanzaError): Element {
  return el(
    'error',
    { type: error.type },
    el(error.condition, { xmlns: NS.stanzaErrors }),
    error.text === undefined ? undefined : el('text', { xmlns: NS.stanzaErrors }, error.text),
    error.application,
  );
}

/** The answer to `stanza` that carries `error`: addresses swapped, same id, without the original payload. */
export function errorReply(stanza: Element, error: StanzaError): Element {
  return el(
    stanza.name,
    {
      type: 'error',
      id: attribute(stanza, 'id'),
      from: attribute(stanza, 'to'),
      to: attribute(stanza, 'from'),
      xmlns: attribute(stanza, 'xmlns'),
    },
    encodeStanzaError(error),
  );
}

/** The result of an IQ: addresses swapped, same id, `payload` if there is one. */
export function resultReply(iq: Element, payload?: Element | null): Element {
  return el(
    'iq',
    {
      type: 'result',
      id: attribute(iq, 'id'),
      from: attribute(iq, 'to'),
      to: attribute(iq, 'from'),
      xmlns: attribute(iq, 'xmlns'),
    },
    payload,
  );
}

/**
 * The error of a stanza of type `error`; undefined for other stanzas. A missing or unknown condition reads as
 * `undefined-condition`, an unknown type as `cancel`: whoever waits for an answer must get one.
 */
export function parseStanzaError(stanza: Element): StanzaError | undefined {
  if (attribute(stanza, 'type') !== 'error') return undefined;
  const error = stanza.getChild('error');
  if (error === undefined) return { type: 'cancel', condition: 'undefined-condition' };
  const type = attribute(error, 'type') ?? '';
  const children = childElements(error);
  const defined = children.filter((child) => child.getNS() === NS.stanzaErrors);
  const condition = defined.map((child) => child.getName()).find(isCondition);
  const application = children.filter((child) => !defined.includes(child));
  return present({
    type: types.includes(type) ? (type as StanzaErrorType) : 'cancel',
    condition: condition ?? 'undefined-condition',
    text: defined.find((child) => child.getName() === 'text')?.getText(),
    application: application.length === 0 ? undefined : application,
  });
}
