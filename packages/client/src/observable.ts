/** One value that changes over time and whoever wants to know: the shape React's useSyncExternalStore takes. */

export type Unsubscribe = () => void;

/** The side that is read. `value` is immutable; a change is always a new value. */
export interface Observable<T> {
  readonly value: T;
  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): Unsubscribe;
}

/** The side that is written. */
export class Cell<T> implements Observable<T> {
  private readonly listeners = new Set<() => void>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(value: T): void {
    if (Object.is(value, this.current)) return;
    this.current = value;
    for (const listener of [...this.listeners]) listener();
  }

  update(change: (value: T) => T): void {
    this.set(change(this.current));
  }

  subscribe(listener: () => void): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
