/** A module: one feature (most often one XEP) in one file. It hooks a host, and all it registered is undone when it is unloaded. */
import type { ZodType } from 'zod';
import type { HostStorage } from '../storage/storage.js';
import type { Host } from './host.js';

/** Ends what a module started: timers, subscriptions, hooks. Called in reverse order at unload. */
export type Dispose = () => void;

/** Another host of this server, as modules may reach into it. */
export interface Neighbour {
  readonly host: Host;
  /** What a module there offers at this moment; undefined: it is not loaded. Kept only of modules that are permanent. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  readonly offered: <T>(module: string) => T | undefined;
}

/** What a module may use while it is loaded on a host. */
export interface ModuleContext {
  readonly host: Host;
  readonly storage: HostStorage;
  /** Registers something to be undone at unload; hooks returned by `host.*` registrations go here. */
  readonly onUnload: (dispose: Dispose) => void;
  /** What another module on the same host offers; that module is named in `needs`. */
  // The caller knows what it needs and says so: `module<Muc>('muc')`.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  readonly module: <T>(name: string) => T;
  /** For what consists of several hosts (a conference and its components). Throws when there is no such host. */
  readonly neighbour: (host: string) => Neighbour;
}

export interface ModuleDefinition<Options, Offer> {
  readonly name: string;
  /** Modules that must be loaded on the host before this one. */
  readonly needs?: readonly string[];
  /**
   * What it holds in memory must not be lost while the server runs (rooms with people in them): a live reload leaves it
   * as it is.
   */
  readonly permanent?: true;
  readonly options: ZodType<Options>;
  /** Returns what the module offers to others, if anything. */
  load(context: ModuleContext, options: Options): Offer;
}

export function defineModule<Options, Offer = void>(
  definition: ModuleDefinition<Options, Offer>,
): ModuleDefinition<Options, Offer> {
  return definition;
}
