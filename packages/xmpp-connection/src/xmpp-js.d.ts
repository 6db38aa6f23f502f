/** The part of xmpp.js that we use; it ships without types of its own. */

declare module '@xmpp/client-core' {
  import type { EventEmitter } from 'node:events';
  import type { Element } from '@conclave/signaling';

  export class Client extends EventEmitter {
    constructor(options: { service: string; domain: string });
    readonly status: string;
    readonly options: { readonly service: string; readonly domain: string };
    timeout: number;
    jid: { toString(): string } | null;
    socket: import('node:net').Socket | null;
    connect(service: string): Promise<void>;
    open(options: { domain: string }): Promise<Element>;
    restart(): Promise<Element>;
    send(element: Element): Promise<void>;
    sendReceive(element: Element): Promise<Element>;
    disconnect(): Promise<unknown>;
    _attachSocket(socket: import('node:net').Socket): void;
    _detachSocket(): void;
    _onStreamError(error: Element): void;
  }
}

declare module '@xmpp/middleware' {
  import type { Client } from '@xmpp/client-core';
  import type { Element } from '@conclave/signaling';

  export type Handler = (
    context: { stanza: Element; entity: Client },
    next: () => Promise<unknown>,
    feature: Element,
  ) => unknown;
  export interface Middleware {
    use(handler: Handler): unknown;
  }
  export default function middleware(options: { entity: Client }): Middleware;
}

declare module '@xmpp/stream-features' {
  import type { Handler, Middleware } from '@xmpp/middleware';

  export interface StreamFeatures {
    use(name: string, xmlns: string, handler: Handler): unknown;
  }
  export default function streamFeatures(options: { middleware: Middleware }): StreamFeatures;
}

declare module '@xmpp/tcp' {
  import type { Client } from '@xmpp/client-core';

  export default function tcp(options: { entity: Client }): void;
}

declare module '@xmpp/iq/caller.js' {
  import type { Client } from '@xmpp/client-core';
  import type { Middleware } from '@xmpp/middleware';

  export interface IqCaller {
    readonly handlers: Map<string, unknown>;
  }
  export default function iqCaller(options: { entity: Client; middleware: Middleware }): IqCaller;
}

declare module '@xmpp/sasl' {
  import type { StreamFeatures } from '@xmpp/stream-features';

  export type Authenticate = (
    credentials: { username: string; password: string },
    mechanism: string,
  ) => Promise<void>;
  export default function sasl(
    options: { streamFeatures: StreamFeatures; saslFactory: unknown },
    onAuthenticate: (authenticate: Authenticate, mechanisms: readonly string[]) => Promise<void>,
  ): void;
}

declare module '@xmpp/sasl-scram-sha-1' {
  export default function scramSha1(factory: unknown): void;
}

declare module 'saslmechanisms' {
  export default class Factory {
    readonly _mechs: readonly unknown[];
  }
}

declare module '@xmpp/resource-binding' {
  import type { IqCaller } from '@xmpp/iq/caller.js';
  import type { StreamFeatures } from '@xmpp/stream-features';

  export default function resourceBinding(
    options: { streamFeatures: StreamFeatures; iqCaller: IqCaller },
    resource: string,
  ): void;
}

declare module '@xmpp/stream-management' {
  import type { EventEmitter } from 'node:events';
  import type { Client } from '@xmpp/client-core';
  import type { Middleware } from '@xmpp/middleware';
  import type { StreamFeatures } from '@xmpp/stream-features';

  export interface StreamManagement extends EventEmitter {
    /** Of the session that may be resumed; empty when there is none. */
    id: string | undefined;
    /** Milliseconds without an answer to `<r/>` after which the connection is given up. */
    timeout: number;
    /** Milliseconds of silence after which `<r/>` is sent. */
    requestAckInterval: number;
    /** Seconds that the server is asked to keep a session for; null: as long as it likes. */
    preferredMaximum: number | null;
  }
  export default function streamManagement(options: {
    streamFeatures: StreamFeatures;
    entity: Client;
    middleware: Middleware;
  }): StreamManagement;
}

declare module '@xmpp/xml' {
  import { EventEmitter } from 'node:events';

  export class Parser extends EventEmitter {
    write(data: string): void;
  }
}
