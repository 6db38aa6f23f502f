/** The external components that may connect, and those that are connected (XEP-0114). */
import type { Element } from 'ltx';

interface Connection {
  send(stanza: Element): void;
}

export class ComponentRegistry {
  readonly #secrets: ReadonlyMap<string, string>;
  readonly #connected = new Map<string, Connection>();

  /**
   * @param secrets by domain; throws when one is empty, which would let anybody in
   * @param lost called when a component is connected no more
   */
  constructor(
    secrets: Readonly<Record<string, string>>,
    private readonly lost: (domain: string) => void,
  ) {
    for (const [domain, secret] of Object.entries(secrets)) {
      if (secret === '') throw new Error(`the component ${domain} has an empty secret`);
    }
    this.#secrets = new Map(Object.entries(secrets));
  }

  get domains(): readonly string[] {
    return [...this.#secrets.keys()];
  }

  /** Undefined: no such component may connect. */
  secretOf(domain: string): string | undefined {
    return this.#secrets.get(domain);
  }

  /** @returns false when another connection serves the domain */
  connected(domain: string, connection: Connection): boolean {
    if (this.#connected.has(domain)) return false;
    this.#connected.set(domain, connection);
    return true;
  }

  disconnected(domain: string, connection: Connection): void {
    if (this.#connected.get(domain) !== connection) return;
    this.#connected.delete(domain);
    this.lost(domain);
  }

  /** @returns false when the component is not connected */
  send(domain: string, stanza: Element): boolean {
    const connection = this.#connected.get(domain);
    connection?.send(stanza);
    return connection !== undefined;
  }
}
