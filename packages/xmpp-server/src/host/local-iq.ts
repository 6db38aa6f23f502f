/** The IQ registry of a host. */
import type { IqAddress, IqHandler, IqRegistry } from './host.js';

export class LocalIqRegistry implements IqRegistry {
  readonly #handlers = new Map<string, IqHandler>();

  handle(
    address: IqAddress,
    type: 'get' | 'set',
    name: string,
    namespace: string,
    handler: IqHandler,
  ): () => void {
    const key = keyOf(address, type, name, namespace);
    if (this.#handlers.has(key)) throw new Error(`two handlers for IQs ${key}`);
    this.#handlers.set(key, handler);
    return () => void this.#handlers.delete(key);
  }

  find(address: IqAddress, type: 'get' | 'set', name: string, namespace: string): IqHandler | undefined {
    return this.#handlers.get(keyOf(address, type, name, namespace));
  }
}

function keyOf(address: IqAddress, type: string, name: string, namespace: string): string {
  return `${address} ${type} ${namespace} ${name}`;
}
