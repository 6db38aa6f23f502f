/** How every program here takes its command line: one command, no option that there is not; what is wrong is thrown, and told by the program. */
import type { Argv } from 'yargs';

export class UsageError extends Error {}

export const withStrictUsage = <Options>(program: Argv<Options>): Argv<Options> =>
  program
    .demandCommand(1, 1, 'A command is missing.', 'Only one command at a time.')
    .strict()
    .version(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string | null, error?: Error) => {
      throw error ?? new UsageError(message ?? 'Wrong usage.');
    })
    .wrap(100);
