declare module '@xmpp/client' {
  import type { EventEmitter } from 'node:events';
  import type { Element } from 'ltx';

  export interface Options {
    service: string;
    domain: string;
    resource?: string;
    username?: string;
    password?: string;
  }

  export interface Client extends EventEmitter {
    jid: { toString(): string; local: string } | null;
    start(): Promise<{ toString(): string }>;
    stop(): Promise<void>;
    send(element: Element): Promise<void>;
    reconnect: EventEmitter & { delay: number; stop(): void };
    streamManagement: EventEmitter & { enabled: boolean; id: string; inbound: number; outbound: number };
    iqCaller: { request(element: Element, timeout?: number): Promise<Element> };
    socket: { socket: { terminate?(): void; destroy?(): void } } | null;
  }

  export function client(options: Options): Client;
  export function xml(name: string, attrs?: Record<string, string>, ...children: unknown[]): Element;
}
