import type { Observable } from '@conclave/client';
import { useCallback, useSyncExternalStore } from 'react';

/** The value of a view model, rendered anew whenever it changes. */
export function useObservable<T>(observable: Observable<T>): T {
  return useSyncExternalStore(
    useCallback((listener: () => void) => observable.subscribe(listener), [observable]),
    () => observable.value,
  );
}
