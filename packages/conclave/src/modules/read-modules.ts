/** `xmpp.modules`: which modules of the XMPP server are switched off, set or added; those that others wrote are imported here. */
import { dirname, resolve } from 'node:path';
import { configured, moduleProblems, type ConfiguredModule, type ModulesConfig } from '@conclave/xmpp-server';
import { ConfigErrors, type LoadedConfig } from '../config/load.js';
import { suggestion } from '../config/suggestion.js';
import { ConclaveError } from '../errors/conclave-error.js';
import { importModule } from './import-module.js';
import { recorderAccount } from '../data/service-passwords.js';
import { conferenceOf } from './conference.js';
import { uploadsOf } from './uploads.js';

const key = ['xmpp', 'modules'];

/** How names begin that are no names of modules of ours, but say where one is. */
const isElsewhere = (name: string): boolean => /^(\.{0,2}\/|npm:)/.test(name);

/** @throws ConfigErrors CONF-007, one for each thing that is wrong */
export async function readModules({ config, effective, whereIs }: LoadedConfig): Promise<ModulesConfig> {
  const origin = effective.find(({ setting }) => setting.path.join('.') === key.join('.'))?.origin;
  const base = origin?.from === 'file' ? dirname(origin.file) : resolve();
  const errors: ConclaveError[] = [];
  const wrong = (path: readonly string[], what: string, cause?: unknown): void => {
    const where = whereIs([...key, ...path]);
    errors.push(new ConclaveError('CONF-007', `${where}: ${what}`, { cause }));
  };

  const modules: Record<string, Record<string, false | Record<string, unknown>>> = {};
  const added: Record<string, ConfiguredModule[]> = {};
  /** What a module that is added is called in the configuration. */
  const calls = new Map<string, string>();
  for (const [host, choices] of Object.entries(config.xmpp.modules)) {
    const own = (modules[host] = {} as Record<string, false | Record<string, unknown>>);
    const others: ConfiguredModule[] = (added[host] = []);
    for (const [name, choice] of Object.entries(choices)) {
      if (!isElsewhere(name)) own[name] = choice;
      else if (choice !== false) {
        try {
          const module = configured(await importModule(name, base), choice);
          calls.set(`${host} ${module.name}`, name);
          others.push(module);
        } catch (error) {
          wrong([host, name], `${name} cannot be loaded: ${messageOf(error)}`, error);
        }
      }
    }
  }

  const wanted = { domain: config.domain, modules, addedModules: added };
  for (const { host, module, option = [], message, known } of moduleProblems({
    ...wanted,
    uploads: uploadsOf(config),
    pubsub: config.xmpp.pubsub,
    ...recorderAccount(config),
    conference: conferenceOf(config),
  })) {
    const name = module === undefined ? [] : [calls.get(`${host} ${module}`) ?? module];
    const near = suggestion(module ?? host, known);
    const hint = near === undefined ? '' : `; did you mean \`${near}\`?`;
    const inside = module !== undefined && option.length > 0 ? `\`${option.join('.')}\` of ` : '';
    const of = known.length > 0 || module === undefined ? '' : `${inside}${name.join('')}: `;
    wrong([host, ...name, ...option.map(String)], `${of}${message}${hint}`);
  }
  if (errors.length > 0) throw new ConfigErrors(errors);
  return wanted;
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
