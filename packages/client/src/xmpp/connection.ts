/**
 * The client's session with its XMPP server over WebSocket (RFC 7395): xmpp.js behind a typed face, with SASL ANONYMOUS or
 * SCRAM, stream management with resumption (XEP-0198) and reconnection with back-off.
 */
import {
  type Element,
  type StanzaError,
  encodeStanzaError,
  isStanzaError,
  parseStanzaError,
} from '@conclave/signaling';
import { type XmppClient, client, xml } from '@xmpp/client';
import { type Log, silent } from '../log.js';
import { backOff } from '../timing.js';
import { useScram } from './sasl.js';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Why there is no session and none is being tried for any more. */
export type ConnectionFailure =
  /** The server refused the user name or password. */
  | 'authentication-failed'
  /** The server offers no mechanism that we are willing to use. */
  | 'no-mechanism'
  /** The server could not be reached. */
  | 'unreachable'
  /** The server ended the stream for good, e.g. because of a conflict. */
  | 'stream-ended';

/** What came back for an IQ: its result, its error, or nothing in time. */
export type IqAnswer =
  | { readonly kind: 'result'; readonly iq: Element }
  | { readonly kind: 'error'; readonly error: StanzaError }
  | { readonly kind: 'timeout' };

export interface ConnectionEvents {
  /** A new session under this full JID; nothing of an earlier one survives. */
  online(jid: string): void;
  /** The earlier session goes on, nothing was lost. */
  resumed(): void;
  /** The connection broke; another is being made. */
  lost(): void;
  /** Given up. Nothing follows. */
  failed(failure: ConnectionFailure): void;
  /** A presence or message. */
  stanza(stanza: Element): void;
  /** An IQ get or set: its answer is the payload returned (none for an empty result) or the error. */
  iq(iq: Element): Element | StanzaError | undefined;
}

export interface ConnectionOptions {
  /** ws:// or wss:// URL. */
  readonly service: string;
  readonly domain: string;
  /** ANONYMOUS (XEP-0175) when absent. */
  readonly credentials?: Credentials;
  readonly log?: Log;
  readonly random?: () => number;
}

export interface XmppConnection {
  /** Sends a stanza; while the connection is broken it goes out after resumption, or is lost with the session. */
  send(stanza: Element): void;
  /** Sends an IQ get or set and waits for its answer. */
  request(iq: Element, timeoutMilliseconds?: number): Promise<IqAnswer>;
  /** Ends the session. No event follows. */
  close(): Promise<void>;
}

export type OpenConnection = (options: ConnectionOptions, events: ConnectionEvents) => XmppConnection;

/** Attempts in a row before the server counts as unreachable: some two and a half minutes. */
const maxAttempts = 32;
/** Milliseconds between attempts: from the first to the longest. */
const shortestPause = 500;
const longestPause = 5000;
/** A connection that is not a session after this time is started anew. */
const attemptTimeout = 20_000;
const requestTimeout = 15_000;

/** xmpp.js tells elements by class, and its class comes from another build of ltx than ours. */
function toXmppJs(element: Element): Element {
  const children = element.children.map((child) => (typeof child === 'object' ? toXmppJs(child) : child));
  return xml(element.name, element.attrs, ...children);
}

/** `previd` lets the server give an anonymous user the same name back, without which nothing can be resumed. */
function withPreviousId(service: string, id: string): string {
  const url = new URL(service);
  if (id !== '') url.searchParams.set('previd', id);
  else url.searchParams.delete('previd');
  return url.toString();
}

/** The server offers nothing that we log in with. */
class NoMechanismError extends Error {
  override readonly name = 'NoMechanismError';
}

function failureOf(error: unknown): ConnectionFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'StreamError') return 'stream-ended';
  if (error instanceof NoMechanismError) return 'no-mechanism';
  if (error.name === 'SASLError') {
    return error.message.includes('No compatible mechanism') ? 'no-mechanism' : 'authentication-failed';
  }
  return error.name === 'ScramError' ? 'authentication-failed' : undefined;
}

/** Stream errors after which another attempt makes sense (RFC 6120 s.4.9.3). */
const passing = [
  'connection-timeout',
  'system-shutdown',
  'remote-connection-failed',
  'reset',
  'resource-constraint',
];

