/** The hats of a room, and who wears them (XEP-0317 s.3): people by bare JID, hats by URI. */
import type { Jid } from '@conclave/signaling';
import { z } from 'zod';

export interface Hat {
  readonly uri: string;
  readonly title: string;
  /** Degrees. */
  readonly hue?: number | undefined;
}

export const storedWardrobe = z.object({
  hats: z.array(z.object({ uri: z.string(), title: z.string(), hue: z.number().optional() })),
  worn: z.array(z.object({ person: z.string(), uri: z.string() })),
});

export type StoredWardrobe = z.output<typeof storedWardrobe>;

export interface WardrobeLimits {
  readonly hats: number;
  /** Hats on heads, in all. */
  readonly worn: number;
}

export class Wardrobe {
  readonly #hats = new Map<string, Hat>();
  /** Bare JIDs by hat. */
  readonly #wearers = new Map<string, Set<string>>();

  constructor(
    readonly limits: WardrobeLimits,
    stored?: StoredWardrobe,
  ) {
    for (const hat of stored?.hats ?? []) this.#hats.set(hat.uri, hat);
    for (const { person, uri } of stored?.worn ?? []) this.#wearersOf(uri).add(person);
  }

  get hats(): readonly Hat[] {
    return [...this.#hats.values()];
  }

  get worn(): readonly { readonly person: string; readonly hat: Hat }[] {
    return this.hats.flatMap((hat) => this.wearers(hat.uri).map((person) => ({ person, hat })));
  }

  hat(uri: string): Hat | undefined {
    return this.#hats.get(uri);
  }

  /** Bare JIDs of those who wear a hat. */
  wearers(uri: string): readonly string[] {
    return [...(this.#wearers.get(uri) ?? [])];
  }

  hatsOf(person: Jid): readonly Hat[] {
    if (this.#wearers.size === 0) return [];
    const key = person.toString();
    return this.hats.filter(({ uri }) => this.#wearers.get(uri)?.has(key) === true);
  }

  /** Adds a hat, or changes it; false: there are too many. */
  put(hat: Hat): boolean {
    if (!this.#hats.has(hat.uri) && this.#hats.size >= this.limits.hats) return false;
    this.#hats.set(hat.uri, hat);
    return true;
  }

  destroy(uri: string): void {
    this.#hats.delete(uri);
    this.#wearers.delete(uri);
  }

  /** False: there are too many hats on heads. */
  assign(uri: string, person: Jid): boolean {
    const wearers = this.#wearersOf(uri);
    const key = person.toString();
    if (!wearers.has(key) && this.worn.length >= this.limits.worn) return false;
    wearers.add(key);
    return true;
  }

  /** Answers whether the person wore it. */
  unassign(uri: string, person: Jid): boolean {
    const wearers = this.#wearers.get(uri);
    const was = wearers?.delete(person.toString()) === true;
    if (wearers?.size === 0) this.#wearers.delete(uri);
    return was;
  }

  /** What is to be stored of it; undefined: there is nothing. */
  stored(): StoredWardrobe | undefined {
    if (this.#hats.size === 0) return undefined;
    return {
      hats: [...this.#hats.values()],
      worn: this.worn.map(({ person, hat }) => ({ person, uri: hat.uri })),
    };
  }

  #wearersOf(uri: string): Set<string> {
    const wearers = this.#wearers.get(uri) ?? new Set();
    this.#wearers.set(uri, wearers);
    return wearers;
  }
}
