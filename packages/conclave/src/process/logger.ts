/** The log of a process: readable on a terminal, one JSON object a line elsewhere. */
import { destination, type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { Config } from '../config/schema.js';

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
  return pino({ level, base: null }, stream);
}
