/** The modules loaded on one host: loaded after what they need, unloaded before it, everything they registered undone. */
import type { Host } from './host.js';
import type { HostStorage } from '../storage/storage.js';
import type { Dispose, ModuleContext, ModuleDefinition } from './module.js';

/** A module with its options, ready to be loaded. */
export interface ConfiguredModule {
  readonly name: string;
  readonly needs: readonly string[];
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
    load: (context) => definition.load(context, definition.options.parse(options)),
    with: (more) => configured(definition, { ...options, ...more }),
  };
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
  ) {}

  /** Loads modules in an order in which each finds what it needs; throws when there is none. */
  loadAll(modules: readonly ConfiguredModule[]): void {
    let waiting = [...modules];
    while (waiting.length > 0) {
      const ready = waiting.filter(({ needs }) => needs.every((name) => this.#loaded.has(name)));
      if (ready.length === 0) {
        const names = waiting.map(({ name }) => name).join(', ');
        throw new Error(`modules on ${this.host.name} need what is not there, or one another: ${names}`);
      }
      for (const module of ready) this.#load(module);
      waiting = waiting.filter((module) => !ready.includes(module));
    }
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
