/** The connects of one conference on one bridge: what has been asked for, and what has to be said so that what is wanted is there. */
import type { Connect } from '@conclave/signaling';

/** A connect as it shall be. */
export type WantedConnect = Omit<Connect, 'create' | 'expire'>;

export class BridgeConnects {
  #asked = new Map<string, WantedConnect>();

  /** The changes from what was asked for before to what is wanted now, which count as asked for. */
  change(wanted: readonly WantedConnect[]): Connect[] {
    const before = this.#asked;
    this.#asked = new Map(wanted.map((connect) => [connect.id, connect]));
    return [
      ...[...before.values()]
        .filter(({ id }) => !this.#asked.has(id))
        .map((gone) => ({ ...gone, expire: true })),
      ...wanted.flatMap((connect) => changesTo(connect, before.get(connect.id))),
    ];
  }
}

/** Only what it gets and gives changes in place; one that is otherwise another takes the place of the former. */
const changesTo = (connect: WantedConnect, before: WantedConnect | undefined): Connect[] => {
  if (!before) return [{ ...connect, create: true }];
  const { exports, requests } = connect;
  if (!same({ ...before, exports, requests }, connect)) {
    return [
      { ...before, expire: true },
      { ...connect, create: true },
    ];
  }
  return sameNames(before.exports, exports) && sameNames(before.requests, requests) ? [] : [connect];
};

const same = (one: WantedConnect, other: WantedConnect): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** Whatever their order. */
const sameNames = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name) => other.includes(name));
