/** A host: a domain the server answers for, with its own hooks and the modules loaded on it. */
import type { Element } from 'ltx';
import type { Jid, StanzaError } from '@conclave/signaling';
import type { Logger } from 'pino';
import type { ClientSession } from '../session/client-session.js';
import type { BindFeatures } from './bind-features.js';
import type { DiscoRegistry } from './disco-registry.js';
import type { StreamFeatures } from './stream-features.js';
import type { Hooks } from './hooks.js';

/** A stanza on its way to an address of this host. `from` is verified: a client cannot choose it. */
export interface StanzaEvent {
  /** Never changed, since others may hold it: a handler may put a changed copy in its place. */
  stanza: Element;
  readonly from: Jid;
  readonly to: Jid;
  /** The session that sent it, when it comes from a client of this server. */
  readonly origin: ClientSession | undefined;
}

/** Something that a client says on its stream that is no stanza, of a namespace that the core does not know. */
export interface StreamElement {
  readonly session: ClientSession;
  readonly element: Element;
}

/** Presence that a client says to everyone who may see it (RFC 6121 s.4.2 to s.4.5): a stanza without address. */
export interface ClientPresence {
  readonly session: ClientSession;
  /** Available or unavailable, `from` the session, without `to`. Made by the server when the session just ended. */
  readonly stanza: Element;
  /** The priority the session had before; undefined: it was not available. What it has now is the session's. */
  readonly before: number | undefined;
  /** Those who had directed presence: when the session becomes unavailable, the core tells them (RFC 6121 s.4.6.3). */
  readonly directed: ReadonlySet<string>;
}

/** Presence that a client is about to say to everyone who may see it. */
interface OwnPresence {
  readonly session: ClientSession;
  /** Never changed: a handler may put a changed copy in its place. */
  stanza: Element;
}

/** A message that was given to an account's sessions. */
export interface MessageDelivery {
  readonly event: StanzaEvent;
  readonly sessions: readonly ClientSession[];
}

/** An account that is being removed: it cannot log in any more, its data is still there. */
interface AccountRemoval {
  readonly username: string;
  readonly account: Jid;
  /** The data is purged when all that is waited for has settled. */
  readonly until: (done: Promise<unknown>) => void;
}

/** An IQ to the host on a stream where nobody has logged in; no other stanza may come there (XEP-0077 s.3.1). */
export interface LoginIq {
  readonly type: 'get' | 'set';
  readonly payload: Element;
  /** The same object as long as the stream lasts. */
  readonly stream: {
    /** Where the client connects from. */
    readonly address: string;
    /** Whether nobody on the way can read along. */
    readonly confidential: boolean;
  };
}

/** Accounts that a host keeps itself. All throw AccountErrors. */
export interface AccountStore {
  register(username: string, password: string): Promise<void>;
  /** The account's sessions end. @param except but for this one */
  setPassword(username: string, password: string, except?: ClientSession): Promise<void>;
  /** The account's sessions end, and all that belongs to it goes. */
  remove(username: string): Promise<void>;
  exists(username: string): Promise<boolean>;
  /** Local parts, in alphabetical order. */
  list(): Promise<string[]>;
  /**
   * Nobody logs in to the account any more, and its sessions end.
   * @param removeAt when it is to be removed, unless it is enabled before (ISO 8601)
   */
  disable(username: string, removeAt?: string): Promise<void>;
  enable(username: string): Promise<void>;
  /** Undefined: the account is not disabled. */
  disabled(username: string): { readonly since: string; readonly removeAt?: string | undefined } | undefined;
  /** Local parts, in alphabetical order. */
  listDisabled(): readonly string[];
}

/** `true`: the stanza has been dealt with (answered, forwarded, or dropped on purpose). */
export type Handled = true;

/** What an IQ handler answers: the payload of the result (`null`: an empty result), or an error. */
export type IqReply = Element | null | StanzaError;

