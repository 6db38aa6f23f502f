/** What an operator says of the modules of a host: that one is not to be loaded, or with which options. */
import type { ConfiguredModule } from './module-set.js';

/** By the name of the module; `false`: not loaded, nor what cannot be without it. What is not named stays as it is. */
export type ModuleChoice = Readonly<Record<string, false | Readonly<Record<string, unknown>>>>;

/** Throws when the choice names a module that the host does not have. */
export function choose(
  host: string,
  modules: readonly ConfiguredModule[],
  choice: ModuleChoice,
): readonly ConfiguredModule[] {
  const unknown = Object.keys(choice).filter((name) => !modules.some((module) => module.name === name));
  if (unknown.length > 0) throw new Error(`there is no module ${unknown.join(', ')} on ${host}`);
  const wanted = modules.flatMap((module) => {
    const chosen = choice[module.name];
    if (chosen === false) return [];
    return [chosen === undefined ? module : module.with(chosen)];
  });
  const off = Object.keys(choice).filter((name) => choice[name] === false);
  return withoutDependents(wanted, off);
}

function withoutDependents(
  modules: readonly ConfiguredModule[],
  gone: readonly string[],
): readonly ConfiguredModule[] {
  const lost = modules.filter(({ needs }) => needs.some((name) => gone.includes(name)));
  if (lost.length === 0) return modules;
  const left = modules.filter((module) => !lost.includes(module));
  return withoutDependents(
    left,
    lost.map(({ name }) => name),
  );
}
