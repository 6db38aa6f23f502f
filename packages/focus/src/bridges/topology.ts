/**
 * Which bridges of a conference are linked with which (focus reference 4.3). Those of participants are linked each with each other: the
 * core, one mesh. A bridge of visitors hangs on one of the core by a mesh of its own: it gets everything from there, and the core
 * does not have to send to it from everywhere. What becomes of the core when bridges go is mended here.
 */

/** Two that are to be linked; who was there first is the first. */
interface Pair<B> {
  readonly ends: readonly [B, B];
  /** Whether both belong to the core. */
  readonly core: boolean;
}

/** Which of the core a bridge of visitors hangs on best. */
export type Attachment<B> = (leaf: B, core: readonly B[], leavesOf: (core: B) => number) => B | undefined;

export class Topology<B> {
  /** In the order in which they came; undefined: it is of the core. */
  readonly #all = new Map<B, { attached: B | undefined } | undefined>();
  readonly #attachment: Attachment<B>;

  constructor(attachment: Attachment<B>) {
    this.#attachment = attachment;
  }

  add(bridge: B, forVisitors: boolean): void {
    if (!this.#all.has(bridge)) this.#all.set(bridge, forVisitors ? { attached: undefined } : undefined);
  }

  remove(bridge: B): void {
    this.#all.delete(bridge);
  }

  get core(): readonly B[] {
    return [...this.#all].filter(([, leaf]) => leaf === undefined).map(([bridge]) => bridge);
  }

  /** All who are to be linked now. Who hangs on nobody any more is attached anew; without a core the first one becomes it. */
  pairs(): readonly Pair<B>[] {
    const [first] = this.#all.keys();
    if (first !== undefined && this.core.length === 0) this.#all.set(first, undefined);
    const { core } = this;
    for (const [bridge, leaf] of this.#all) {
      if (leaf === undefined || (leaf.attached !== undefined && core.includes(leaf.attached))) continue;
      leaf.attached = this.#attachment(bridge, core, (each) => this.#leavesOf(each));
    }
    const order = [...this.#all.keys()];
    const linked = (one: B, other: B): boolean => {
      const [leafOne, leafOther] = [this.#all.get(one), this.#all.get(other)];
      return leafOne || leafOther ? leafOne?.attached === other || leafOther?.attached === one : true;
    };
    return order.flatMap((other, index) =>
      order.slice(0, index).flatMap((one): Pair<B>[] => {
        const isCore = this.#all.get(one) === undefined && this.#all.get(other) === undefined;
        return linked(one, other) ? [{ ends: [one, other], core: isCore }] : [];
      }),
    );
  }

  /** By which neighbour a bridge reaches another one. */
  nextHop(from: B, to: B): B | undefined {
    const leaf = this.#all.get(from);
    if (leaf) return leaf.attached;
    const target = this.#all.get(to);
    return target === undefined || target.attached === from ? to : target.attached;
  }

  /** All that a bridge reaches by a neighbour, that one among them. */
  behind(from: B, neighbour: B): readonly B[] {
    return [...this.#all.keys()].filter((each) => each !== from && this.nextHop(from, each) === neighbour);
  }

  #leavesOf(core: B): number {
    return [...this.#all.values()].filter((leaf) => leaf?.attached === core).length;
  }
}
