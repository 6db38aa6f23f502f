/**
 * conclavectl: accounts and configuration of the running XMPP server, and its videobridges, at once and without restarting anything.
 *
 * Exit codes, which scripts may rely on: 0 done, 1 refused (exists, no such account, no such host, bad name, password or configuration),
 * 2 wrong usage or configuration, 3 the server is not running or may not be administered by this user.
 */
import { resolve } from 'node:path';
import yargs from 'yargs';
import { adminClient, type AdminClient, RefusedError } from '../admin/admin-client.js';
import { ConfigErrors, loadConfig, type LoadedConfig } from '../config/load.js';
import { dataPaths } from '../data/data-directory.js';
import { ConclaveError } from '../errors/conclave-error.js';
import { withBridgeCommands } from './bridge-commands.js';
import { UsageError, withStrictUsage } from './strict-usage.js';
import { askNewPassword, readPasswordLine, type Terminal } from './terminal.js';

const exitCodes = { done: 0, refused: 1, usage: 2, notRunning: 3 } as const;

interface Common {
  config: string | undefined;
  data: string | undefined;
}

/** @param args without the program's name @returns the exit code */
export async function conclavectl(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = yargs([...args])
    .scriptName('conclavectl')
    .usage('$0 <command>\n\nManages the running server; every change takes effect at once.')
    .option('config', {
      type: 'string',
      describe: 'configuration file (else CONCLAVE_CONFIG, else ./conclave.yaml)',
    })
    .option('data', { type: 'string', describe: 'data directory of the service (else as configured)' })
    .command(
      'register <user> <host> [password]',
      'make an account; for scripts',
      (command) => withAccount(command).option('password-stdin', passwordStdin),
      async ({ user, host, password, passwordStdin: fromStdin, ...common }) => {
        const secret = password ?? (await newPassword(terminal, fromStdin));
        await connect(common, terminal).client.register(user, host, secret);
        terminal.out(`Registered ${user}@${host}.`);
      },
    )
    .command(
      'adduser <jid>',
      'make an account; asks for the password',
      (command) => command.positional('jid', jidArgument).option('password-stdin', passwordStdin),
      async ({ jid, passwordStdin: fromStdin, ...common }) => {
        const [user, host] = splitJid(jid);
        await connect(common, terminal).client.register(user, host, await newPassword(terminal, fromStdin));
        terminal.out(`Registered ${user}@${host}.`);
      },
    )
    .command(
      'passwd <jid>',
      'change a password; its running sessions end',
      (command) => command.positional('jid', jidArgument).option('password-stdin', passwordStdin),
      async ({ jid, passwordStdin: fromStdin, ...common }) => {
        const [user, host] = splitJid(jid);
        await connect(common, terminal).client.setPassword(
          user,
          host,
          await newPassword(terminal, fromStdin),
        );
        terminal.out(`Changed the password of ${user}@${host}.`);
      },
    )
    .command(
      'deluser <jid>',
      'remove an account; its running sessions end',
      (command) => command.positional('jid', jidArgument),
      async ({ jid, ...common }) => {
        const [user, host] = splitJid(jid);
        await connect(common, terminal).client.remove(user, host);
        terminal.out(`Removed ${user}@${host}.`);
      },
    )
    .command(
      'disable <jid>',
      'let nobody log in to an account; its running sessions end, and all that belongs to it stays',
      (command) => command.positional('jid', jidArgument),
      async ({ jid, ...common }) => {
        const [user, host] = splitJid(jid);
        await connect(common, terminal).client.setDisabled(user, host, true);
        terminal.out(`Disabled ${user}@${host}.`);
      },
    )
    .command(
      'enable <jid>',
      'let a disabled account log in again',
      (command) => command.positional('jid', jidArgument),
      async ({ jid, ...common }) => {
        const [user, host] = splitJid(jid);
        await connect(common, terminal).client.setDisabled(user, host, false);
        terminal.out(`Enabled ${user}@${host}.`);
      },
    )
    .command(
      'list [host]',
      'list the accounts of a host, one a line',
      (command) =>
        command
          .positional('host', { type: 'string', describe: 'default: the domain of the installation' })
          .option('disabled', { type: 'boolean', default: false, describe: 'only those that are disabled' }),
      async ({ host, disabled, ...common }) => {
        const { client, loaded } = connect(common, terminal);
        const only = disabled ? 'disabled' : undefined;
        for (const account of await client.list(host ?? loaded.config.domain, only)) terminal.out(account);
      },
    )
    .command(
      'sessions [host]',
      'list who is logged in, one session a line',
      (command) => command.positional('host', { type: 'string', describe: 'default: all hosts' }),
      async ({ host, ...common }) => {
        for (const { jid, state } of await connect(common, terminal).client.sessions(host)) {
          terminal.out(state === 'attached' ? jid : `${jid} (${state})`);
        }
      },
    )
    .command(
      'kick <jid>',
      'end the sessions of an account, user@host, or one of them, user@host/resource',
      (command) => command.positional('jid', { ...jidArgument, describe: 'the account or session' }),
      async ({ jid, ...common }) => {
        const count = await connect(common, terminal).client.endSessions(jid);
        terminal.out(`Ended ${count}.`);
      },
    )
    .command(
      'announce <text>',
      'say something to everybody who is logged in to an account',
      (command) => command.positional('text', { type: 'string', demandOption: true }),
      async ({ text, ...common }) => {
        terminal.out(`Told ${await connect(common, terminal).client.announce(text)}.`);
      },
    )
    .command(
      'import <directory>',
      "take over accounts from a Prosody's data directory, passwords included; those that exist stay as they are",
      (command) => command.positional('directory', directoryArgument),
      async ({ directory, ...common }) => {
        const { client } = connect(common, terminal);
        const { accounts, skipped } = await client.importFrom(resolve(terminal.directory, directory));
        for (const { what, why } of skipped) terminal.err(`Skipped ${what}: ${why}`);
        terminal.out(`Imported ${accounts.length} accounts.`);
      },
    )
    .command(
      'export <directory>',
      'write all accounts as a Prosody keeps them, passwords included, into a directory where they are not yet',
      (command) => command.positional('directory', directoryArgument),
      async ({ directory, ...common }) => {
        const { client } = connect(common, terminal);
        const { accounts } = await client.exportTo(resolve(terminal.directory, directory));
        terminal.out(`Exported ${accounts.length} accounts.`);
      },
    )
    .command(
      'invite',
      'print a link by which somebody sets a password of their own, once',
      (command) =>
        command
          .option('user', {
            type: 'string',
            describe: 'the name of the account; else who is invited chooses',
          })
          .option('reset', { type: 'string', describe: 'set the password of this account, user@host, anew' })
          .option('contact', {
            type: 'string',
            describe:
              'who is invited becomes a contact of this account, user@host, without being asked about',
          })
          .option('account', {
            type: 'boolean',
            default: false,
            describe: 'with --contact: who has no account may make one here',
          })
          .option('expires', {
            type: 'string',
            describe: 'such as 30m, 12h or 7d (default: 7d, with --reset 1d)',
          })
          .conflicts('user', ['reset', 'contact'])
          .conflicts('reset', 'contact'),
      async ({ user, reset, contact, account, expires, ...common }) => {
        const { client, loaded } = connect(common, terminal);
        const lifetime = seconds(expires ?? (reset === undefined ? '7d' : '1d'));
        const username = reset === undefined ? user : accountAt(loaded.config.domain, reset);
        const inviter = contact === undefined ? undefined : accountAt(loaded.config.domain, contact);
        const { link, expires: until } = await client.invite({
          kind: inviter !== undefined ? 'contact' : reset === undefined ? 'account' : 'reset',
          lifetime,
          ...(username !== undefined && { username }),
          ...(inviter !== undefined && { inviter, mayRegister: account }),
        });
        terminal.out(link);
        terminal.err(`Good once, until ${until}. Whoever has the link can use it: give it to nobody else.`);
      },
    )
    .command(
      'invitations',
      'list the invitations that are open, one a line: id, what for, until when',
      (command) => command,
      async (common) => {
        for (const { id, kind, username, inviter, expires } of await connect(
          common,
          terminal,
        ).client.invitations()) {
          const whom = username === undefined ? '' : ` ${username}`;
          terminal.out(
            `${id} ${kind}${whom}${inviter === undefined ? '' : ` by ${inviter}`} until ${expires}`,
          );
        }
      },
    )
    .command(
      'revoke <id>',
      'make an invitation worthless',
      (command) => command.positional('id', { type: 'string', demandOption: true }),
      async ({ id, ...common }) => {
        await connect(common, terminal).client.revoke(id);
        terminal.out(`Revoked ${id}.`);
      },
    )
    .command(
      'reload',
      'take over what has changed in the configuration, without ending any session',
      (command) => command,
      async (common) => {
        const { changed, later } = await connect(common, terminal).client.reload();
        for (const line of changed) terminal.out(line);
        for (const line of later) terminal.out(`${line} (when the service is started again)`);
        if (changed.length + later.length === 0) terminal.out('Nothing has changed.');
      },
    );
  withStrictUsage(
    withBridgeCommands(program, (common) => dataPaths(configured(common, terminal).config).bridges, terminal),
  );

  try {
    await program.parseAsync();
    return exitCodes.done;
  } catch (error) {
    return report(error, terminal);
  }
}

