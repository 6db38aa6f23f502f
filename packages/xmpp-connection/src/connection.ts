/**
 * The face of a lasting connection to the XMPP server, as focus and bridge see it: stanzas in and out, IQs with
 * answers, and whether one is online. `connect` makes a real one; tests script their own.
 */
import type { Element, StanzaError } from '@conclave/signaling';

/** How a request ended. */
export type IqOutcome =
  | { readonly kind: 'result'; readonly stanza: Element }
  | { readonly kind: 'error'; readonly stanza: Element; readonly error: StanzaError }
  /** No answer came in time. */
  | { readonly kind: 'timeout' }
  /** The session is gone, and with it the answer. */
  | { readonly kind: 'disconnected' };

/** What a handler answers: the payload of the result, nothing for an empty result, or an error. */
export type IqAnswer = Element | undefined | null | StanzaError;
export type IqHandler = (iq: Element) => IqAnswer | Promise<IqAnswer>;

/** Which IQs a handler takes: by the payload's name and namespace, and by type unless both are welcome. */
export interface IqMatch {
  readonly name: string;
  readonly xmlns: string;
  readonly type?: 'get' | 'set';
}

export interface ConnectionEvents {
  /** `resumed`: the former session goes on (XEP-0198), nothing was lost; otherwise everything starts anew. */
  readonly online: { readonly resumed: boolean };
  readonly offline: undefined;
  /** Every stanza received, IQs included. */
  readonly stanza: Element;
}

/** Undoes what returned it. */
export type Unsubscribe = () => void;

export interface XmppConnection {
  /** Our full JID once a session exists. */
  readonly jid: string | undefined;
  readonly online: boolean;
  /**
   * Sends a stanza; never throws. While a session waits to be resumed stanzas are queued for it; without a session
   * they are dropped: whoever needs them sends them again on `online`.
   */
  send(stanza: Element): void;
  /**
   * Sends an IQ of type get or set under an id of our own and settles with its outcome; never rejects. Only an answer
   * from the address that was asked counts. `timeoutMs`: milliseconds, the connection's `replyTimeoutMs` by default.
   */
  request(iq: Element, options?: { readonly timeoutMs?: number }): Promise<IqOutcome>;
  /**
   * Takes the IQs that match. A handler that throws answers `internal-server-error`; an IQ without a handler is
   * answered `service-unavailable`.
   */
  handleIq(match: IqMatch, handler: IqHandler): Unsubscribe;
  on<E extends keyof ConnectionEvents>(
    event: E,
    listener: (payload: ConnectionEvents[E]) => void,
  ): Unsubscribe;
  /** The stanzas whose sender has this bare address (in its normal form), e.g. those of one room. */
  onStanzaFrom(bareJid: string, listener: (stanza: Element) => void): Unsubscribe;
  /** Ends the stream and never reconnects. */
  stop(): Promise<void>;
  /** Drops the stream without a word and never reconnects: the server keeps the session for as long as it may be resumed. */
  abandon(): void;
}
