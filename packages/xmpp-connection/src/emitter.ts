/** Typed events: a listener that throws is logged and harms neither the others nor whoever emits. */
import type { Logger } from 'pino';
import type { Unsubscribe } from './connection.js';

export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<(payload: never) => void>>();

  constructor(private readonly log: Pick<Logger, 'error'>) {}

  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): Unsubscribe {
    // A wrapper of its own, so that the same function may listen twice and each registration is undone alone.
    const registered = (payload: Events[E]) => listener(payload);
    const listeners = this.listeners.get(event) ?? new Set();
    listeners.add(registered);
    this.listeners.set(event, listeners);
    return () => {
      listeners.delete(registered);
      if (listeners.size === 0 && this.listeners.get(event) === listeners) this.listeners.delete(event);
    };
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) {
      try {
        (listener as (payload: Events[E]) => void)(payload);
      } catch (error) {
        this.log.error({ err: error, event }, 'a listener failed');
      }
    }
  }
}
