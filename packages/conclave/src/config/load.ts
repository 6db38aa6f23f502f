/**
 * The effective configuration: environment over file over default, with where each value came from. Everything wrong is
 * reported at once; a value that is wrong is never silently replaced by a default.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { hostNames } from '@conclave/xmpp-server';
import type { ErrorCode } from '../errors/codes.js';
import { ConclaveError } from '../errors/conclave-error.js';
import { type Config, configSchema, settings } from './schema.js';
import type { Setting } from './setting.js';
import { suggestion } from './suggestion.js';
import { insteadOf, type Problem, readYamlSettings } from './yaml-source.js';

export type Origin =
  | { readonly from: 'default' }
  | { readonly from: 'file'; readonly file: string; readonly line: number }
  | { readonly from: 'environment'; readonly variable: string };

export interface EffectiveSetting {
  readonly setting: Setting;
  readonly value: unknown;
  readonly origin: Origin;
}

export interface LoadedConfig {
  /** Paths in it are absolute. */
  readonly config: Config;
  readonly effective: readonly EffectiveSetting[];
  /** The file that was read, if any. */
  readonly file: string | undefined;
  /** Where a key, or something inside of its value, was set, as messages say it. */
  readonly whereIs: (path: readonly string[]) => string;
  /** Reads it anew, from where it came from. @throws ConfigErrors */
  readonly again: () => LoadedConfig;
  /** Things that look like mistakes but forbid nothing, e.g. an unknown CONCLAVE_ variable. */
  readonly warnings: readonly string[];
}

/** All that is wrong with a configuration, one {@link ConclaveError} each. */
export class ConfigErrors extends Error {
  override readonly name = 'ConfigErrors';
  constructor(readonly errors: readonly ConclaveError[]) {
    super(errors.map((error) => error.message).join('\n'));
  }
}

/** Variables that are no settings: where the file is. */
const variablesBesideSettings = ['CONCLAVE_CONFIG'];

/** Settings that are paths; relative ones start at the file that names them, else at the working directory. */
const pathKeys = ['data', 'tls.certificate', 'tls.key', 'admin.socket'];

/**
 * @param environment e.g. `process.env`; an empty variable counts as unset
 * @param directory where relative paths start and where `conclave.yaml` is looked for
 * @throws ConfigErrors
 */
export function loadConfig(environment: NodeJS.ProcessEnv, directory: string): LoadedConfig {
  const problems: Problem[] = [];
  const file = configFile(environment, directory);
  const fromFile = file === undefined ? undefined : readYamlSettings(readText(file), file, settings);
  problems.push(...(fromFile?.problems ?? []));

  const effective = settings.map((setting): EffectiveSetting => {
    const key = setting.path.join('.');
    const text = environment[setting.env];
    const inFile = fromFile?.values.get(key);
    const { value, origin, base } =
      text !== undefined && text !== ''
        ? {
            value: fromText(setting, text, problems),
            origin: { from: 'environment', variable: setting.env } as const,
            base: directory,
          }
        : inFile && file !== undefined
          ? {
              value: inFile.value,
              origin: { from: 'file', file, line: inFile.line } as const,
              base: dirname(file),
            }
          : { value: undefined, origin: { from: 'default' } as const, base: directory };
    const parsed = setting.schema.safeParse(value);
    const accepted = parsed.success ? parsed.data : undefined;
    const isPath = pathKeys.includes(key) && typeof accepted === 'string';
    return { setting, origin, value: isPath ? resolve(base, accepted) : accepted };
  });

  if (problems.length > 0) throw configErrors(problems);
  const config = configSchema.parse(nested(effective));
  contradictions(config, problems);
  if (problems.length > 0) throw configErrors(problems);
  const whereIs = (path: readonly string[]): string => {
    const origin = effective.find(({ setting }) => setting.path.every((name, i) => name === path[i]))?.origin;
    if (origin?.from === 'environment') return origin.variable;
    return file === undefined ? path.join('.') : `${file}, line ${fromFile?.lineOf(path) ?? 1}`;
  };
  const again = (): LoadedConfig => loadConfig(environment, directory);
  return { config, effective, file, whereIs, again, warnings: strangers(environment) };
}

function configFile(environment: NodeJS.ProcessEnv, directory: string): string | undefined {
  const named = environment['CONCLAVE_CONFIG'];
  if (named !== undefined && named !== '') return resolve(directory, named);
  const usual = join(directory, 'conclave.yaml');
  return existsSync(usual) ? usual : undefined;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read';
    throw configErrors([{ code: 'CONF-001', detail: `The configuration file ${file} ${reason}` }]);
  }
}