const jidArgument = { type: 'string', demandOption: true, describe: 'the account, user@host' } as const;
const directoryArgument = { type: 'string', demandOption: true, describe: 'as the server sees it' } as const;
const passwordStdin = {
  type: 'boolean',
  default: false,
  describe: 'read the password from the first line of the standard input',
} as const;

function withAccount<T>(command: import('yargs').Argv<T>) {
  return command
    .positional('user', { type: 'string', demandOption: true })
    .positional('host', { type: 'string', demandOption: true, describe: 'the domain of the installation' })
    .positional('password', { type: 'string', describe: 'asked for when absent' });
}

function connect(common: Common, terminal: Terminal): { client: AdminClient; loaded: LoadedConfig } {
  const loaded = configured(common, terminal);
  return { client: adminClient(dataPaths(loaded.config).adminSocket), loaded };
}

function configured({ config, data }: Common, terminal: Terminal): LoadedConfig {
  const environment = {
    ...terminal.environment,
    ...(config === undefined ? {} : { CONCLAVE_CONFIG: config }),
    ...(data === undefined ? {} : { CONCLAVE_DATA: data }),
  };
  return loadConfig(environment, terminal.directory);
}

async function newPassword(terminal: Terminal, fromStdin: boolean): Promise<string> {
  const password = fromStdin ? await readPasswordLine(terminal) : await askNewPassword(terminal);
  if (password === undefined) {
    throw new UsageError(
      fromStdin ? 'No password on the standard input.' : 'No password, or the two did not match.',
    );
  }
  return password;
}

