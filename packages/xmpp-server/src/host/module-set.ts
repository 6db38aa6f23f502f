/** The modules loaded on one host: loaded after what they need, unloaded before it, everything they registered undone. */
import { isDeepStrictEqual } from 'node:util';
import type { Host } from './host.js';
import type { HostStorage } from '../storage/storage.js';
import type { Dispose, ModuleContext, ModuleDefinition, Neighbour } from './module.js';

interface OptionProblem {
  /** Where in the options. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A module with its options, ready to be loaded. */
export interface ConfiguredModule {
  readonly name: string;
  readonly needs: readonly string[];
  /** It is neither replaced nor taken away while the server runs. */
  readonly permanent: boolean;
  /** What it is made of: of two modules that are made of the same, one need not be put in the place of the other. */
  readonly source: { readonly definition: object; readonly options: object };
  /** What is wrong with its options. */
  problems(): readonly OptionProblem[];
  /** Checks the options and loads. @returns what the module offers to others */
  load(context: ModuleContext): unknown;
  /** The same module, with these options instead of those of the same names. */
  with(options: Readonly<Record<string, unknown>>): ConfiguredModule;
}

export function configured<Options, Offer>(
  definition: ModuleDefinition<Options, Offer>,
  options: object = {},
): ConfiguredModule {
  return {
    name: definition.name,
    needs: definition.needs ?? [],
    permanent: definition.permanent ?? false,
    source: { definition, options },
    problems: () =>
      definition.options.safeParse(options).error?.issues.map(({ path, message }) => ({ path, message })) ??
      [],
    load: (context) => definition.load(context, definition.options.parse(options)),
    with: (more) => configured(definition, { ...options, ...more }),
  };
}

export interface ModuleChanges {
  /** Names of the modules that are there now and were not before. */
  readonly loaded: readonly string[];
  /** Of those that are not there any more. */
  readonly unloaded: readonly string[];
  /** Of those that were unloaded and loaded anew: they, or what they need, are otherwise now. */
  readonly reloaded: readonly string[];
  /** Of those that stay as they were until the server starts again. */
  readonly later: readonly string[];
}

interface Loaded {
  readonly module: ConfiguredModule;
  readonly offer: unknown;
  readonly disposals: readonly Dispose[];
}

export class ModuleSet {
  readonly #loaded = new Map<string, Loaded>();

  constructor(
    private readonly host: Host,
    private readonly storage: HostStorage,
    private readonly neighbour: (host: string) => Neighbour,
  ) {}

  /** Loads modules in an order in which each finds what it needs; throws when there is none. */
  loadAll(modules: readonly ConfiguredModule[]): void {
    for (const module of inOrder(modules, [...this.#loaded.keys()], this.host.name)) this.#load(module);
  }

  /**
   * Makes these the modules of the host: those that are no longer wanted, or wanted otherwise, are unloaded, with those
   * that need them, and what is wanted and not there is loaded. The rest is not touched.
   * Throws when the modules do not go together or one cannot be loaded; the modules are then the ones they were.
   */
  replaceAll(modules: readonly ConfiguredModule[]): ModuleChanges {
    const before = [...this.#loaded.values()].map(({ module }) => module);
    const differs = before.filter((module) => !modules.some((wanted) => isSame(wanted, module)));
    const later = differs.filter(({ name }) => this.#withDependents(name).some(({ permanent }) => permanent));
    const stay = (name: string): boolean => later.some((module) => module.name === name);
    const wanted = [...modules.filter(({ name }) => !stay(name)), ...later];
    inOrder(wanted, [], this.host.name);
    for (const module of differs) if (!later.includes(module)) this.unload(module.name);
    const gone = before.filter(({ name }) => !this.#loaded.has(name));
    const fresh = wanted.filter(({ name }) => !this.#loaded.has(name));
    try {
      this.loadAll(fresh);
    } catch (error) {
      for (const { name } of fresh) this.unload(name);
      this.loadAll(gone);
      throw error;
    }
    const names = (list: readonly ConfiguredModule[]): string[] => list.map(({ name }) => name);
    const [were, are] = [names(gone), names(fresh)];
    return {
      loaded: are.filter((name) => !were.includes(name)),
      unloaded: were.filter((name) => !are.includes(name)),
      reloaded: are.filter((name) => were.includes(name)),
      later: names(later),
    };
  }

  /** What a module that is loaded offers. */
  offered(name: string): unknown {
    return this.#loaded.get(name)?.offer;
  }

  /** Unloads a module, and first those that need it. */
  unload(name: string): void {
    const loaded = this.#loaded.get(name);
    if (loaded === undefined) return;
    for (const { module } of [...this.#loaded.values()]) {
      if (module.needs.includes(name)) this.unload(module.name);
    }
    this.#loaded.delete(name);
    this.#undo(name, loaded.disposals);
  }

  unloadAll(): void {
    for (const name of [...this.#loaded.keys()].reverse()) this.unload(name);
  }

  /** A module, and all that cannot be without it. */
  #withDependents(name: string): ConfiguredModule[] {
    const module = this.#loaded.get(name)?.module;
    if (module === undefined) return [];
    const dependents = [...this.#loaded.values()].filter((other) => other.module.needs.includes(name));
    return [module, ...dependents.flatMap((other) => this.#withDependents(other.module.name))];
  }

  #load(module: ConfiguredModule): void {
    if (this.#loaded.has(module.name))
      throw new Error(`${module.name} is loaded on ${this.host.name} already`);
    const disposals: Dispose[] = [];
    try {
      const offer = module.load({
        host: this.host,
        storage: this.storage,
        onUnload: (dispose) => void disposals.push(dispose),
        module: (name) => this.#offer(module, name) as never,
        neighbour: this.neighbour,
      });
      this.#loaded.set(module.name, { module, offer, disposals });
    } catch (error) {
      this.#undo(module.name, disposals);
      throw error;
    }
  }

  #offer(module: ConfiguredModule, name: string): unknown {
    if (!module.needs.includes(name))
      throw new Error(`${module.name} uses ${name} but does not say it needs it`);
    return this.#loaded.get(name)?.offer;
  }

  /** What one module fails to undo must not keep the rest from being undone. */
  #undo(name: string, disposals: readonly Dispose[]): void {
    for (const dispose of disposals.toReversed()) {
      try {
        dispose();
      } catch (error) {
        this.host.log.error({ err: error, module: name }, 'a module could not be unloaded properly');
      }
    }
  }
}

function isSame(one: ConfiguredModule, other: ConfiguredModule): boolean {
  const { definition, options } = one.source;
  return definition === other.source.definition && isDeepStrictEqual(options, other.source.options);
}

/** The modules, each after those that it needs; throws when there is no such order. @param there loaded already */
function inOrder(
  modules: readonly ConfiguredModule[],
  there: readonly string[],
  host: string,
): readonly ConfiguredModule[] {
  const order: ConfiguredModule[] = [];
  let waiting = [...modules];
  while (waiting.length > 0) {
    const known = new Set([...there, ...order.map(({ name }) => name)]);
    const ready = waiting.filter(({ needs }) => needs.every((name) => known.has(name)));
    if (ready.length === 0) {
      const names = waiting.map(({ name }) => name).join(', ');
      throw new Error(`modules on ${host} need what is not there, or one another: ${names}`);
    }
    order.push(...ready);
    waiting = waiting.filter((module) => !ready.includes(module));
  }
  return order;
}
