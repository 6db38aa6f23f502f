/** Which video codecs visitors can receive: those that all of them know, the best liked first (a Borda count). */
import type { Element } from '@conclave/signaling';

/** Every client can receive it. */
const ALWAYS = 'vp8';
const MOST = 16;

/** What a client says in presence that it can receive, the best liked first. */
export const codecsIn = (presence: Element): readonly string[] => {
  const text =
    presence.getChildText('jitsi_participant_codecList') ??
    presence.getChildText('jitsi_participant_codecType') ??
    '';
  const listed = text
    .toLowerCase()
    .split(',')
    .filter((codec) => /^[a-z0-9]{1,16}$/.test(codec))
    .slice(0, MOST);
  return [...new Set([...listed, ALWAYS])];
};

export class CodecConsensus {
  readonly #lists = new Map<string, readonly string[]>();

  /** What somebody prefers; the first word counts. */
  add(id: string, codecs: readonly string[]): void {
    if (!this.#lists.has(id)) this.#lists.set(id, codecs);
  }

  remove(id: string): void {
    this.#lists.delete(id);
  }

  /** Known by all, by the sum of their places in all lists. */
  get agreed(): readonly string[] {
    const places = new Map<string, { count: number; sum: number }>();
    for (const list of this.#lists.values()) {
      list.forEach((codec, index) => {
        const { count, sum } = places.get(codec) ?? { count: 0, sum: 0 };
        places.set(codec, { count: count + 1, sum: sum + index });
      });
    }
    return [...places]
      .filter(([, { count }]) => count === this.#lists.size)
      .sort(([, a], [, b]) => a.sum - b.sum)
      .map(([codec]) => codec);
  }
}
