/**
 * What a browser keeps between visits: a machine uid, to which the focus binds an authentication session, and that session's
 * id, with which a host is a host again after a reload.
 */

/** Where it is kept: localStorage, or a Map. */
export interface KeyValueStore {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
}

const machineUidKey = 'conclave.machine-uid';
const sessionIdKey = 'conclave.session-id';

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** So many random hexadecimal digits. */
export function randomHex(digits: number): string {
  return hex(crypto.getRandomValues(new Uint8Array(Math.ceil(digits / 2)))).slice(0, digits);
}

export class Identity {
  readonly machineUid: string;

  constructor(private readonly store: KeyValueStore) {
    const known = store.get(machineUidKey);
    this.machineUid = known !== undefined && /^[0-9a-f]{32}$/.test(known) ? known : randomHex(32);
    if (this.machineUid !== known) store.set(machineUidKey, this.machineUid);
  }

  get sessionId(): string | undefined {
    return this.store.get(sessionIdKey);
  }

  set sessionId(id: string | undefined) {
    if (id === undefined) this.store.remove(sessionIdKey);
    else this.store.set(sessionIdKey, id);
  }
}

/** A store that forgets when it is dropped. */
export function memoryStore(): KeyValueStore {
  const values = new Map<string, string>();
  return {
    get: (key) => values.get(key),
    set: (key, value) => void values.set(key, value),
    remove: (key) => void values.delete(key),
  };
}
