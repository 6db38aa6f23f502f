/**
 * The life of a process: start, run until SIGTERM or SIGINT, stop within five seconds; with SIGHUP it reloads. A failed start is explained in one
 * line; a bug that surfaces while running is logged and ends nothing else.
 */
import type { Logger } from 'pino';
import { ConclaveError } from '../errors/conclave-error.js';

export interface Running {
  /** Takes over what has changed in the configuration, on SIGHUP. @throws when it is wrong; nothing changes then */
  reload?(): Promise<unknown>;
  stop(): Promise<void>;
}

/** Milliseconds that stopping may take before the process ends anyway; service managers begin to kill after some more. */
const stopWithin = 4500;

/** @returns the exit code: 0 after a clean end, 1 when the start failed or the end was not clean */
export async function runUntilSignal(start: () => Promise<Running>, log: Logger): Promise<number> {
  const bug = (error: unknown): void => log.error({ err: error }, 'a bug: please report it with this line');
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve).once('SIGINT', resolve);
  });
  // A second signal changes nothing: a terminal sends Ctrl-C to npm and to this process alike.
  const ignore = (): void => undefined;
  process.on('SIGTERM', ignore).on('SIGINT', ignore);

  const started = start();
  const first = await Promise.race([started.catch((error: unknown) => new FailedStart(error)), signalled]);
  if (first instanceof FailedStart) {
    explain(first.reason, log);
    return 1;
  }
  process.on('uncaughtException', bug).on('unhandledRejection', bug);
  process.on('SIGHUP', () => {
    started
      .then((running) => running.reload?.())
      .catch((error: unknown) => log.error({ err: error }, 'not reloaded; all is as it was'));
  });

  log.info({ signal: await signalled }, 'stopping');
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, stopWithin, 'late').unref());
  const ended = started.then(
    (running) => running.stop(),
    () => undefined,
  );
  if ((await Promise.race([ended, late])) === 'late') {
    log.error('not everything stopped in time; ending anyway');
    return 1;
  }
  log.info('stopped');
  return 0;
}

class FailedStart {
  constructor(readonly reason: unknown) {}
}

function explain(error: unknown, log: Logger): void {
  if (error instanceof ConclaveError) log.fatal({ code: error.code }, error.message);
  else log.fatal({ err: error }, new ConclaveError('RUN-001', 'A service could not start').message);
}