function splitJid(jid: string): [user: string, host: string] {
  const at = jid.indexOf('@');
  if (at < 1 || at === jid.length - 1) throw new UsageError(`${jid} is no account: user@host is needed.`);
  return [jid.slice(0, at), jid.slice(at + 1)];
}

/** `30m`, `12h`, `7d` */
function seconds(period: string): number {
  const [, number, unit] = /^(\d{1,5})([mhd])$/.exec(period) ?? [];
  const of = { m: 60, h: 3600, d: 86_400 }[unit ?? ''];
  if (of === undefined) throw new UsageError(`${period} is no time: 30m, 12h or 7d is.`);
  return Number(number) * of;
}

/** The user of an account of the domain. */
function accountAt(domain: string, jid: string): string {
  const [user, host] = splitJid(jid);
  if (host.toLowerCase() !== domain) throw new UsageError(`Invitations are for accounts of ${domain}.`);
  return user;
}

/** One line on the standard error, and the exit code that goes with it. */
function report(error: unknown, terminal: Terminal): number {
  if (error instanceof RefusedError) {
    for (const line of error.message.split('\n')) terminal.err(`conclavectl: ${error.refusal}: ${line}`);
    return exitCodes.refused;
  }
  if (error instanceof ConclaveError && (error.code === 'CTL-001' || error.code === 'CTL-002')) {
    terminal.err(`conclavectl: ${error.message}`);
    return exitCodes.notRunning;
  }
  if (error instanceof UsageError) {
    terminal.err(`conclavectl: ${error.message} (conclavectl --help)`);
    return exitCodes.usage;
  }
  if (error instanceof ConfigErrors || error instanceof ConclaveError) {
    for (const line of error.message.split('\n')) terminal.err(`conclavectl: ${line}`);
    return exitCodes.usage;
  }
  throw error;
}
