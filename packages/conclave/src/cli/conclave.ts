/**
 * conclave: starts the whole installation or one service of it, and shows the effective configuration.
 *
 * Exit codes: 0 a clean end, 1 the start failed or the end was not clean, 2 wrong usage or configuration.
 */
import yargs from 'yargs';
import { ConfigErrors, loadConfig, type LoadedConfig } from '../config/load.js';
import { printConfig } from '../config/print.js';
import { makeLogger } from '../process/logger.js';
import { type Running, runUntilSignal } from '../process/run.js';
import { startAllInOne } from '../services/all-in-one.js';
import { type ServiceName, serviceNames, startService } from '../services/split.js';
import { UsageError, withStrictUsage } from './strict-usage.js';
import type { Terminal } from './terminal.js';

/** @param args without the program's name @returns the exit code */
export async function conclave(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const run = async (
    options: { config: string | undefined },
    start: (loaded: LoadedConfig, log: ReturnType<typeof makeLogger>) => Promise<Running>,
  ): Promise<void> => {
    // Whatever a service writes is nobody else's to read.
    process.umask(0o077);
    const loaded = load(options, terminal);
    const log = makeLogger(loaded.config.log, process.stdout.isTTY);
    for (const warning of loaded.warnings) log.warn(warning);
    exitCode = await runUntilSignal(() => start(loaded, log), log);
  };

  const program = yargs([...args])
    .scriptName('conclave')
    .usage('$0 <command>')
    .option('config', {
      type: 'string',
      describe: 'configuration file (else CONCLAVE_CONFIG, else ./conclave.yaml)',
    })
    .command(
      'start',
      'run everything in one process',
      (command) => command,
      (options) => run({ config: options.config }, (loaded, log) => startAllInOne(loaded, log)),
    )
    .command(
      'config',
      'print the effective configuration and where each value comes from',
      (command) => command,
      (options) => terminal.out(printConfig(load({ config: options.config }, terminal).effective).trimEnd()),
    );
  withStrictUsage(program);
  const about: Record<ServiceName, string> = {
    'xmpp-server': 'run the XMPP server alone',
    focus: 'run the conference focus alone',
    videobridge: 'run the videobridge alone',
    web: 'run the web page alone',
  };
  for (const name of serviceNames) {
    program.command(
      name,
      about[name],
      (command) => command,
      (options) => run({ config: options.config }, (loaded, log) => startService(name, loaded, log)),
    );
  }

  try {
    await program.parseAsync();
    return exitCode;
  } catch (error) {
    if (error instanceof UsageError) terminal.err(`conclave: ${error.message} (conclave --help)`);
    else if (error instanceof ConfigErrors)
      for (const line of error.message.split('\n')) terminal.err(`conclave: ${line}`);
    else throw error;
    return 2;
  }
}

function load({ config }: { config: string | undefined }, terminal: Terminal): LoadedConfig {
  const environment =
    config === undefined ? terminal.environment : { ...terminal.environment, CONCLAVE_CONFIG: config };
  return loadConfig(environment, terminal.directory);
}
