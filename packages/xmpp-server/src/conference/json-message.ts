/** Jitsi's JSON envelope: `<json-message xmlns='http://jitsi.org/jitmeet'/>` in a message, with one object that has a `type`. */
import { attribute, type Element, el, NS } from '@conclave/signaling';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A message of a component, still without `to`. @param room for payloads that say by attribute which room they are about */
export function jsonMessage(from: string, payload: JsonObject, room?: string): Element {
  return el('message', { from }, el('json-message', { xmlns: NS.jitmeet, room }, JSON.stringify(payload)));
}

/** The JSON object that is the text of an element; undefined for anything else, and for one of more than so many characters. */
export function jsonOf(element: Element, maxLength: number): JsonObject | undefined {
  const text = element.getText();
  if (text.length > maxLength) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The envelope in a message that has no body: what a program says, and nobody reads. */
export function envelopeOf(message: Element): Element | undefined {
  const isSpeech = message.getChild('body') !== undefined || attribute(message, 'type') === 'error';
  return isSpeech ? undefined : message.getChild('json-message', NS.jitmeet);
}
