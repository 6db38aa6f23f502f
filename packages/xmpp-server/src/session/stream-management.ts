/** Stream management (XEP-0198): enabling, acknowledging, resuming. Resumption is between authentication and binding, by the same account only. */
import { Element } from 'ltx';
import { attribute, el, NS, type Jid } from '@conclave/signaling';
import { randomText } from '../random-text.js';
import { streamError, type StreamError } from '../stream/stream-error.js';
import type { ClientServices } from './client-services.js';
import type { Session, SessionStream } from './session.js';

export interface ManagementContext {
  readonly services: ClientServices;
  readonly session: Session | undefined;
  /** Who may resume: set while the stream is authenticated and nothing is bound. */
  readonly account: Jid | undefined;
  readonly stream: SessionStream;
}

export interface ManagementReply {
  readonly xml: readonly string[];
  readonly enabled?: boolean;
  readonly resumed?: Session;
  /** The client has answered a request for acknowledgement. */
  readonly acknowledged?: boolean;
  readonly error?: StreamError;
}

export function handleManagement(element: Element, context: ManagementContext): ManagementReply {
  const { session } = context;
  switch (element.name) {
    case 'enable':
      return enable(element, context);
    case 'resume':
      return resume(element, context);
    case 'r':
      if (session?.managed !== true) break;
      return { xml: [xml('a', { h: session.handled })] };
    case 'a':
      if (session?.managed !== true) break;
      return acknowledge(element, session);
  }
  return { xml: [], error: streamError('unsupported-stanza-type') };
}

function enable(element: Element, { services, session }: ManagementContext): ManagementReply {
  if (session === undefined || session.managed) return failed('unexpected-request');
  const wanted = attribute(element, 'resume');
  // Who prefers to be kept for no time at all is not kept: a service that dies is gone at once.
  const kept = (wanted === 'true' || wanted === '1') && attribute(element, 'max') !== '0';
  const id = kept ? randomText(24) : undefined;
  session.manage(id);
  if (id === undefined) return { xml: [xml('enabled', {})], enabled: true };
  services.sessions.makeResumable(id, session);
  const max = Math.floor(services.limits.hibernation / 1000);
  return { xml: [xml('enabled', { id, resume: 'true', max })], enabled: true };
}

function resume(element: Element, { services, account, stream }: ManagementContext): ManagementReply {
  if (account === undefined) return failed('unexpected-request');
  const id = attribute(element, 'previd') ?? '';
  const h = count(attribute(element, 'h'));
  const session = services.sessions.resumable(id, account);
  if (session === undefined) {
    return failed('item-not-found', services.sessions.handledBeforeEnd(id, account));
  }
  const missed = h === undefined ? undefined : session.resume(stream, h);
  if (missed === undefined) return failed('undefined-condition', session.handled);
  return {
    xml: [xml('resumed', { h: session.handled, previd: id }), ...missed],
    resumed: session,
  };
}

function acknowledge(element: Element, session: Session): ManagementReply {
  const h = count(attribute(element, 'h'));
  if (h === undefined) return { xml: [], error: streamError('invalid-xml', 'h is not a number') };
  if (session.acknowledge(h)) return { xml: [], acknowledged: true };
  const application = el('handled-count-too-high', {
    xmlns: NS.streamManagement,
    h,
    'send-count': session.sent,
  });
  return { xml: [], error: { condition: 'undefined-condition', application } };
}

function failed(condition: string, h?: number): ManagementReply {
  const element = el('failed', { xmlns: NS.streamManagement, h }, el(condition, { xmlns: NS.stanzaErrors }));
  return { xml: [element.toString()] };
}

function xml(name: string, attributes: Record<string, string | number>): string {
  return new Element(name, { xmlns: NS.streamManagement, ...attributes }).toString();
}

/** XML Schema unsignedInt. */
function count(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value < 2 ** 32 ? value : undefined;
}
