/** The parts of Strophe.js and of its XMLHttpRequest that the tests use; they ship without types of their own. */

declare module 'strophe.js' {
  export interface Builder {
    c(name: string, attributes?: Readonly<Record<string, string>>, text?: string): Builder;
    t(text: string): Builder;
    up(): Builder;
  }
  export function $msg(attributes: Readonly<Record<string, string>>): Builder;
  export function $pres(attributes?: Readonly<Record<string, string>>): Builder;
  export function $iq(attributes: Readonly<Record<string, string>>): Builder;

  /** An element of the DOM, as far as it is looked at. */
  export interface XmlElement {
    readonly tagName: string;
    readonly textContent: string | null;
    getAttribute(name: string): string | null;
    getElementsByTagName(name: string): { readonly length: number; item(index: number): XmlElement | null };
  }
  class Connection {
    constructor(service: string, options?: object);
    readonly jid: string;
    readonly authenticated: boolean;
    connect(
      jid: string,
      password: string | undefined,
      told: (status: number, condition: string | null) => void,
      wait?: number,
    ): void;
    addHandler(handler: (stanza: XmlElement) => boolean): unknown;
    send(stanza: Builder): void;
    sendIQ(
      stanza: Builder,
      result: (answer: XmlElement) => void,
      error: (answer: XmlElement | null) => void,
    ): void;
    flush(): void;
    disconnect(reason?: string): void;
  }
  export const Strophe: {
    xmlElement(name: string): XmlElement;
    readonly Connection: typeof Connection;
    readonly Status: Readonly<Record<'CONNECTED' | 'AUTHFAIL' | 'CONNFAIL' | 'DISCONNECTED', number>>;
  };
}

declare module 'xmlhttprequest-ssl' {
  export const XMLHttpRequest: new () => unknown;
}
