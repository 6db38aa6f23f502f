/** The part of xmpp.js that connection.ts uses; the library ships no types. */
declare module '@xmpp/client' {
  import type { Element } from 'ltx';

  interface IncomingContext {
    readonly stanza: Element;
    readonly name: string;
    readonly type: string;
  }

  interface SaslMechanism {
    response(credentials: unknown): string | Promise<string>;
    challenge(text: string): void | Promise<void>;
  }

  interface SaslMechanismClass {
    new (): SaslMechanism;
    prototype: { name: string; clientFirst: boolean };
  }

  interface Emitter {
    on(event: string, listener: (...args: never[]) => void): void;
    removeListener(event: string, listener: (...args: never[]) => void): void;
  }

  interface XmppClient extends Emitter {
    readonly status: string;
    readonly jid: { toString(): string } | null;
    timeout: number;
    readonly options: { service: string };
    readonly reconnect: { delay: number; stop(): void };
    readonly middleware: {
      use(handle: (context: IncomingContext, next: () => Promise<unknown>) => unknown): void;
    };
    readonly iqCaller: { request(iq: Element, timeoutMilliseconds: number): Promise<Element> };
    readonly streamManagement: Emitter & {
      readonly id: string;
      /** Stanzas that were handled (XEP-0198 s.4), as the server is told. */
      inbound: number;
      requestAckInterval: number;
      timeout: number;
    };
    readonly saslFactory: { readonly _mechs: { readonly name: string; readonly mech: SaslMechanismClass }[] };
    start(): Promise<unknown>;
    stop(): Promise<unknown>;
    disconnect(): Promise<unknown>;
    send(element: Element): Promise<void>;
  }

  type Authenticate = (
    credentials: Readonly<Record<string, string>>,
    mechanism: string,
    userAgent?: Element,
  ) => Promise<void>;

  function client(options: {
    readonly service: string;
    readonly domain: string;
    readonly credentials: (authenticate: Authenticate, mechanisms: readonly string[]) => Promise<void>;
    readonly userAgent: Element;
  }): XmppClient;

  function xml(
    name: string,
    attributes: Readonly<Record<string, string>>,
    ...children: readonly (Element | string)[]
  ): Element;

  export { client, xml };
  export type { Authenticate, IncomingContext, SaslMechanismClass, XmppClient };
}
