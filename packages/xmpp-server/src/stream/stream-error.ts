/** Stream errors (RFC 6120 s.4.9): what ends a stream, as a value, and its one form on the wire. */
import { Element } from 'ltx';
import { NS } from '@conclave/signaling';

/**
 * The defined conditions of RFC 6120 s.4.9.3, but for two that nothing here comes to: `bad-namespace-prefix` (every prefix that is declared is
 * understood) and `remote-connection-failed` (nobody's login depends on a connection to another server without an answer of its own).
 */
export type StreamErrorCondition =
  | 'bad-format'
  | 'conflict'
  | 'connection-timeout'
  | 'host-gone'
  | 'host-unknown'
  | 'improper-addressing'
  | 'internal-server-error'
  | 'invalid-from'
  | 'invalid-namespace'
  | 'invalid-xml'
  | 'not-authorized'
  | 'not-well-formed'
  | 'policy-violation'
  | 'reset'
  | 'resource-constraint'
  | 'restricted-xml'
  | 'see-other-host'
  | 'system-shutdown'
  | 'undefined-condition'
  | 'unsupported-encoding'
  | 'unsupported-feature'
  | 'unsupported-stanza-type'
  | 'unsupported-version';

export interface StreamError {
  readonly condition: StreamErrorCondition;
  readonly text?: string;
  /** Of `see-other-host`: which (s.4.9.3.19). */
  readonly host?: string;
  /** An application-specific condition beside the defined one (s.4.9.4). */
  readonly application?: Element;
}

export function streamError(condition: StreamErrorCondition, text?: string): StreamError {
  return text === undefined ? { condition } : { condition, text };
}

/**
 * Serialises a stream error. The `stream` prefix is declared on the element itself: a WebSocket frame is parsed alone
 * (RFC 7395 s.3.3), and on TCP the repetition does no harm.
 */
export function streamErrorXml(error: StreamError): string {
  const element = new Element('stream:error', { 'xmlns:stream': NS.streams });
  const condition = element.c(error.condition, { xmlns: NS.streamErrors });
  if (error.host !== undefined) condition.t(error.host);
  if (error.text !== undefined) element.c('text', { xmlns: NS.streamErrors, 'xml:lang': 'en' }).t(error.text);
  if (error.application !== undefined) element.cnode(error.application);
  return element.toString();
}