export interface HostEvents {
  /** A client of this host sends a stanza; before anything looks at where it goes. `from` is its full JID. */
  outgoing: { payload: StanzaEvent; result: Handled };
  /** Before anything else looks at a stanza for this host: access rules of a whole host hook here. */
  stanza: { payload: StanzaEvent; result: Handled };
  /** IQs go to `iq` handlers only when no handler of the IQ registry claims them (addressed to a bare or full JID). */
  iq: { payload: StanzaEvent; result: Handled };
  message: { payload: StanzaEvent; result: Handled };
  presence: { payload: StanzaEvent; result: Handled };
  /** Before it counts. */
  'own-presence': { payload: OwnPresence; result: never };
  /** After the session's own `presence` and `priority` have changed, and before directed presence is withdrawn. */
  'client-presence': { payload: ClientPresence; result: never };
  /** A chat or normal message that no session of the account takes (RFC 6121 s.8.5.2.2.1); bounced if nobody handles it. */
  'undelivered-message': { payload: StanzaEvent; result: Handled };
  'delivered-message': { payload: MessageDelivery; result: never };
  'stream-element': { payload: StreamElement; result: Handled };
  /** Before anybody has logged in; what nobody answers ends the stream. */
  'login-iq': { payload: LoginIq; result: IqReply | Promise<IqReply> };
  'account-removed': { payload: AccountRemoval; result: never };
  /** The server stops, and all sessions have ended: it waits for what is still to be kept. */
  stopping: { payload: { readonly until: (done: Promise<unknown>) => void }; result: never };
  /** Nobody of a domain can be reached any more: its external component has gone. */
  'domain-lost': { payload: { readonly domain: string }; result: never };
  /**
   * A session of this (virtual) host is about to learn its address by the bind result (RFC 6120 s.7.7): what is sent to it here comes first. Not with SASL2
   * (XEP-0388), where nothing may come before the success of the login, which binds.
   */
  'session-binding': { payload: ClientSession; result: never };
  /** A session of this (virtual) host has bound a resource. */
  'session-bound': { payload: ClientSession; result: never };
  /** A session has ended for good (not: hibernates); it is no longer routable. */
  'session-ended': { payload: ClientSession; result: never };
}

export interface IqRequest extends StanzaEvent {
  readonly type: 'get' | 'set';
  /** The single child of the IQ. */
  readonly payload: Element;
}

export type IqHandler = (request: IqRequest) => IqReply | Promise<IqReply>;

export type IqAddress = 'host' | 'account' | 'foreign-account';

/** IQ handlers for the host's own address, found by payload in one look-up. */
export interface IqRegistry {
  /**
   * @param address `host`: IQs to the domain itself; `account`: from a client to its own account (RFC 6120 s.10.3.3);
   *   `foreign-account`: from anyone else to a bare JID here, whose account may not exist: the answer must not tell.
   */
  handle(
    address: IqAddress,
    type: 'get' | 'set',
    name: string,
    namespace: string,
    handler: IqHandler,
  ): () => void;
}

export interface Host {
  readonly name: string;
  readonly kind: 'virtual' | 'component';
  readonly hooks: Hooks<HostEvents>;
  readonly iq: IqRegistry;
  readonly disco: DiscoRegistry;
  readonly log: Logger;
  /** What is offered to clients that have logged in. */
  readonly streamFeatures: StreamFeatures;
  /** What they may switch on as they bind. */
  readonly bindFeatures: BindFeatures;
  /** What is offered to clients that may log in. */
  readonly loginFeatures: StreamFeatures;
  /** Undefined: it keeps no accounts itself. */
  readonly accountStore: AccountStore | undefined;
  /** The bound sessions of an account, also those that hibernate. */
  sessions(account: Jid): readonly ClientSession[];
  /** Whether there is an account of that name (a local part). */
  accountExists(username: string): Promise<boolean>;
  /** Sends a stanza on that came from elsewhere, as if it came now: where it goes may refuse its sender. */
  pass(event: StanzaEvent): void;
  /** Sends a stanza that this host originates to wherever its `to` says. The stanza is not changed, and may be shared. */
  route(stanza: Element): void;
  /** Sends an IQ from `from` (an address of this host) and resolves with the answer (result or error); rejects never: a time-out is an error stanza. */
  request(iq: Element): Promise<Element>;
}
