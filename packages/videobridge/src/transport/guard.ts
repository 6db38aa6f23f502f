/**
 * The seat belt around node-datachannel: an exception that leaves one of its callbacks aborts the process, whatever
 * handlers exist. Every callback given to it is guarded.
 */
import type { Logger } from 'pino';

/** `callback`, with whatever it throws logged and ended here. */
export function guarded<Arguments extends unknown[]>(
  log: Logger,
  callback: (...args: Arguments) => void,
): (...args: Arguments) => void {
  return (...args) => {
    try {
      callback(...args);
    } catch (error) {
      log.error({ err: error }, 'a transport callback failed');
    }
  };
}
