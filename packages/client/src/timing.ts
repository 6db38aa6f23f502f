/** Waiting that can be called off, and how long to wait before trying again. */

/** Resolves after `milliseconds`, or at once when `signal` aborts: look at the signal afterwards. */
export function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}

/**
 * Exponential back-off with jitter: attempt 0 waits around `base` milliseconds, each further one twice as long, never
 * more than `ceiling`. `random` is 0 … 1; the result lies between 75 % and 125 % of the nominal time.
 */
export function backOff(attempt: number, base: number, ceiling: number, random: number): number {
  const nominal = Math.min(ceiling, base * 2 ** Math.min(attempt, 30));
  return Math.round(nominal * (0.75 + random / 2));
}

/** Evenly between `low` and `high` milliseconds. */
export function between(low: number, high: number, random: number): number {
  return Math.round(low + (high - low) * random);
}

/** Whether `signal` is aborted by now. It changes while one waits, which the compiler's narrowing does not know. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
