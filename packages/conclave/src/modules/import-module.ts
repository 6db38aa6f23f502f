/** Modules of the XMPP server that others wrote: a file, or a package that is installed beside Conclave. */
import { stat } from 'node:fs/promises';
import { register } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModuleDefinition } from '@conclave/xmpp-server';

let resolvesFromHere = false;

/**
 * @param name `npm:` and the name of a package, or a path
 * @param base where relative paths start
 * @throws when it cannot be imported, or what it exports by default is no module
 */
export async function importModule(name: string, base: string): Promise<ModuleDefinition<unknown, unknown>> {
  if (!resolvesFromHere) {
    register(new URL('../../bin/resolve-from-here.mjs', import.meta.url));
    resolvesFromHere = true;
  }
  const imported: unknown = await import(await addressOf(name, base));
  const definition =
    typeof imported === 'object' && imported !== null && 'default' in imported ? imported.default : undefined;
  if (!isDefinition(definition)) throw new TypeError('its default export is not made with defineModule');
  return definition;
}

/** A file that has changed has another address, so that it is read again. */
async function addressOf(name: string, base: string): Promise<string> {
  if (name.startsWith('npm:')) return name.slice('npm:'.length);
  const path = resolve(base, name);
  const { mtimeMs } = await stat(path);
  return `${pathToFileURL(path).href}?changed=${mtimeMs}`;
}

function isDefinition(value: unknown): value is ModuleDefinition<unknown, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { name, load, options } = value as Partial<Record<string, unknown>>;
  const schema = options as { safeParse?: unknown } | undefined;
  return typeof name === 'string' && typeof load === 'function' && typeof schema?.safeParse === 'function';
}
