/**
 * Reloading a service's configuration while it runs. All of it is read and checked first; when anything is wrong, nothing is
 * changed. What cannot be changed live is said, and waits for the next start.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { EffectiveSetting, LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { setLogLevel } from '../process/logger.js';

interface ReloadReport {
  /** What is now otherwise, one line each. */
  readonly changed: readonly string[];
  /** What will be, once the service is started again. */
  readonly later: readonly string[];
}

/** Something that can change while a service runs. */
export interface LivePart {
  /** The settings that it takes over. */
  readonly keys: readonly string[];
  /** Reads what is needed beside the configuration. @throws when it will not do @returns changes it */
  prepare(next: LoadedConfig): Promise<() => ReloadReport | Promise<ReloadReport>>;
}

/** @throws ConfigErrors, ConclaveError */
export type Reload = () => Promise<ReloadReport>;

/** @param parts the first may still fail when it changes: then the others have not begun */
export function reloading(loaded: LoadedConfig, log: Logger, ...parts: readonly LivePart[]): Reload {
  const all = [...parts, logLevel(loaded.config.log)];
  const live = new Set(all.flatMap(({ keys }) => keys));
  const reload = async (): Promise<ReloadReport> => {
    const next = loaded.again();
    const prepared: Awaited<ReturnType<LivePart['prepare']>>[] = [];
    for (const part of all) prepared.push(await part.prepare(next));
    const reports: ReloadReport[] = [];
    for (const change of prepared) reports.push(await change());
    const waiting = different(loaded, next).filter((key) => !live.has(key));
    const report = {
      changed: reports.flatMap(({ changed }) => changed),
      later: [...reports.flatMap(({ later }) => later), ...waiting],
    };
    log.info(report, 'configuration reloaded');
    return report;
  };
  // Two at a time would take each other's halves.
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const result = last.then(reload, reload);
    last = result;
    return result;
  };
}

/** The keys whose values differ. */
function different(before: LoadedConfig, after: LoadedConfig): string[] {
  const key = ({ setting }: EffectiveSetting): string => setting.path.join('.');
  const values = new Map(before.effective.map((effective) => [key(effective), effective.value]));
  return after.effective
    .filter((effective) => !isDeepStrictEqual(effective.value, values.get(key(effective))))
    .map(key);
}

function logLevel(started: Config['log']): LivePart {
  let current = started.level;
  return {
    keys: ['log.level'],
    prepare: ({ config: { log } }) =>
      Promise.resolve(() => {
        if (log.level === current) return { changed: [], later: [] };
        current = log.level;
        setLogLevel(current);
        return { changed: [`log.level: ${current}`], later: [] };
      }),
  };
}
