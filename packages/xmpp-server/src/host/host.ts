/** A host: a domain the server answers for, with its own hooks and the modules loaded on it. */
import type { Element } from 'ltx';
import type { Jid, StanzaError } from '@conclave/signaling';
import type { Logger } from 'pino';
import type { ClientSession } from '../session/client-session.js';
import type { DiscoRegistry } from './disco-registry.js';
import type { Hooks } from './hooks.js';

/** A stanza on its way to an address of this host. `from` is verified: a client cannot choose it. */
export interface StanzaEvent {
  readonly stanza: Element;
  readonly from: Jid;
  readonly to: Jid;
  /** The session that sent it, when it comes from a client of this server. */
  readonly origin: ClientSession | undefined;
}

/** `true`: the stanza has been dealt with (answered, forwarded, or dropped on purpose). */
export type Handled = true;

/** What an IQ handler answers: the payload of the result (`null`: an empty result), or an error. */
export type IqReply = Element | null | StanzaError;

export interface HostEvents {
  /** Before anything else looks at a stanza for this host: access rules of a whole host hook here. */
  stanza: { payload: StanzaEvent; result: Handled };
  /** IQs go to `iq` handlers only when no handler of the IQ registry claims them (addressed to a bare or full JID). */
  iq: { payload: StanzaEvent; result: Handled };
  message: { payload: StanzaEvent; result: Handled };
  presence: { payload: StanzaEvent; result: Handled };
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

/** IQ handlers for the host's own address, found by payload in one look-up. */
export interface IqRegistry {
  /** @param address `host`: IQs to the domain itself; `account`: to a bare JID of it, or without `to` (RFC 6120 s.10.3.3). */
  handle(
    address: 'host' | 'account',
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
  /** Sends a stanza that this host originates to wherever its `to` says. The stanza is not changed, and may be shared. */
  route(stanza: Element): void;
  /** Sends an IQ from `from` (an address of this host) and resolves with the answer (result or error); rejects never: a time-out is an error stanza. */
  request(iq: Element): Promise<Element>;
}
