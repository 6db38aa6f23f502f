/** The log of a process: readable on a terminal, one JSON object a line elsewhere. */
import { destination, type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { Config } from '../config/schema.js';

/** All that was derived from the logger of the process: each has a level of its own. */
const derived = new Set<WeakRef<Logger>>();
const forgotten = new FinalizationRegistry<WeakRef<Logger>>((reference) => derived.delete(reference));

function remember(log: Logger): void {
  const reference = new WeakRef(log);
  derived.add(reference);
  forgotten.register(log, reference);
}

/** From now on this much is logged, by everything that logs by way of {@link makeLogger}. */
export function setLogLevel(level: Config['log']['level']): void {
  for (const reference of derived) {
    const log = reference.deref();
    if (log) log.level = level;
  }
}

export function makeLogger({ level, format }: Config['log'], isTerminal: boolean): Logger {
  const pretty = format === 'pretty' || (format === 'auto' && isTerminal);
  const stream = pretty
    ? PinoPretty({
        colorize: isTerminal,
        ignore: 'pid,hostname',
        translateTime: 'SYS:HH:MM:ss.l',
        sync: true,
      })
    : // Written at once: the last lines before an end are the ones that matter.
      destination({ fd: 1, sync: true });
  const log = pino({ level, base: null, onChild: remember }, stream);
  remember(log);
  return log;
}
