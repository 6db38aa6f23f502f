/**
 * Small verbs on ltx elements that all codecs share. On the wire we write default-namespace declarations only, never
 * prefixes, and repeat `xmlns` wherever the namespace changes: clients compare the literal attribute.
 */
import { Element } from 'ltx';
import { SignalingError } from './signaling-error.js';

export { Element };

/** What may stand as an attribute's value; `undefined` leaves the attribute out. */
export type AttributeValue = string | number | boolean | undefined;

/** What may stand inside an element; `undefined` and `null` are left out. */
export type Child = Element | string | undefined | null;

/** Makes an element: `el('iq', { type: 'get', id }, payload)`. */
export function el(
  name: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
  ...children: readonly (Child | readonly Child[])[]
): Element {
  const element = new Element(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.attrs[key] = String(value);
  }
  for (const child of children.flat()) {
    if (child !== undefined && child !== null) element.append(child);
  }
  return element;
}

/** The attribute's text, or undefined when it is absent. */
export function attribute(element: Element, name: string): string | undefined {
  const value: unknown = element.attrs[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

/** The attribute's text; absent or empty is a SignalingError. */
export function requiredAttribute(element: Element, name: string): string {
  const value = attribute(element, name);
  if (value === undefined || value === '') {
    throw new SignalingError(`<${element.name}> lacks the attribute ${name}`);
  }
  return value;
}

/** The child elements in document order, without text. */
export function childElements(element: Element): Element[] {
  return element.children.filter((child): child is Element => typeof child === 'object');
}

/** The first child element, as of an IQ's payload. */
export function firstChild(element: Element): Element | undefined {
  return element.children.find((child): child is Element => typeof child === 'object');
}

/** Text → decimal integer within [min, max], or a SignalingError that names `what`. No sign but a leading minus, no exponent. */
export function parseInteger(text: string, min: number, max: number, what: string): number {
  const value = /^-?[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new SignalingError(`${what} must be an integer from ${min} to ${max}`);
  }
  return value;
}

/** The attribute as an integer within [min, max]; undefined when absent, a SignalingError when malformed. */
export function integerAttribute(
  element: Element,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const text = attribute(element, name);
  return text === undefined ? undefined : parseInteger(text, min, max, `${name} of <${element.name}>`);
}

/** As integerAttribute, but absence is a SignalingError as well. */
export function requiredInteger(element: Element, name: string, min: number, max: number): number {
  return parseInteger(requiredAttribute(element, name), min, max, `${name} of <${element.name}>`);
}

/** XML Schema boolean: `true`/`1`, `false`/`0`; undefined when absent, a SignalingError otherwise. */
export function booleanAttribute(element: Element, name: string): boolean | undefined {
  const text = attribute(element, name);
  if (text === undefined) return undefined;
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new SignalingError(`${name} of <${element.name}> must be true or false`);
}

/** `value` if it is one of `allowed`, else a SignalingError that names `what`. */
export function oneOf<const T extends string>(
  value: string | undefined,
  allowed: readonly T[],
  what: string,
): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new SignalingError(`${what} must be one of ${allowed.join(', ')}`);
  return found;
}

/** Drops the keys whose value is undefined, so that optional properties are absent rather than undefined. */
export function present<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