/** A text from the environment in the form that the setting has. */
function fromText(setting: Setting, text: string, problems: Problem[]): unknown {
  const value =
    setting.form === 'number' && /^\s*\d+\s*$/.test(text)
      ? Number(text)
      : setting.form === 'list'
        ? text.split(',').flatMap((part) => part.trim() || [])
        : setting.form === 'json' || (setting.form === 'boolean' && /^(true|false)$/.test(text))
          ? parsedJson(text)
          : text;
  const parsed = setting.schema.safeParse(value);
  if (parsed.success) return value;
  const why = parsed.error.issues[0]?.message ?? 'is wrong';
  problems.push({ code: 'CONF-005', detail: `${setting.env} ${why}${insteadOf(setting, text)}` });
  return undefined;
}

/** A text that is no JSON is what it is, and then of the wrong type. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function nested(effective: readonly EffectiveSetting[]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const { setting, value } of effective) {
    const sections = setting.path.slice(0, -1);
    const leaf = setting.path.at(-1);
    const section = sections.reduce<Record<string, unknown>>(
      (parent, name) => (parent[name] ??= {}) as Record<string, unknown>,
      root,
    );
    if (leaf !== undefined && value !== undefined) section[leaf] = value;
  }
  return root;
}

function contradictions(config: Config, problems: Problem[]): void {
  const { certificate, key } = config.tls;
  if ((certificate === undefined) !== (key === undefined)) {
    problems.push({
      code: 'CONF-006',
      detail: '`tls.certificate` and `tls.key` go together, but only one is set',
    });
  }
  const { backend, url } = config.storage;
  if ((backend === 'postgresql') !== (url !== undefined)) {
    problems.push({
      code: 'CONF-006',
      detail: '`storage.url` goes with `storage.backend: postgresql`, and that does not go without it',
    });
  }
  const { servicePassword, recorderPassword } = config.recording;
  if ((servicePassword === undefined) !== (recorderPassword === undefined)) {
    problems.push({
      code: 'CONF-006',
      detail: '`recording.servicePassword` and `recording.recorderPassword` go together, but only one is set',
    });
  }
  const { s2s, directTls, component } = config.xmpp;
  const ours = hostNames(config.domain);
  for (const name of Object.keys(component.secrets ?? {}).filter((each) => ours.includes(each))) {
    problems.push({
      code: 'CONF-006',
      detail: `\`xmpp.component.secrets\` names ${name}, which is a host of \`domain\` itself`,
    });
  }
  const redirectable = [config.domain, `guest.${config.domain}`];
  for (const name of Object.keys(config.xmpp.redirections).filter((each) => !redirectable.includes(each))) {
    problems.push({
      code: 'CONF-006',
      detail: `\`xmpp.redirections\` names ${name}, but people log in to ${redirectable.join(' and ')} alone`,
    });
  }
  if (s2s.enabled && s2s.allow.length === 0) {
    problems.push({
      code: 'CONF-006',
      detail: '`xmpp.s2s.enabled` needs `xmpp.s2s.allow`: without it there is nobody to speak with',
    });
  }
  const ports = new Map<number, string>();
  for (const [name, number] of [
    ['http.port', config.http.port],
    ['xmpp.c2s.port', config.xmpp.c2s.port],
    ['xmpp.component.port', config.xmpp.component.port],
    ['xmpp.s2s.port', s2s.enabled ? s2s.port : 0],
    ['xmpp.s2s.directTls.port', s2s.enabled && s2s.directTls.enabled ? s2s.directTls.port : 0],
    ['xmpp.directTls.port', directTls.enabled ? directTls.port : 0],
  ] as const) {
    const other = ports.get(number);
    if (number !== 0 && other !== undefined) {
      problems.push({ code: 'CONF-006', detail: `\`${other}\` and \`${name}\` are both ${number}` });
    }
    ports.set(number, name);
  }
}

/** CONCLAVE_ variables that mean nothing: probably typing errors. */
function strangers(environment: NodeJS.ProcessEnv): string[] {
  const known = [...settings.map(({ env }) => env), ...variablesBesideSettings];
  return Object.keys(environment)
    .filter((name) => name.startsWith('CONCLAVE_') && !known.includes(name))
    .map((name) => {
      const near = suggestion(
        name.slice('CONCLAVE_'.length),
        known.map((env) => env.slice('CONCLAVE_'.length)),
      );
      return `The variable ${name} means nothing to Conclave${near === undefined ? '' : `; did you mean CONCLAVE_${near}?`}`;
    });
}

function configErrors(problems: readonly { code: ErrorCode; detail: string }[]): ConfigErrors {
  return new ConfigErrors(problems.map(({ code, detail }) => new ConclaveError(code, detail)));
}
