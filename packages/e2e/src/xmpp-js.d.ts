/** The part of xmpp.js that the tests use; it ships without types of its own. */

declare module '@xmpp/client' {
  import type { EventEmitter } from 'node:events';
  import type { Element } from '@conclave/signaling';

  export interface Client extends EventEmitter {
    start(): Promise<{ toString(): string }>;
    stop(): Promise<unknown>;
    send(element: Element): Promise<void>;
    readonly reconnect: { stop(): void };
    /** `online` while stanzas can be sent. */
    readonly status: string;
    /** Of XMPP over WebSocket; null while there is no connection. */
    readonly socket: { readonly socket: { terminate(): void } | null } | null;
    /** Emits `resumed` when a session goes on after its connection broke (XEP-0198). */
    readonly streamManagement: EventEmitter & {
      /** By which the session can be resumed. */
      readonly id: string;
      /** Stanzas that were handled (XEP-0198 s.4), as the server is told. */
      inbound: number;
    };
    readonly options: {
      /** URL. */
      service: string;
    };
    readonly iqCallee: {
      get(xmlns: string, name: string, handler: () => Element | true): void;
      set(xmlns: string, name: string, handler: () => Element | true): void;
    };
    /** Rejects with a StanzaError, which has a `condition`, or when no answer comes within `timeout` (ms). */
    readonly iqCaller: { request(iq: Element, timeout?: number): Promise<Element> };
    timeout: number;
  }
  export function xml(
    name: string,
    attributes: string | Readonly<Record<string, string>>,
    ...children: Element[]
  ): Element;
  export function client(options: {
    service: string;
    domain: string;
    username?: string;
    password?: string;
    resource?: string;
  }): Client;
}
