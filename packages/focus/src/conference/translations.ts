/**
 * Who is translated into which languages. To the bridge a translation is one more audio source of the speaker, a synthetic one,
 * which a translator makes from the speaker's sound. Clients learn of it from the bridge and not from the focus.
 */
import type { MediaSource, SourceSet } from '@conclave/signaling';
import { sourceCount } from './source-set.js';

export interface TranslationsContext {
  /** What a member sends. */
  readonly sourcesOf: (endpointId: string) => SourceSet;
  /** An SSRC that nobody in the conference uses, and nobody may use from now on. */
  readonly reserveSsrc: () => number;
  readonly releaseSsrc: (ssrc: number) => void;
  /** Most sources that an endpoint may have, translations included. */
  readonly maxSources: number;
}

/** What a translator gets, and what it makes of it. */
export interface Translation {
  readonly endpointId: string;
  /** Name of the source that is translated. */
  readonly source: string;
  /** Names of the translations. */
  readonly names: readonly string[];
}

export class Translations {
  readonly #context: TranslationsContext;
  #languages: ReadonlyMap<string, readonly string[]> = new Map();
  /** By endpoint, then by name; they stay the same for as long as the speaker is there. */
  readonly #ssrcs = new Map<string, Map<string, number>>();

  constructor(context: TranslationsContext) {
    this.#context = context;
  }

  /** Sets the languages by endpoint; the answer says whose have changed. Lists are compared as sets. */
  request(languages: ReadonlyMap<string, readonly string[]>): string[] {
    const before = this.#languages;
    this.#languages = languages;
    const all = new Set([...before.keys(), ...languages.keys()]);
    return [...all].filter((id) => !sameSet(before.get(id) ?? [], languages.get(id) ?? []));
  }

  /** The translations of one, as far as it has a source to translate and room for them. */
  of(endpointId: string): Translation | undefined {
    const sources = this.#context.sourcesOf(endpointId);
    const [base] = sources.audio.sources;
    const languages = this.#languages.get(endpointId) ?? [];
    const room = this.#context.maxSources - sourceCount(sources);
    if (!base || languages.length === 0 || room <= 0) return undefined;
    const source = base.name ?? `${endpointId}-a0`;
    const names = [...new Set(languages)].slice(0, room).map((language) => `${source}.${language}`);
    return { endpointId, source, names };
  }

  all(): Translation[] {
    return [...this.#languages.keys()].flatMap((endpointId) => this.of(endpointId) ?? []);
  }

  /** The synthetic sources of one. */
  sourcesOf(endpointId: string): MediaSource[] {
    return (this.of(endpointId)?.names ?? []).map((name) => ({
      type: 'audio',
      id: name,
      synthetic: true,
      sources: [{ ssrc: this.#ssrcOf(endpointId, name), name }],
      groups: [],
    }));
  }

  /** One has left. */
  forget(endpointId: string): void {
    for (const ssrc of this.#ssrcs.get(endpointId)?.values() ?? []) this.#context.releaseSsrc(ssrc);
    this.#ssrcs.delete(endpointId);
  }

  #ssrcOf(endpointId: string, name: string): number {
    const known = this.#ssrcs.get(endpointId) ?? new Map<string, number>();
    this.#ssrcs.set(endpointId, known);
    const ssrc = known.get(name) ?? this.#context.reserveSsrc();
    known.set(name, ssrc);
    return ssrc;
  }
}

const sameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.every((each) => other.includes(each)) && other.every((each) => one.includes(each));
