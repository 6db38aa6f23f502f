/** What the page keeps in this browser. Where storage is forbidden, it is kept until the page is closed. */
import { type KeyValueStore, memoryStore } from '@conclave/client';

export function browserStore(): KeyValueStore {
  const fallback = memoryStore();
  const attempt = <T>(stored: () => T, otherwise: () => T): T => {
    try {
      return stored();
    } catch {
      return otherwise();
    }
  };
  return {
    get: (key) =>
      attempt(
        () => localStorage.getItem(key) ?? undefined,
        () => fallback.get(key),
      ),
    set: (key, value) =>
      attempt(
        () => localStorage.setItem(key, value),
        () => fallback.set(key, value),
      ),
    remove: (key) =>
      attempt(
        () => localStorage.removeItem(key),
        () => fallback.remove(key),
      ),
  };
}
