/** What an operator says of the modules of a host: that one is not to be loaded, or with which options. */
import type { ConfiguredModule } from './module-set.js';

/** By the name of the module; `false`: not loaded. What is not named stays as it is. */
export type ModuleChoice = Readonly<Record<string, false | Readonly<Record<string, unknown>>>>;

/** Throws when the choice names a module that the host does not have. */
export function choose(
  host: string,
  modules: readonly ConfiguredModule[],
  choice: ModuleChoice,
): readonly ConfiguredModule[] {
  const unknown = Object.keys(choice).filter((name) => !modules.some((module) => module.name === name));
  if (unknown.length > 0) throw new Error(`there is no module ${unknown.join(', ')} on ${host}`);
  return modules.flatMap((module) => {
    const chosen = choice[module.name];
    if (chosen === false) return [];
    return [chosen === undefined ? module : module.with(chosen)];
  });
}