export const openConnection: OpenConnection = (options, events) => {
  const log = options.log ?? silent;
  const random = options.random ?? Math.random;
  let closing: Promise<void> | undefined;
  let established = false;
  let attempts = 0;
  let watchdog: ReturnType<typeof setTimeout> | undefined;

  const entity: XmppClient = client({
    service: options.service,
    domain: options.domain,
    userAgent: xml('user-agent', {}),
    credentials: async (authenticate, mechanisms) => {
      const { credentials } = options;
      if (credentials === undefined) {
        if (!mechanisms.includes('ANONYMOUS')) throw new NoMechanismError();
        await authenticate({}, 'ANONYMOUS');
        return;
      }
      const mechanism = scram.choose(mechanisms);
      if (mechanism === undefined) throw new NoMechanismError();
      await scram.authenticate(() => authenticate({ ...credentials }, mechanism));
    },
  });
  const scram = useScram(entity);
  entity.timeout = 10_000;
  entity.streamManagement.requestAckInterval = 10_000;
  entity.streamManagement.timeout = 10_000;

  const close = (): Promise<void> => {
    // Once only: xmpp.js does not take what arrives after its stream was closed.
    closing ??= (async () => {
      clearTimeout(watchdog);
      entity.reconnect.stop();
      await entity.stop().catch(() => undefined);
    })();
    return closing;
  };
  const fail = (failure: ConnectionFailure) => {
    if (closing) return;
    void close();
    events.failed(failure);
  };
  const reached = () => {
    clearTimeout(watchdog);
    attempts = 0;
    established = true;
    entity.reconnect.delay = backOff(0, shortestPause, longestPause, random());
  };

  entity.on('online', (jid: { toString(): string }) => {
    reached();
    if (!closing) events.online(jid.toString());
  });
  entity.streamManagement.on('resumed', () => {
    reached();
    if (!closing) events.resumed();
  });
  entity.on('connecting', () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => void entity.disconnect().catch(() => undefined), attemptTimeout);
  });
  entity.on('disconnect', () => {
    clearTimeout(watchdog);
    if (closing) return;
    attempts += 1;
    if (attempts > maxAttempts) {
      fail('unreachable');
      return;
    }
    entity.options.service = withPreviousId(options.service, entity.streamManagement.id);
    // xmpp.js has scheduled this attempt already: the delay is for the one after it.
    entity.reconnect.delay = backOff(attempts, shortestPause, longestPause, random());
    if (established && attempts === 1) events.lost();
  });
  entity.on('error', (error: Error & { condition?: string }) => {
    log.debug('xmpp error', { error: error.message });
    const failure = failureOf(error);
    if (failure !== undefined && !passing.includes(error.condition ?? '')) fail(failure);
  });
  entity.on('stanza', (stanza: Element) => {
    if (!closing && stanza.name !== 'iq') events.stanza(stanza);
  });
  entity.middleware.use(({ name, type, stanza }, next) => {
    if (name !== 'iq' || (type !== 'get' && type !== 'set') || closing) return next();
    const answer = events.iq(stanza);
    // xmpp.js answers an empty result for anything true that is not an element.
    if (answer === undefined) return true;
    return toXmppJs(isStanzaError(answer) ? encodeStanzaError(answer) : answer);
  });
  // xmpp.js does not count the answers that it hands to whoever asked: the server would say again, after a resumption, what came last.
  const countAnswer = () => {
    entity.streamManagement.inbound += 1;
  };
  // The attempt's failure also arrives as an error event and is followed by a reconnection.
  entity.start().catch(() => undefined);

  return {
    close,
    send: (stanza) => {
      entity.send(stanza).catch((error: unknown) => log.debug('not sent', { error: String(error) }));
    },
    request: async (iq, timeout = requestTimeout) => {
      try {
        const result = await entity.iqCaller.request(iq, timeout);
        countAnswer();
        return { kind: 'result', iq: result };
      } catch (error) {
        if (error instanceof Error && error.name === 'StanzaError' && 'element' in error) {
          countAnswer();
          const reply = xml('iq', { type: 'error' }, error.element as Element);
          const parsed = parseStanzaError(reply);
          if (parsed !== undefined) return { kind: 'error', error: parsed };
        }
        return { kind: 'timeout' };
      }
    },
  };
};
