/** Modules are loaded after what they need, and leave nothing behind. */
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MemoryStorage } from '../storage/memory.js';
import { storageOf } from '../storage/storage.js';
import { testHost } from '../testing/test-host.js';
import type { LocalHost } from './local-host.js';
import { configured, ModuleSet, type ConfiguredModule } from './module-set.js';
import { defineModule } from './module.js';

let host: LocalHost;
let modules: ModuleSet;
let log: string[];

beforeEach(() => {
  host = testHost().host;
  const storage = new MemoryStorage();
  modules = new ModuleSet(host, storageOf(storage, host.name), (name) => {
    throw new Error(`there is no host ${name}`);
  });
  log = [];
});

function module(name: string, needs: string[] = []): ConfiguredModule {
  return configured(
    defineModule<object, string>({
      name,
      needs,
      options: z.strictObject({}),
      load(context) {
        log.push(`+${name}`);
        context.onUnload(() => log.push(`-${name}`));
        return `${name} for ${needs.map((need) => context.module<string>(need)).join()}`;
      },
    }),
  );
}

describe('modules', () => {
  it('are loaded after what they need, whatever the order', () => {
    modules.loadAll([module('c', ['b', 'a']), module('b', ['a']), module('a')]);
    expect(log).toEqual(['+a', '+b', '+c']);
  });

  it('are unloaded before what they need', () => {
    modules.loadAll([module('a'), module('b', ['a']), module('c', ['b']), module('d')]);
    log = [];
    modules.unload('a');
    expect(log).toEqual(['-c', '-b', '-a']);
    modules.unloadAll();
    expect(log).toEqual(['-c', '-b', '-a', '-d']);
  });

  it.each([
    ['need what is not there', () => [module('a', ['z'])]],
    ['need one another', () => [module('a', ['b']), module('b', ['a'])]],
    ['are the same', () => [module('a'), module('a')]],
  ])('cannot be loaded when they %s', (_, list) => {
    expect(() => modules.loadAll(list())).toThrow();
  });

  it('use only what they say they need', () => {
    const sneaky = configured(
      defineModule({
        name: 'sneaky',
        options: z.strictObject({}),
        load: (context) => void context.module('a'),
      }),
    );
    expect(() => modules.loadAll([module('a'), sneaky])).toThrow('does not say');
  });

  it('take no options that they do not know', () => {
    const strict = defineModule({
      name: 's',
      options: z.strictObject({ a: z.int() }),
      load: () => undefined,
    });
    expect(() => modules.loadAll([configured(strict, { a: 1, b: 2 })])).toThrow();
    expect(() => modules.loadAll([configured(strict, { a: 1 })])).not.toThrow();
  });

  it('undo what they have registered, also when loading fails half-way', () => {
    const before = host.disco.features;
    const failing = configured(
      defineModule({
        name: 'failing',
        options: z.strictObject({}),
        load({ host: on, onUnload }) {
          onUnload(on.disco.feature('urn:x'));
          throw new Error('no');
        },
      }),
    );
    expect(() => modules.loadAll([failing])).toThrow('no');
    expect(host.disco.features).toEqual(before);
  });

  it('are all unloaded, also when one cannot be', () => {
    const stubborn = configured(
      defineModule({
        name: 'stubborn',
        options: z.strictObject({}),
        load({ onUnload }) {
          onUnload(() => log.push('first'));
          onUnload(() => {
            throw new Error('no');
          });
        },
      }),
    );
    modules.loadAll([module('a'), stubborn]);
    log = [];
    modules.unloadAll();
    expect(log).toEqual(['first', '-a']);
  });
});

describe('modules that replace others', () => {
  const defined = (name: string, more: { needs?: string[]; permanent?: true } = {}) =>
    defineModule({
      name,
      ...more,
      options: z.strictObject({ loud: z.boolean().default(false) }),
      load({ onUnload }, { loud }) {
        if (loud) throw new Error(`${name} is too loud`);
        log.push(`+${name}`);
        onUnload(() => log.push(`-${name}`));
      },
    });

  const nothing = { loaded: [], unloaded: [], reloaded: [], later: [] };

  it('leave alone what is the same, and come and go with what they need', () => {
    const [a, b, c] = [defined('a'), defined('b', { needs: ['a'] }), defined('c')];
    modules.loadAll([a, b, c].map((definition) => configured(definition)));
    log = [];
    const quiet = configured(a, { loud: false });
    expect(modules.replaceAll([quiet, configured(b), configured(c)])).toEqual({
      ...nothing,
      reloaded: ['a', 'b'],
    });
    expect(log).toEqual(['-b', '-a', '+a', '+b']);
    log = [];
    expect(modules.replaceAll([quiet, configured(b), configured(c)])).toEqual(nothing);
    expect(modules.replaceAll([configured(c)])).toEqual({ ...nothing, unloaded: ['a', 'b'] });
    expect(log).toEqual(['-b', '-a']);
  });

  it('do not replace what is permanent, nor what that needs', () => {
    const [a, rooms] = [defined('a'), defined('rooms', { needs: ['a'], permanent: true })];
    modules.loadAll([configured(a), configured(rooms)]);
    log = [];
    expect(modules.replaceAll([configured(a, { loud: false })])).toEqual({
      ...nothing,
      later: ['a', 'rooms'],
    });
    expect(log).toEqual([]);
  });

  it('leave everything as it was when one of them cannot be loaded', () => {
    const [a, b] = [defined('a'), defined('b', { needs: ['a'] })];
    modules.loadAll([configured(a), configured(b)]);
    log = [];
    const wanted = [configured(a, { loud: false }), configured(b, { loud: true }), configured(defined('c'))];
    expect(() => modules.replaceAll(wanted)).toThrow('b is too loud');
    expect(log).toEqual(['-b', '-a', '+a', '+c', '-a', '-c', '+a', '+b']);
    expect(() => modules.replaceAll([configured(b)])).toThrow('need what is not there');
    expect(modules.replaceAll([configured(a), configured(b)])).toEqual(nothing);
  });
});
